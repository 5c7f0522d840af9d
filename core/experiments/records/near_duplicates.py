"""What is recorded of near-duplicates: small dataclasses that pages read without the dataset."""

import base64
from dataclasses import dataclass

import numpy as np

from core.common.metrics import accuracy
from core.common.types import FINGER_COUNTS, SIDES, Side, Uint8Array
from core.datasets.near_duplicates import Region
from core.experiments.records.store import Provenance

MEAN_SIZE = 64
"""Height and width, in pixels, of a recorded mean image."""


def as_text(image: Uint8Array) -> str:
    """An image's bytes, row by row, in base64."""
    return base64.b64encode(image.tobytes()).decode("ascii")


@dataclass(frozen=True)
class ClassFacts:
    """One count and side.

    Attributes:
        train_images, test_images: how many there are.
        mean_pixels: the mean of its train images, 64×64 uint8, as ``as_text`` writes it.
    """

    fingers: int
    side: Side
    train_images: int
    test_images: int
    mean_pixels: str

    def __post_init__(self) -> None:
        if self.fingers not in FINGER_COUNTS or min(self.train_images, self.test_images) < 0:
            raise ValueError("a class has an impossible count")
        self.mean_image()

    def mean_image(self) -> Uint8Array:
        """(64, 64) uint8, grey.

        Raises:
            ValueError: the text is not one of such an image.
        """
        content = base64.b64decode(self.mean_pixels, validate=True)
        return np.frombuffer(content, np.uint8).reshape(MEAN_SIZE, MEAN_SIZE)


@dataclass(frozen=True)
class NearestNeighbour:
    """The answers of a 1-nearest-neighbour search, counted.

    Attributes:
        images: how many were read.
        fingers_errors, side_errors: of them.
    """

    images: int
    fingers_errors: int
    side_errors: int

    def __post_init__(self) -> None:
        if not all(
            0 <= errors <= self.images for errors in (self.fingers_errors, self.side_errors)
        ):
            raise ValueError(f"impossible counts: {self}")
        if self.images < 1:
            raise ValueError("no image was read")

    @property
    def fingers_accuracy(self) -> float:
        """Share of right counts, 0 to 1."""
        return accuracy(self.fingers_errors, self.images)

    @property
    def side_accuracy(self) -> float:
        """Share of right sides, 0 to 1."""
        return accuracy(self.side_errors, self.images)


@dataclass(frozen=True)
class Distances:
    """How far test images are from others: histograms over distances from 0 on.

    Attributes:
        bin_width: in grey levels.
        train: test images by the distance of the nearest train image.
        mirrored: the same of their mirror images.
        other_class: by the distance, either way, of the nearest image of another count or hand.
    """

    bin_width: float
    train: tuple[int, ...]
    mirrored: tuple[int, ...]
    other_class: tuple[int, ...]

    def __post_init__(self) -> None:
        columns = (self.train, self.mirrored, self.other_class)
        if self.bin_width <= 0 or len({len(column) for column in columns}) != 1:
            raise ValueError("the histograms do not match")
        if len({sum(column) for column in columns}) != 1 or min(map(min, columns)) < 0:
            raise ValueError("the histograms do not count the same images")


@dataclass(frozen=True)
class NearDuplicatePair:
    """A test image and its nearest train image.

    Attributes:
        mirrored: whether the test image was mirrored before the search.
        test_file, train_file: their names in the dataset.
        distance: in grey levels.
    """

    fingers: int
    side: Side
    mirrored: bool
    test_file: str
    train_file: str
    distance: float


@dataclass(frozen=True)
class Grouping:
    """Groups of near-duplicates: connected components over pairs nearer than the threshold.

    Attributes:
        threshold: in grey levels.
        groups: how many, single images included.
        singles: images without a near-duplicate.
        largest: sizes of the largest groups, in images.
    """

    threshold: float
    groups: int
    singles: int
    largest: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.largest or not 0 <= self.singles <= self.groups:
            raise ValueError(f"impossible groups: {self}")


@dataclass(frozen=True)
class DeduplicatedSplitFacts:
    """A split without near-duplicates between train and test.

    Attributes:
        region: where the held-out poses lie among all poses.
        seed: draws them.
        left_out: images in neither part, near-duplicates of test images.
        train_groups, test_groups: groups of near-duplicates in each part; none is in both.
        largest_train_groups, largest_test_groups: their sizes, the largest ones.
        train_by_fingers: train images of each count.
        nearest_neighbour: a 1-nearest-neighbour search among the train images.
        median_distance: from a test image to the nearest train image, in grey levels.
        fingerprint: SHA-256 over the file names and parts of all images.
    """

    region: Region
    seed: int
    train_images: int
    test_images: int
    left_out: int
    train_groups: int
    test_groups: int
    largest_train_groups: tuple[int, ...]
    largest_test_groups: tuple[int, ...]
    train_by_fingers: tuple[int, ...]
    nearest_neighbour: NearestNeighbour
    median_distance: float
    fingerprint: str

    def __post_init__(self) -> None:
        if min(self.train_images, self.test_images) < 1 or self.left_out < 0:
            raise ValueError("a part of the split is empty")
        if sum(self.train_by_fingers) != self.train_images or len(self.fingerprint) != 64:
            raise ValueError("the train images are not counted, or the fingerprint is wrong")


@dataclass(frozen=True)
class NearDuplicatesRecord:
    """All that was found.

    Attributes:
        method: how distances are measured and the threshold was derived.
        classes: every count and side.
        threshold: nearer images are near-duplicates; in grey levels.
        nearest_neighbour: test images read by their nearest train image.
        near_duplicates, mirrored_near_duplicates: test images with a near-duplicate in train, and
            those whose mirror image has one.
        pairs: of each count and side the pair at the median distance, straight, then mirrored.
        groupings: at rising thresholds; the last is that of near-duplicates.
    """

    provenance: Provenance
    method: str
    classes: tuple[ClassFacts, ...]
    threshold: float
    nearest_neighbour: NearestNeighbour
    near_duplicates: int
    mirrored_near_duplicates: int
    distances: Distances
    pairs: tuple[NearDuplicatePair, ...]
    groupings: tuple[Grouping, ...]
    deduplicated_splits: tuple[DeduplicatedSplitFacts, ...]

    def __post_init__(self) -> None:
        expected = [(fingers, side) for fingers in FINGER_COUNTS for side in SIDES]
        if [(each.fingers, each.side) for each in self.classes] != expected:
            raise ValueError("the classes are not all counts and sides in order")
        if (
            not 0
            <= max(self.near_duplicates, self.mirrored_near_duplicates)
            <= self.nearest_neighbour.images
        ):
            raise ValueError("there are more near-duplicates than test images")
        if not self.groupings or not self.deduplicated_splits or self.threshold <= 0:
            raise ValueError("groups, splits or the threshold are missing")
