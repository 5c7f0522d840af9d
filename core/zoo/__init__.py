"""The models: one file each, which defines its ``SPEC``; files beginning with _ are not models.

It imports ``images`` and ``common``. Functions import Keras, so that pages do not wait for it.
"""

import importlib
import pkgutil
from functools import cache
from typing import Any

from core.common.errors import UserError
from core.common.types import CLASSES, IMAGE_SIZE, TARGETS
from core.zoo import hand_classifier, hand_detector
from core.zoo._spec import ArticleFigure as ArticleFigure
from core.zoo._spec import ArticleSpec as ArticleSpec
from core.zoo._spec import FitRecipe as FitRecipe
from core.zoo._spec import HandRecipe as HandRecipe
from core.zoo._spec import HandSpec as HandSpec
from core.zoo._spec import ModelSpec as ModelSpec
from core.zoo._spec import Recipe as Recipe
from core.zoo._spec import RecipeName as RecipeName
from core.zoo._spec import Task as Task
from core.zoo._spec import dry_run_of as dry_run_of
from core.zoo._spec import fine_tuning_of as fine_tuning_of
from core.zoo._spec import recipe_of as recipe_of

Shape = tuple[int, ...]

_IMAGE: Shape = (1, IMAGE_SIZE, IMAGE_SIZE, 1)
_FRAME: Shape = (1, hand_detector.FRAME_SIZE, hand_detector.FRAME_SIZE, 3)

_SHAPES: dict[Task, tuple[Shape, Shape]] = {
    "fingers": (_IMAGE, (1, len(CLASSES["fingers"]))),
    # A single output: the probability of a right hand.
    "side": (_IMAGE, (1, 1)),
    "detect": (_FRAME, (1, hand_detector.CELLS, hand_detector.CELLS, hand_detector.OUTPUTS)),
    "classify": (_IMAGE, (1, hand_classifier.OUTPUTS)),
}


@cache
def zoo() -> dict[str, ModelSpec[Any]]:
    """Every model by name, in alphabetical order; importing them does not import TensorFlow.

    Raises:
        TypeError: a file of the zoo has no SPEC, or the SPEC's name differs from the file's.
        ValueError: a model's backbone is not in the zoo.
    """
    specs: dict[str, ModelSpec[Any]] = {}
    for entry in pkgutil.iter_modules(__path__):
        if entry.name.startswith("_"):
            continue
        spec = getattr(importlib.import_module(f"{__name__}.{entry.name}"), "SPEC", None)
        if not isinstance(spec, ModelSpec) or spec.name != entry.name:
            raise TypeError(f"core/zoo/{entry.name}.py must end in SPEC = ModelSpec(name=…)")
        specs[spec.name] = spec
    for spec in specs.values():
        if spec.backbone is not None and spec.backbone not in specs:
            raise ValueError(f"the backbone '{spec.backbone}' of '{spec.name}' is not in the zoo")
    return specs


def article_specs() -> dict[str, ArticleSpec]:
    """The models of the article, trained on the dataset alone."""
    return {name: spec for name, spec in zoo().items() if spec.task in TARGETS}


def hand_specs() -> dict[str, HandSpec]:
    """The models for any camera."""
    return {name: spec for name, spec in zoo().items() if spec.task not in TARGETS}


def get_spec(name: str) -> ArticleSpec:
    """The article's model of that name.

    Raises:
        UserError: there is none.
    """
    specs = article_specs()
    if name not in specs:
        raise UserError(f"There is no model '{name}'. There are: {', '.join(specs)}.")
    return specs[name]


def net_shapes(task: Task) -> tuple[Shape, Shape]:
    """The shapes of a network's input and output, with a batch of one."""
    return _SHAPES[task]
