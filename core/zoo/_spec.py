"""What a model of the zoo says of itself: its name, its task, its layers and its recipe."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from core.common.errors import UserError
from core.common.metrics import accuracy
from core.images.pooling import Pooling

if TYPE_CHECKING:
    import keras

Target = Literal["fingers", "side"]
"""What a model answers: six probabilities of a count, or the probability of a right hand."""

TARGETS: tuple[Target, ...] = get_args(Target)

QUESTION_WORDS: dict[str, str] = {"fingers": "how many", "side": "which hand"}
"""What is asked of each target, in people's words."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained, with Adam.

    Attributes:
        epochs: passes through the images.
        batch_size: images a step.
        learning_rate: Adam's step size.
        cosine_decay: whether it falls from epoch to epoch, along half a cosine to nearly nothing
            (Loshchilov and Hutter, "SGDR", 2017), so that the last epochs do not jump.
        horizontal_flip: whether images are mirrored at random in each epoch, which leaves a count
            as it is.
        images: of the train split, the first of a shuffle by the seed; None for all.
        bfloat16: whether layers compute in bfloat16 where the processor does; weights and sums stay
            32-bit floats.
    """

    epochs: int
    batch_size: int
    learning_rate: float = 0.001
    cosine_decay: bool = False
    horizontal_flip: bool = False
    images: int | None = None
    bfloat16: bool = False

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1 or self.learning_rate <= 0:
            raise ValueError(f"a recipe needs positive numbers: {self}")
        _check_images(self.images)

    def learning_rate_at(self, epoch: int) -> float:
        """The step size in an epoch, counted from 1."""
        if not self.cosine_decay:
            return self.learning_rate
        return self.learning_rate * (1 + math.cos(math.pi * (epoch - 1) / self.epochs)) / 2


@dataclass(frozen=True)
class FitRecipe:
    """How a logistic regression is fitted: to the minimum of C · losses + ½ ‖weights‖².

    Attributes:
        images: of the train split, the first of a shuffle by the seed; None for all.
        c: scikit-learn's C, the inverse strength of the regularisation.
        pooling: what is done to the images before; None for nothing.
        solver: "newton" goes to the minimum in the span of the images, which needs fewer of them
            than there are pixels; "scikit-learn" goes until its L-BFGS changes little.
    """

    images: int | None
    c: float = 1.0
    pooling: Pooling | None = None
    solver: Literal["newton", "scikit-learn"] = "newton"

    def __post_init__(self) -> None:
        _check_images(self.images)
        if self.solver == "newton" and (self.images is None or self.pooling is not None):
            raise ValueError("only few whole images are fitted in their span")
        if self.c <= 0:
            raise ValueError(f"C is a positive number: {self}")

    @property
    def epochs(self) -> int:
        """Lines of its history: a fit is one."""
        return 1


def _check_images(images: int | None) -> None:
    if images is not None and images < 1:
        raise ValueError(f"a recipe needs positive numbers, not {images} images")


@dataclass(frozen=True)
class ArticleFigure:
    """What the article reports of a model, to be shown beside what is measured here.

    Attributes:
        errors: of its 3,600 test images.
        seconds: of training, from and to, where it gives a time.
        per_epoch: whether these are of one epoch or of all.
    """

    errors: int
    seconds: tuple[float, float] | None = None
    per_epoch: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.errors <= ARTICLE_TEST_IMAGES:
            raise ValueError(f"of {ARTICLE_TEST_IMAGES} images, not {self.errors} are wrong")
        if self.seconds is not None and not 0 < self.seconds[0] <= self.seconds[1]:
            raise ValueError(f"a time goes from a shorter to a longer one: {self}")

    @property
    def accuracy(self) -> float:
        """Share of test images read right, 0 to 1."""
        return accuracy(self.errors, ARTICLE_TEST_IMAGES)

    @property
    def time(self) -> str:
        """The time in words; empty where the article gives none."""
        if self.seconds is None:
            return ""
        numbers = "–".join(f"{value:g}" for value in sorted(set(self.seconds)))
        return f"{numbers} s an epoch" if self.per_epoch else f"{numbers} s"


ARTICLE_TEST_IMAGES = 3_600


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
        recipe: how it is trained or fitted; the article's.
        build: makes the untrained model from the trained backbone (None where it has none).
            Input (batch, 128, 128, 1) float32, grey, 0 to 255; output (batch, 6) softmax for
            "fingers", (batch, 1) sigmoid, the probability of a right hand, for "side". A model
            that is fitted ends in its one layer with weights, a dense softmax.
        backbone: the model of the zoo whose trained layers this one starts from.
        fast: a second recipe that reaches the same in less time; None where there is none.
        article: what the article reports of it; None where it gives no figure.
        quantized_weights: whether it is shipped with rounded weights, see
            ``core.training.quantization``.
    """

    name: str
    title: str
    summary: str
    target: Target
    recipe: Recipe | FitRecipe
    build: Callable[["keras.Model | None"], "keras.Model"]
    backbone: str | None = None
    fast: Recipe | None = None
    article: ArticleFigure | None = None
    quantized_weights: bool = False

    def __post_init__(self) -> None:
        _check_name(self.name)
        if not self.title or not self.summary:
            raise ValueError(f"the model '{self.name}' needs a title and a summary")
        if isinstance(self.recipe, FitRecipe) and self.target != "fingers":
            raise ValueError(f"'{self.name}': only counts are fitted")
        recipes = [each for each in (self.recipe, self.fast) if isinstance(each, Recipe)]
        if self.target == "side" and any(recipe.horizontal_flip for recipe in recipes):
            raise ValueError(f"'{self.name}': a mirrored right hand is a left one")


