"""The experiments: one file each, ending in its ``EXPERIMENT``, found by this package.

A file whose name begins with ``_`` is not an experiment; ``records`` holds what they record.
It imports ``hands_training``, ``training`` and the packages below them.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from core.common.errors import UserError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from core.datasets.store import Dataset


@dataclass(frozen=True)
class Experiment:
    """One question about the dataset, whose answer a page shows, with a line for readers.

    ``run`` measures and returns the record, a dataclass that ``records.store`` can read. An
    experiment has parts if it measures with ``core.common.parallel``.
    """

    name: str
    title: str
    run: "Callable[[Dataset], DataclassInstance]"
    has_parts: bool = False


@cache
def all_experiments() -> dict[str, Experiment]:
    """Every experiment by name, in alphabetical order.

    Raises:
        TypeError: a file has no EXPERIMENT, or one with a different name than the file.
    """
    found: dict[str, Experiment] = {}
    for entry in pkgutil.iter_modules(__path__):
        if entry.ispkg or entry.name.startswith("_"):
            continue
        module = importlib.import_module(f"{__name__}.{entry.name}")
        experiment = getattr(module, "EXPERIMENT", None)
        if not isinstance(experiment, Experiment) or experiment.name != entry.name:
            raise TypeError(
                f"core/experiments/{entry.name}.py must end in EXPERIMENT = Experiment(name=…)"
            )
        found[experiment.name] = experiment
    return found


def get_experiment(name: str) -> Experiment:
    """The experiment of that name.

    Raises:
        UserError: there is none.
    """
    experiments = all_experiments()
    if name not in experiments:
        raise UserError(f"There is no experiment '{name}'. There are: {', '.join(experiments)}.")
    return experiments[name]
