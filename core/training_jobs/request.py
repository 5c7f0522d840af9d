"""What a person may ask to be trained, and the command that does it."""

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from core.zoo import article_specs

IMAGES = (500, 1_000, 2_000, 3_000, 6_000, 12_000, 18_000)
"""To choose from, of the train split."""

EPOCHS = range(1, 11)
"""To choose from."""

SERVING_FILE = "serving.tflite"
"""What a finished training leaves in its folder."""

PACKAGES = {"tensorflow": "TensorFlow", "keras": "Keras", "sklearn": "scikit-learn"}
"""What trainings need and the app does not."""


@dataclass(frozen=True)
class TrainingRequest:
    """One training.

    Attributes:
        model: of the article, by its name in the zoo.
        images: of the train split to learn from; all where it has fewer.
        epochs: passes through them; a model that is fitted as a whole has none.
    """

    model: str
    images: int
    epochs: int

    def __post_init__(self) -> None:
        if self.model not in article_specs():
            raise ValueError(f"there is no model '{self.model}'")
        if not IMAGES[0] <= self.images <= IMAGES[-1] or self.epochs not in EPOCHS:
            raise ValueError(f"too few or too many: {self}")


def missing_packages() -> tuple[str, ...]:
    """The names of the packages that trainings need and that are not installed here."""
    return tuple(
        title for name, title in PACKAGES.items() if importlib.util.find_spec(name) is None
    )


def training_command(request: TrainingRequest, folder: Path) -> list[str]:
    """The command line of a training's process, but for the pipe's number at its end.

    Args:
        request: what to train.
        folder: an empty one, for all that the process writes.
    """
    return [
        sys.executable, "-m", f"{__package__}.worker",
        str(folder), request.model, str(request.images), str(request.epochs),
    ]  # fmt: skip
