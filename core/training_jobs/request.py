"""The trainings that visitors may request, and the command that runs one."""

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from core.zoo import article_specs

IMAGES = (500, 1_000, 2_000, 3_000, 6_000, 12_000, 18_000)
"""Choices for the number of training images, where there are as many."""

EPOCHS = range(1, 11)
"""Choices for the number of epochs."""

SERVING_FILE = "serving.tflite"
"""The file of the exported model in the training's folder."""

PACKAGES = {"tensorflow": "TensorFlow", "keras": "Keras", "sklearn": "scikit-learn"}
"""Packages that trainings need and the app does not."""


@dataclass(frozen=True)
class TrainingRequest:
    """A training of one of the article's models on so many images, or all if there are fewer.

    The epochs are ignored for a model that is fitted.
    """

    model: str
    images: int
    epochs: int

    def __post_init__(self) -> None:
        if self.model not in article_specs():
            raise ValueError(f"there is no model '{self.model}'")
        if not IMAGES[0] <= self.images <= IMAGES[-1] or self.epochs not in EPOCHS:
            raise ValueError(f"too few or too many: {self}")


def image_choices(available: int) -> tuple[int, ...]:
    """The choices of which there are as many training images, and all of them."""
    fewer = tuple(each for each in IMAGES if each < available) or IMAGES[:1]
    return fewer if not fewer[-1] < available <= IMAGES[-1] else (*fewer, available)


def missing_packages() -> tuple[str, ...]:
    """The names of the packages that trainings need and that are not installed."""
    return tuple(
        title for name, title in PACKAGES.items() if importlib.util.find_spec(name) is None
    )


def training_command(request: TrainingRequest, folder: Path) -> list[str]:
    """The command line of a training's process, without the pipe's descriptor at its end.

    The process writes everything into the folder, which is empty.
    """
    return [
        sys.executable, "-m", f"{__package__}.worker",
        str(folder), request.model, str(request.images), str(request.epochs),
    ]  # fmt: skip
