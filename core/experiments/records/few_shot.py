"""How few samples of a new sign are enough, by what they are described with."""

from dataclasses import dataclass
from typing import Literal, get_args

from core.common.serialization import AtLeastOne, NotNegative, Share, Text, Timestamp

Description = Literal["features", "answers", "landmarks", "pixels", "cnn"]
DESCRIPTIONS: tuple[Description, ...] = get_args(Description)

TITLES: dict[Description, str] = {
    "features": "Features of the hand classifier",
    "answers": "Answers of the hand classifier",
    "landmarks": "Landmarks of MediaPipe",
    "pixels": "Raw pixels",
    "cnn": "Small CNN from scratch",
}

PhotoSet = Literal["selfies", "sign_letters"]


@dataclass(frozen=True)
class FewShotRun:
    """One description with so many samples a sign: the mean share of right answers of all draws."""

    photos: PhotoSet
    description: Description
    samples: AtLeastOne
    signs: AtLeastOne
    test_photos: AtLeastOne
    draws: AtLeastOne
    accuracy: Share
    lowest: Share
    highest: Share


@dataclass(frozen=True)
class FewShotRecord:
    """All runs, and the seconds that learning eight signs of thirty samples took (the median)."""

    seed: int
    classifier_sha256: Text
    versions: dict[str, str]
    machine: Text
    created: Timestamp
    learning_seconds: NotNegative
    runs: tuple[FewShotRun, ...]

    def __post_init__(self) -> None:
        if not self.runs:
            raise ValueError("there are no runs")

    def accuracy(self, photos: PhotoSet, description: Description, samples: int) -> float | None:
        """The share of right answers; None where it was not measured."""
        wanted = (photos, description, samples)
        found = (
            each for each in self.runs if (each.photos, each.description, each.samples) == wanted
        )
        return next((each.accuracy for each in found), None)
