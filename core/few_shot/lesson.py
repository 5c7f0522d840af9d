"""What a visitor teaches: signs, each with its recordings of samples. No pictures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from core.common.errors import UserError
from core.common.types import Float16Array, Float64Array
from core.few_shot.regression import Labels
from core.zoo.hand_classifier import FEATURES

MAX_SIGNS = 8
MAX_RECORDINGS = 60
"""Of a sign; a photo is a recording of its own."""

MAX_SAMPLES = 40
"""Of a recording."""

MAX_ALL_SAMPLES = 2_000
"""Of all signs: learning them takes well under a second."""

MAX_NAME = 24
"""Characters of a sign's name."""

LARGEST_FEATURE = 10_000.0


class LessonError(UserError):
    """What is to be taught cannot be."""


@dataclass(frozen=True, eq=False)
class Recording:
    """Samples that were taken in one go: (samples, 128) float16 features, by an own number.

    Features are kept as they are saved, so that a file that is opened gives the same answers.
    """

    number: int
    features: Float16Array

    def __post_init__(self) -> None:
        if self.features.ndim != 2 or self.features.shape[1] != FEATURES:
            raise ValueError(f"not {FEATURES} features a sample: {self.features.shape}")
        if not 1 <= len(self.features) <= MAX_SAMPLES:
            raise ValueError(f"a recording has 1 to {MAX_SAMPLES} samples")
        values = self.features.astype(np.float32)
        if not np.isfinite(values).all() or values.min() < 0 or values.max() > LARGEST_FEATURE:
            raise ValueError(f"features are 0 to {LARGEST_FEATURE:g}")


@dataclass(frozen=True)
class Sign:
    """One sign with its recordings."""

    name: str
    recordings: tuple[Recording, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= MAX_NAME or not self.name.isprintable():
            raise ValueError(f"a name has 1 to {MAX_NAME} printable characters")
        if self.name != self.name.strip():
            raise ValueError("a name neither begins nor ends with a space")
        if len(self.recordings) > MAX_RECORDINGS:
            raise ValueError(f"a sign has {MAX_RECORDINGS} recordings at most")

    @property
    def samples(self) -> int:
        """How many samples all its recordings have."""
        return sum(len(each.features) for each in self.recordings)


@dataclass(frozen=True)
class Lesson:
    """Two to eight signs of different names; every change gives a new lesson."""

    signs: tuple[Sign, ...]

    def __post_init__(self) -> None:
        if len(self.signs) > MAX_SIGNS:
            raise ValueError(f"there are {MAX_SIGNS} signs at most")
        if len({each.name.casefold() for each in self.signs}) != len(self.signs):
            raise ValueError("two signs have the same name")
        if sum(each.samples for each in self.signs) > MAX_ALL_SAMPLES:
            raise ValueError(f"there are {MAX_ALL_SAMPLES:,} samples at most")
        numbers = [each.number for _, each in self.recordings()]
        if len(set(numbers)) != len(numbers):
            raise ValueError("two recordings have the same number")

    def recordings(self) -> Iterator[tuple[int, Recording]]:
        """Each recording with the index of its sign."""
        for index, sign in enumerate(self.signs):
            for recording in sign.recordings:
                yield index, recording

    @property
    def is_ready(self) -> bool:
        """Whether there is something to tell apart."""
        return len(self.signs) > 1 and all(each.recordings for each in self.signs)

    def table(self) -> tuple[Float64Array, Labels, Labels, Labels]:
        """Of all samples: (samples, 128) features, and (samples,) sign, recording and place."""
        rows = list(self.recordings())
        features = np.concatenate([each.features for _, each in rows]).astype(np.float64)
        lengths = [len(each.features) for _, each in rows]
        signs = np.repeat([index for index, _ in rows], lengths)
        numbers = np.repeat([each.number for _, each in rows], lengths)
        places = np.concatenate([np.arange(length) for length in lengths])
        return features, signs, numbers, places

    def with_sign(self, name: str) -> "Lesson":
        """One more sign.

        Raises:
            LessonError: there are too many, or the name is not usable.
        """
        return _checked(lambda: Lesson((*self.signs, Sign(name.strip()))))

    def renamed(self, sign: int, name: str) -> "Lesson":
        """Another name for a sign.

        Raises:
            LessonError: the name is not usable.
        """
        return self._with(sign, lambda old: replace(old, name=name.strip()))

    def without_sign(self, sign: int) -> "Lesson":
        """All but one sign."""
        return Lesson(tuple(each for index, each in enumerate(self.signs) if index != sign))

    def with_recording(self, sign: int, features: Float16Array) -> "Lesson":
        """One more recording of a sign, (samples, 128).

        Raises:
            LessonError: the sign has too many, or these are no features.
        """
        number = 1 + max((each.number for _, each in self.recordings()), default=0)
        return self._with(
            sign,
            lambda old: replace(old, recordings=(*old.recordings, Recording(number, features))),
        )

    def without_sample(self, recording: int, place: int) -> "Lesson":
        """All but one sample, by its recording's number and its place there."""

        def kept(each: Recording) -> tuple[Recording, ...]:
            if each.number != recording:
                return (each,)
            left = np.delete(each.features, place, axis=0)
            return (Recording(recording, left),) if len(left) else ()

        return Lesson(
            tuple(
                replace(sign, recordings=tuple(one for r in sign.recordings for one in kept(r)))
                for sign in self.signs
            )
        )

    def _with(self, sign: int, change: Callable[[Sign], Sign]) -> "Lesson":
        if not 0 <= sign < len(self.signs):
            raise LessonError("This sign is no longer there.")
        return _checked(
            lambda: Lesson(
                tuple(change(e) if index == sign else e for index, e in enumerate(self.signs))
            )
        )


def _checked(made: Callable[[], Lesson]) -> Lesson:
    try:
        return made()
    except ValueError as error:
        raise LessonError(f"This cannot be taught: {error}.") from error
