"""Where files are: in the checkout or, once installed, in the package and at home."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_INSTALLED_MODELS = _PACKAGE / "_models"
"""Only an installed package has this folder: pyproject.toml puts the models there."""

_IS_INSTALLED = _INSTALLED_MODELS.is_dir()
_HOME = Path.home() / ".local" / "share" / "fingers" if _IS_INSTALLED else _PACKAGE.parent

MODELS_ROOT = _INSTALLED_MODELS if _IS_INSTALLED else _HOME / "models"

RUNS_ROOT = _HOME / "runs"
"""Unfinished and finished trainings, outside git."""

DATA_ROOT = _HOME / "data"
"""Datasets, unless ``$FINGERS_DATA`` names another folder."""