RecipeName = Literal["article", "fast"]


def recipe_of(spec: ModelSpec, name: RecipeName) -> Recipe | FitRecipe:
    """The recipe of that name.

    Raises:
        UserError: the model has no fast one.
    """
    if name == "article":
        return spec.recipe
    if spec.fast is None:
        raise UserError(f"'{spec.name}' has no fast recipe: train it without --fast.")
    return spec.fast


def dry_run_of(spec: ModelSpec) -> ModelSpec:
    """The same model with recipes of seconds, to see that every part works."""
    recipe, fast = spec.recipe, spec.fast
    if isinstance(recipe, Recipe):
        recipe = replace(recipe, epochs=2, batch_size=20)
    if fast is not None:
        fast = replace(fast, epochs=2, batch_size=40)
    return replace(spec, recipe=recipe, fast=fast)


HandTask = Literal["find", "read"]
"""Whether a model for any camera finds hands in a frame or reads one that was cut out."""


@dataclass(frozen=True)
class HandRecipe:
    """How a model for any camera is trained: on samples drawn anew for each epoch, with AdamW.

    Attributes:
        cycles: the epochs of each cycle, over which the learning rate falls; each one after the
            first starts from where the one before ended, with half of the highest learning rate
            (Loshchilov and Hutter, "SGDR", 2017).
        samples: of an epoch.
        batch_size: samples a step.
        learning_rate: the highest, reached at the end of the first epoch.
        weight_decay: AdamW's.
        synthetic_frames: how many frames of drawn hands there are to choose from.
    """

    cycles: tuple[int, ...]
    samples: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    synthetic_frames: int

    @property
    def epochs(self) -> int:
        """Of all cycles."""
        return sum(self.cycles)

    def __post_init__(self) -> None:
        if min(*self.cycles, self.batch_size, self.samples // self.batch_size) < 1:
            raise ValueError(f"a recipe needs at least one batch: {self}")
        if self.learning_rate <= 0 or self.weight_decay < 0 or self.synthetic_frames < 1:
            raise ValueError(f"a recipe needs positive numbers: {self}")


@dataclass(frozen=True)
class HandModelSpec:
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
    task: HandTask
    recipe: HandRecipe
    build: Callable[[], "keras.Model"]

    def __post_init__(self) -> None:
        _check_name(self.name)
        if not self.title or not self.summary:
            raise ValueError(f"the model '{self.name}' needs a title and a summary")
