"""The specification of a model: its name, its task, its layers and its recipe."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from core.common.errors import UserError
from core.common.metrics import accuracy
from core.common.types import TARGETS, Target
from core.images.pooling import Pooling

if TYPE_CHECKING:
    import keras

Task = Literal["fingers", "side", "detect", "classify"]
"""What a model does: answer a question about an image of the dataset; or, on any camera, detect
hands in a frame or classify one that was cut out."""


def cosine_decay(done: float, length: float, warm_up: float = 0, last: float = 0) -> float:
    """The learning rate as a share of its maximum (Loshchilov and Hutter, "SGDR", 2017).

    It rises linearly over ``warm_up`` epochs, then falls along half a cosine to ``last`` after
    ``length`` epochs, of which ``done`` are finished.
    """
    if done < warm_up:
        return max(done, 0.02) / warm_up
    share = min((done - warm_up) / max(length - warm_up, 1), 1)
    return last + (1 - last) * (1 + math.cos(math.pi * share)) / 2


@dataclass(frozen=True)
class Recipe:
    """How a model is trained, with Adam.

    Attributes:
        epochs, batch_size: passes through the images, and images per step.
        learning_rate: Adam's step size.
        cosine_decay: whether it decays to nearly zero, so that the last epochs do not fluctuate.
        horizontal_flip: whether images are randomly flipped in each epoch, which does not change
            the count.
        images: number of training images, chosen by shuffling with the seed; None for all.
        bfloat16: whether layers compute in bfloat16 if the processor can; weights and sums stay
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
        images = 1 if self.images is None else self.images
        if min(self.epochs, self.batch_size, images) < 1 or self.learning_rate <= 0:
            raise ValueError(f"a recipe needs positive numbers: {self}")

    def learning_rate_at(self, epoch: int) -> float:
        """The step size in an epoch, counted from 1."""
        if not self.cosine_decay:
            return self.learning_rate
        return self.learning_rate * cosine_decay(epoch - 1, self.epochs)


@dataclass(frozen=True)
class FitRecipe:
    """How a logistic regression is fitted: to the minimum of C · losses + ½ ‖weights‖².

    Attributes:
        images: number of training images, chosen by shuffling with the seed; None for all.
        c: scikit-learn's C, the inverse strength of the regularisation.
        pooling: of the images before the fit; None for none.
        solver: "newton" finds the minimum in the span of the images, which requires fewer images
            than pixels; "scikit-learn" runs L-BFGS until the changes are small.
    """

    images: int | None
    c: float = 1.0
    pooling: Pooling | None = None
    solver: Literal["newton", "scikit-learn"] = "newton"

    def __post_init__(self) -> None:
        if self.c <= 0 or (self.images is not None and self.images < 1):
            raise ValueError(f"a recipe needs positive numbers: {self}")
        if self.solver == "newton" and (self.images is None or self.pooling is not None):
            raise ValueError("only few whole images are fitted in their span")

    @property
    def epochs(self) -> int:
        """Number of rows in its history: a fit has one."""
        return 1


WARM_UP_EPOCHS = 1

LAST_LEARNING_RATE = 0.01
"""At the end of a cycle, as a share of the maximum."""


