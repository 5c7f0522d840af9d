"""The record of near-duplicates, which pages read without the dataset."""

from dataclasses import dataclass

import numpy as np

from core.common.metrics import accuracy
from core.common.serialization import AtLeastOne, Count, Positive, Sha256
from core.common.types import FINGER_COUNTS, SIDES, Side, Target, Uint8Array
from core.datasets.near_duplicates import Region
from core.experiments.records.store import Provenance

MEAN_SIZE = 64
"""Height and width of a recorded mean image, in pixels."""


@dataclass(frozen=True)
class ClassFacts:
    """One count and side: its images, and the mean of those to train on, row by row."""

    fingers: int
    side: Side
    train_images: Count
    test_images: Count
    mean_pixels: bytes

    def __post_init__(self) -> None:
        self.mean_image()

    def mean_image(self) -> Uint8Array:
        """(64, 64) uint8, grey.

        Raises:
            ValueError: these are not the pixels of such an image.
        """
        return np.frombuffer(self.mean_pixels, np.uint8).reshape(MEAN_SIZE, MEAN_SIZE)


@dataclass(frozen=True)
class NearestNeighbour:
    """How many images a nearest-neighbour classifier gives a wrong count or side."""

    images: AtLeastOne
    fingers_errors: Count
    side_errors: Count

    def __post_init__(self) -> None:
        if max(self.fingers_errors, self.side_errors) > self.images:
            raise ValueError(f"impossible counts: {self}")

    def errors(self, target: Target) -> int:
        """How many answers to a question are wrong."""
        return self.fingers_errors if target == "fingers" else self.side_errors

    def accuracy(self, target: Target) -> float:
        """Share of correct answers to a question, 0 to 1."""
        return accuracy(self.errors(target), self.images)


@dataclass(frozen=True)
class Distances:
    """Histograms of the test images' distances to other images, starting at 0.

    Attributes:
        bin_width: in grey levels.
        train, mirrored: to the nearest training image, and the same for their mirror images.
        other_class: mirrored or not, to the nearest image of another count or hand.
    """

    bin_width: Positive
    train: tuple[Count, ...]
    mirrored: tuple[Count, ...]
    other_class: tuple[Count, ...]

    def __post_init__(self) -> None:
        columns = (self.train, self.mirrored, self.other_class)
        if len({(len(column), sum(column)) for column in columns}) != 1:
            raise ValueError("the histograms do not count the same images")


@dataclass(frozen=True)
class NearDuplicatePair:
    """A test image, perhaps mirrored, and its nearest training image, some grey levels away."""

    fingers: int
    side: Side
    mirrored: bool
    test_file: str
    train_file: str
    distance: float


@dataclass(frozen=True)
class Grouping:
    """Groups of near-duplicates: connected components over pairs nearer than the threshold.

    Single images count as groups too; the largest ones are given by their sizes.
    """

    threshold: float
    groups: Count
    singles: Count
    largest: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.largest or self.singles > self.groups:
            raise ValueError(f"impossible groups: {self}")


@dataclass(frozen=True)
class DeduplicatedSplitFacts:
    """A split without near-duplicates between train and test.

    Attributes:
        region: where the held-out poses lie among all poses.
        seed: for choosing them.
        left_out: number of images in neither part, near-duplicates of test images.
        train_groups, test_groups: groups of near-duplicates in each part; none is in both.
        largest_train_groups, largest_test_groups: sizes of the largest groups.
        median_distance: from a test image to the nearest training image, in grey levels.
        fingerprint: SHA-256 over the file names and parts of all images.
    """

    region: Region
    seed: int
    train_images: AtLeastOne
    test_images: AtLeastOne
    left_out: Count
    train_groups: int
    test_groups: int
    largest_train_groups: tuple[int, ...]
    largest_test_groups: tuple[int, ...]
    train_by_fingers: tuple[int, ...]
    nearest_neighbour: NearestNeighbour
    median_distance: float
    fingerprint: Sha256

    def __post_init__(self) -> None:
        if sum(self.train_by_fingers) != self.train_images:
            raise ValueError("the counts of training images are wrong")


@dataclass(frozen=True)
class NearDuplicatesRecord:
    """The whole record.

    Attributes:
        method: how distances are measured and the threshold was derived.
        threshold: closer images are near-duplicates; in grey levels.
        nearest_neighbour: test images classified by their nearest training image.
        near_duplicates, mirrored_near_duplicates: test images with a near-duplicate in train, and
            those whose mirror image has one.
        pairs: for each count and side the pair at the median distance, unmirrored, then mirrored.
        groupings: at increasing thresholds, up to that of near-duplicates.
    """

    provenance: Provenance
    method: str
    classes: tuple[ClassFacts, ...]
    threshold: float
    nearest_neighbour: NearestNeighbour
    near_duplicates: Count
    mirrored_near_duplicates: Count
    distances: Distances
    pairs: tuple[NearDuplicatePair, ...]
    groupings: tuple[Grouping, ...]
    deduplicated_splits: tuple[DeduplicatedSplitFacts, ...]

    def __post_init__(self) -> None:
        expected = [(fingers, side) for fingers in FINGER_COUNTS for side in SIDES]
        if [(each.fingers, each.side) for each in self.classes] != expected:
            raise ValueError("the classes are not all counts and sides in order")
        if max(self.near_duplicates, self.mirrored_near_duplicates) > self.nearest_neighbour.images:
            raise ValueError("there are more near-duplicates than test images")
        if not self.groupings or not self.deduplicated_splits or self.threshold <= 0:
            raise ValueError("groups, splits or the threshold are missing")
