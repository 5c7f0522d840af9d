"""What the browser sends of the page "Teach it", checked: it may send anything."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from msgspec import Meta

from core.common.serialization import convert
from core.common.types import Float16Array
from core.few_shot.lesson import LARGEST_FEATURE, MAX_NAME, MAX_SAMPLES, MAX_SIGNS
from core.zoo.hand_classifier import FEATURES

_Feature = Annotated[float, Meta(ge=0, le=LARGEST_FEATURE)]
_Sample = Annotated[tuple[_Feature, ...], Meta(min_length=FEATURES, max_length=FEATURES)]
_Number = Annotated[int, Meta(ge=0, lt=2**53)]


@dataclass(frozen=True)
class Recorded:
    """Samples of a sign, by its index, that the camera took in one go."""

    sign: Annotated[int, Meta(ge=0, lt=MAX_SIGNS)]
    samples: Annotated[tuple[_Sample, ...], Meta(min_length=1, max_length=MAX_SAMPLES)]

    @property
    def features(self) -> Float16Array:
        """(samples, 128) float16."""
        return np.array(self.samples, np.float16)


@dataclass(frozen=True)
class Renamed:
    """Another name for a sign."""

    sign: Annotated[int, Meta(ge=0, lt=MAX_SIGNS)]
    name: Annotated[str, Meta(max_length=2 * MAX_NAME)]


@dataclass(frozen=True)
class Dropped:
    """A sample to be forgotten, by its recording's number and its place there."""

    recording: _Number
    place: Annotated[int, Meta(ge=0, lt=MAX_SAMPLES)]


@dataclass(frozen=True)
class Change:
    """One thing that the visitor did, the others being None or false; ``sequence`` rises."""

    sequence: _Number
    record: Recorded | None
    rename: Renamed | None
    drop: Dropped | None
    add: bool
    remove: Annotated[int, Meta(ge=0, lt=MAX_SIGNS)] | None
    undo: bool


def checked_change(message: object) -> Change | None:
    """A change from what the browser sent, which may be anything; None if it is none."""
    try:
        return convert(Change, message)
    except ValueError:
        return None
