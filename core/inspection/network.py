"""One image in one network: what the page asks of all of it, computed once."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from core.artifacts.store import MODELS_ROOT
from core.common.types import (
    CLASSES,
    FINGER_COUNTS,
    FINGER_NAMES,
    IMAGE_SIZE,
    SIDE_NAMES,
    SIDES,
    Float32Array,
    Uint8Array,
)
from core.inspection.columns import Column, columns_of, source_of
from core.inspection.layers import Activations, InspectedModel, inspected
from core.inspection.paths import Step, link_strengths, strongest_path
from core.inspection.units import Answers, answers_of

_OF_CLASSIFIER = ("right hand", "back", "a hand", *FINGER_NAMES)
"""The outputs of the hand classifier after its six counts; what follows them are landmarks."""


@dataclass(frozen=True)
class Inspection:
    """A preprocessed image, (128, 128) uint8, and the output of every layer for it."""

    model: InspectedModel
    image: Uint8Array
    found: Activations
    columns: tuple[Column, ...]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """What each answer stands for."""
        task = self.model.card.task
        if task == "side":
            return (f"{SIDE_NAMES['R']} hand",)
        return CLASSES["fingers"] + (_OF_CLASSIFIER if task == "classify" else ())

    @cached_property
    def answers(self) -> Answers:
        """Logits and probabilities of all that has a label."""
        shared = 0 if self.model.card.task == "side" else len(FINGER_COUNTS)
        last = len(self.columns) - 1
        return answers_of(
            self.model,
            self.found,
            self.columns[last],
            source_of(self.columns, last),
            len(self.labels),
            shared,
        )

    @property
    def answer(self) -> int:
        """The place of its answer: the most probable count, or the lone output."""
        return int(self.answers.probabilities[: self.answers.of_softmax or 1].argmax())

    @property
    def says(self) -> str:
        """Its answer, "0" to "5", "left hand" or "right hand"."""
        if self.model.card.task != "side":
            return self.labels[self.answer]
        side = SIDES[int(self.answers.probabilities[0] > 0.5)]
        return f"{SIDE_NAMES[side]} hand"

    @property
    def probability(self) -> float:
        """Of what it says, uncalibrated."""
        found = float(self.answers.probabilities[self.answer])
        return max(found, 1 - found) if self.model.card.task == "side" else found

    @property
    def sign(self) -> int:
        """-1 where it says the opposite of what its lone logit stands for."""
        return -1 if self.model.card.task == "side" and self.answers.logits[0] < 0 else 1

    @cached_property
    def path(self) -> tuple[Step, ...]:
        """The strongest path to its answer, from the answer on."""
        return strongest_path(self.model, self.found, self.columns, self.answer)

    def strengths(self, place: int) -> Float32Array | None:
        """Of the links into a column; see ``link_strengths``."""
        return link_strengths(self.model, self.found, self.columns, place)

    def place_of(self, key: str) -> int | None:
        """The place of a column by its key."""
        return next((at for at, each in enumerate(self.columns) if each.key == key), None)


def inspect(name: str, image: Uint8Array, root: Path = MODELS_ROOT) -> Inspection:
    """Run a model on a preprocessed image, (128, 128) uint8, and keep every layer's output.

    The last few are kept in memory, 4 MB each: a page asks for the same one again at each choice.

    Raises:
        ArtifactError: the model is not trained, has no graph of its layers, or is damaged.
    """
    return _inspect(inspected(name, root), image.tobytes())


@lru_cache(maxsize=6)
def _inspect(model: InspectedModel, content: bytes) -> Inspection:
    image = np.frombuffer(content, np.uint8).reshape(IMAGE_SIZE, IMAGE_SIZE)
    return Inspection(model, image, model.activations(image), columns_of(model.card))