@dataclass(frozen=True)
class HandRecipe:
    """How a model for any camera is trained: with AdamW, on new random samples in each epoch.

    Attributes:
        cycles: number of epochs in each cycle of cosine decay. Later cycles continue from the
            weights of the one before, with half of the maximum learning rate.
        samples, batch_size: per epoch and per step.
        learning_rate: the maximum, reached at the end of the first epoch.
        synthetic_frames: how many there are to sample from.
    """

    cycles: tuple[int, ...]
    samples: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    synthetic_frames: int

    @property
    def epochs(self) -> int:
        """The total over all cycles."""
        return sum(self.cycles)

    def __post_init__(self) -> None:
        if min(*self.cycles, self.batch_size, self.samples // self.batch_size) < 1:
            raise ValueError(f"a recipe needs at least one batch: {self}")
        if self.learning_rate <= 0 or self.weight_decay < 0 or self.synthetic_frames < 1:
            raise ValueError(f"a recipe needs positive numbers: {self}")

    def learning_rate_at(self, done: float) -> float:
        """The learning rate after ``done`` epochs."""
        highest, cycles = self.learning_rate, list(self.cycles)
        while len(cycles) > 1 and done >= cycles[0]:
            done -= cycles.pop(0)
            highest = self.learning_rate / 2
        return highest * cosine_decay(done, cycles[0], WARM_UP_EPOCHS, LAST_LEARNING_RATE)


@dataclass(frozen=True)
class ArticleFigure:
    """The article's errors on 3,600 test images, shown beside those measured here.

    Also its shortest and longest training time if it gives any, perhaps per epoch.
    """

    errors: int
    seconds: tuple[float, float] | None = None
    per_epoch: bool = False

    @property
    def accuracy(self) -> float:
        """Share of correctly classified test images, 0 to 1."""
        return accuracy(self.errors, ARTICLE_TEST_IMAGES)

    @property
    def time(self) -> str:
        """The time in words; empty if the article gives none."""
        if self.seconds is None:
            return ""
        numbers = "–".join(f"{value:g}" for value in sorted(set(self.seconds)))
        return f"{numbers} s an epoch" if self.per_epoch else f"{numbers} s"


ARTICLE_TEST_IMAGES = 3_600


RecipeT_co = TypeVar("RecipeT_co", bound=Recipe | FitRecipe | HandRecipe, covariant=True)


@dataclass(frozen=True)
class ModelSpec(Generic[RecipeT_co]):
    """One model of the zoo.

    Attributes:
        name: on the command line, and of its folder.
        title, summary: its name on pages, and one sentence for visitors.
        recipe: how it is trained or fitted; for the article's models, as in the article.
        build: builds the untrained model; called with the trained backbone if it has one, else
            without arguments. For "fingers" and "side": input (batch, 128, 128, 1) float32, grey,
            0 to 255; output (batch, 6) softmax or (batch, 1) sigmoid, the probability of a right
            hand. A fitted model's only layer with weights is its last, a dense softmax. For
            "detect" and "classify" the outputs are logits.
        backbone: the model of the zoo whose trained layers it reuses.
        fast: a recipe with the same result in less time.
        fine_tuning: how a model for any camera is fine-tuned from its published weights.
        quantized_weights: whether its shipped weights are quantised, see
            ``core.training.quantization``.
    """

    name: str
    title: str
    summary: str
    task: Task
    recipe: RecipeT_co
    build: Callable[..., "keras.Model"]
    backbone: str | None = None
    fast: Recipe | None = None
    fine_tuning: HandRecipe | None = None
    article: ArticleFigure | None = None
    quantized_weights: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ValueError(f"'{self.name}' may only contain lower-case letters, digits and _")
        if isinstance(self.recipe, HandRecipe) == (self.task in TARGETS):
            raise ValueError(f"the recipe of '{self.name}' does not fit the task '{self.task}'")
        if isinstance(self.recipe, FitRecipe) and self.task != "fingers":
            raise ValueError(f"'{self.name}': only counts are fitted")
        recipes = [each for each in (self.recipe, self.fast) if isinstance(each, Recipe)]
        if self.task == "side" and any(recipe.horizontal_flip for recipe in recipes):
            raise ValueError(f"'{self.name}': a mirrored right hand is a left one")

    @property
    def target(self) -> Target:
        """What it predicts for an image of the dataset.

        Raises:
            ValueError: it is a model for any camera.
        """
        for target in TARGETS:
            if target == self.task:
                return target
        raise ValueError(f"'{self.name}' does not answer about images of the dataset")


ArticleSpec = ModelSpec[Recipe | FitRecipe]
"""A model of the article, trained on the dataset alone."""

HandSpec = ModelSpec[HandRecipe]
"""One of the two models for any camera."""

RecipeName = Literal["article", "fast"]


def recipe_of(spec: ArticleSpec, name: RecipeName) -> Recipe | FitRecipe:
    """The recipe of that name.

    Raises:
        UserError: the model has no fast recipe.
    """
    if name == "article":
        return spec.recipe
    if spec.fast is None:
        raise UserError(f"'{spec.name}' has no fast recipe: train it without --fast.")
    return spec.fast


def fine_tuning_of(spec: HandSpec) -> HandSpec:
    """The same model with the recipe by which its published weights are fine-tuned.

    Raises:
        ValueError: it has none.
    """
    if spec.fine_tuning is None:
        raise ValueError(f"'{spec.name}' has no recipe for fine-tuning")
    return replace(spec, recipe=spec.fine_tuning)


def dry_run_of(spec: ModelSpec[RecipeT_co]) -> ModelSpec[RecipeT_co]:
    """The same model with recipes of two epochs that take seconds, to check that all works."""
    return replace(spec, recipe=_short(spec.recipe), fast=spec.fast and _short(spec.fast))


def _short(recipe: Any) -> Any:
    if isinstance(recipe, HandRecipe):
        return replace(recipe, cycles=(2,), samples=64, batch_size=16, synthetic_frames=48)
    # A fit takes seconds.
    return replace(recipe, epochs=2, batch_size=20) if isinstance(recipe, Recipe) else recipe
