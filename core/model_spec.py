"""What a model of the zoo says of itself: its name, its task, its layers and its recipe."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import keras

Target = Literal["fingers", "side"]
"""What a model answers: six probabilities of a count, or the probability of a right hand."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained, with Adam.

    Attributes:
        epochs: passes through the train split.
        batch_size: images a step.
        learning_rate: Adam's step size.
    """

    epochs: int
    batch_size: int
    learning_rate: float = 0.001

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1 or self.learning_rate <= 0:
            raise ValueError(f"a recipe needs positive numbers: {self}")


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"'{name}' is not a name of lower-case letters, digits and _")


@dataclass(frozen=True)
class ModelSpec:
    """One model of the zoo.

    Attributes:
        name: the command line's and the folder's name.
        title: the name on pages.
        summary: one sentence for people.
        target: what it answers.
        recipe: how it is trained.
        build: makes the untrained model from the trained trunk (None where it has no ``trunk``).
            Input (batch, 128, 128, 1) float32, grey, 0 to 255; output (batch, 6) softmax for
            "fingers", (batch, 1) sigmoid, the probability of a right hand, for "side".
        trunk: the model of the zoo whose trained layers this one starts from.
    """

    name: str
    title: str
    summary: str
    target: Target
    recipe: Recipe
    build: Callable[["keras.Model | None"], "keras.Model"]
    trunk: str | None = None

    def __post_init__(self) -> None:
        _check_name(self.name)
        if not self.title or not self.summary:
            raise ValueError(f"the model '{self.name}' needs a title and a summary")


FieldTask = Literal["find", "read"]
"""Whether a model for any camera finds hands in a frame or reads one that was cut out."""


@dataclass(frozen=True)
class FieldRecipe:
    """How a model for any camera is trained: on samples drawn anew for each epoch, with AdamW.

    Attributes:
        cycles: the epochs of each cycle, over which the learning rate falls; each one after the
            first starts from where the one before ended, with half of the highest learning rate
            (Loshchilov and Hutter, "SGDR", 2017).
        samples: of an epoch.
        batch_size: samples a step.
        learning_rate: the highest, reached at the end of the first epoch.
        weight_decay: AdamW's.
        drawn_frames: how many frames of drawn hands there are to choose from.
    """

    cycles: tuple[int, ...]
    samples: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    drawn_frames: int

    @property
    def epochs(self) -> int:
        """Of all cycles."""
        return sum(self.cycles)

    def __post_init__(self) -> None:
        if min(*self.cycles, self.batch_size, self.samples // self.batch_size) < 1:
            raise ValueError(f"a recipe needs at least one batch: {self}")
        if self.learning_rate <= 0 or self.weight_decay < 0 or self.drawn_frames < 1:
            raise ValueError(f"a recipe needs positive numbers: {self}")


@dataclass(frozen=True)
class FieldSpec:
    """One of the two models that work on any camera.

    Attributes:
        name: the command line's and the folder's name.
        title: the name on pages.
        summary: one sentence for people.
        task: what it does.
        recipe: how it is trained.
        build: makes the untrained model; its outputs are logits.
    """

    name: str
    title: str
    summary: str
    task: FieldTask
    recipe: FieldRecipe
    build: Callable[[], "keras.Model"]

    def __post_init__(self) -> None:
        _check_name(self.name)
        if not self.title or not self.summary:
            raise ValueError(f"the model '{self.name}' needs a title and a summary")
