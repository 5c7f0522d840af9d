"""The models: one file each, ending in its ``SPEC``, found by this package."""

import importlib
import pkgutil
from functools import cache

from core.errors import UserError
from core.model_spec import FieldSpec, ModelSpec


@cache
def zoo() -> dict[str, ModelSpec | FieldSpec]:
    """Every model by name, in alphabetical order; importing them does not import TensorFlow.

    Raises:
        TypeError: a file of the zoo has no SPEC, or its name is not the file's.
        ValueError: a model's trunk is not in the zoo.
    """
    specs: dict[str, ModelSpec | FieldSpec] = {}
    for entry in pkgutil.iter_modules(__path__):
        spec = getattr(importlib.import_module(f"{__name__}.{entry.name}"), "SPEC", None)
        if not isinstance(spec, ModelSpec | FieldSpec) or spec.name != entry.name:
            raise TypeError(f"core/zoo/{entry.name}.py must end in SPEC = ModelSpec(name=…)")
        specs[spec.name] = spec
    for spec in specs.values():
        trunk = spec.trunk if isinstance(spec, ModelSpec) else None
        if trunk is not None and not isinstance(specs.get(trunk), ModelSpec):
            raise ValueError(f"the trunk '{trunk}' of '{spec.name}' is not in the zoo")
    return specs


def all_specs() -> dict[str, ModelSpec]:
    """The models of the article, which learn from the dataset alone."""
    return {name: spec for name, spec in zoo().items() if isinstance(spec, ModelSpec)}


def field_specs() -> dict[str, FieldSpec]:
    """The models that work on any camera."""
    return {name: spec for name, spec in zoo().items() if isinstance(spec, FieldSpec)}


def get_spec(name: str) -> ModelSpec:
    """The article's model of that name.

    Raises:
        UserError: there is none.
    """
    specs = all_specs()
    if name not in specs:
        raise UserError(f"There is no model '{name}'. There are: {', '.join(specs)}.")
    return specs[name]
