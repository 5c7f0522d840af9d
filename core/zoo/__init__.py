"""The models: one file each, ending in its ``SPEC``, found by this package."""

import importlib
import pkgutil
from functools import cache

from core.errors import UserError
from core.model_spec import ModelSpec


@cache
def all_specs() -> dict[str, ModelSpec]:
    """Every model by name, in alphabetical order; importing them does not import TensorFlow.

    Raises:
        TypeError: a file of the zoo has no SPEC, or its name is not the file's.
        ValueError: a model's trunk is not in the zoo.
    """
    specs: dict[str, ModelSpec] = {}
    for entry in pkgutil.iter_modules(__path__):
        spec = getattr(importlib.import_module(f"{__name__}.{entry.name}"), "SPEC", None)
        if not isinstance(spec, ModelSpec) or spec.name != entry.name:
            raise TypeError(f"core/zoo/{entry.name}.py must end in SPEC = ModelSpec(name=…)")
        specs[spec.name] = spec
    for spec in specs.values():
        if spec.trunk is not None and spec.trunk not in specs:
            raise ValueError(f"the trunk '{spec.trunk}' of '{spec.name}' is not in the zoo")
    return specs


def get_spec(name: str) -> ModelSpec:
    """The model of that name.

    Raises:
        UserError: the zoo has none.
    """
    specs = all_specs()
    if name not in specs:
        raise UserError(f"There is no model '{name}'. There are: {', '.join(specs)}.")
    return specs[name]
