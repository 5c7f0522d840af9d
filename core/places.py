"""Where files lie: in the folder of the checkout or, where the program was installed, the models
inside the package and what is written in a folder of the user's."""

from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[1]
_PACKAGED_MODELS = Path(__file__).resolve().parent / "_models"
"""That only an installed package has; pyproject.toml puts it there."""

_IS_INSTALLED = _PACKAGED_MODELS.is_dir()
_HOME = Path.home() / ".local" / "share" / "fingers" if _IS_INSTALLED else _CHECKOUT

MODELS_ROOT = _PACKAGED_MODELS if _IS_INSTALLED else _CHECKOUT / "models"

RUNS_ROOT = _HOME / "runs"
"""Where unfinished and finished seeds are kept, outside git."""

DATA_ROOT = _HOME / "data"
"""Where datasets are kept, unless ``$FINGERS_DATA`` names another folder."""
