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
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ValueError(f"'{self.name}' is not a name of lower-case letters, digits and _")
        if not self.title or not self.summary:
            raise ValueError(f"the model '{self.name}' needs a title and a summary")
