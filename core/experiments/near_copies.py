"""How much of the test split is in the train split already, and what a fair split would be."""

import hashlib
import math

import numpy as np
import numpy.typing as npt

from core.dataset.store import Dataset
from core.experiments import Experiment
from core.experiments.near_copies_record import (
    MEAN_SIZE,
    ClassFacts,
    Distances,
    FairSplitFacts,
    Grouping,
    NearCopiesRecord,
    NearCopyPair,
    OneNearest,
    as_text,
)
from core.experiments.records import provenance_of
from core.near_copies import (
    REGIONS,
    FairSplit,
    Float64Array,
    Indices,
    Nearest,
    Region,
    Shrunk,
    fair_split,
    group_sizes,
    merged,
    near_pairs,
    nearest,
    nearest_of_another_class,
    no_groups,
    shrink,
)
from core.pooling import Pooling, pool
from core.progress import ProgressLine
from core.types import FINGER_COUNTS, SIDES

SEEDS = (0, 1, 2)
"""One fair split each of every region."""

HELD_OUT = 300
"""Test images of each count in a fair split."""

THRESHOLDS = (6.0, 7.0, 8.0, 9.0, 10.0, 11.0)
"""Grey levels, below the threshold of near copies, at which groups are counted."""

BIN_WIDTH = 0.5
LARGEST_GROUPS = 10
PACKAGES = ("numpy", "scipy")

_METHOD = (
    "Root mean square difference in grey levels (0 to 255) between 32×32 averages. The threshold "
    "is the smallest distance between any two images of different count or hand, mirrored ones "
    "included, over the whole dataset: nearer images never differ in what they show."
)


def run(dataset: Dataset) -> NearCopiesRecord:
    """Compare all images with all; takes some minutes."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return _run(dataset)


def _run(dataset: Dataset) -> NearCopiesRecord:
    shrunk = shrink(dataset.images)
    train, test = dataset.indices("train"), dataset.indices("test")
    classes = (dataset.fingers * len(SIDES) + dataset.sides).astype(np.int_)
    # The other side's class has the other lowest bit.
    progress = ProgressLine("Comparing images of different classes")
    of_others = nearest_of_another_class(shrunk, classes, classes ^ 1, progress)
    # Rounded down as it is recorded, so that the split can be made again from the record.
    threshold = math.floor(float(of_others.min()) * 1e4) / 1e4
    straight = nearest(shrunk.pixels[test], shrunk.pixels[train])
    mirrored = nearest(shrunk.mirrored[test], shrunk.pixels[train])
    cases = [(region, seed) for region in REGIONS for seed in SEEDS]
    splits = [fair_split(shrunk, dataset.fingers, threshold, *case, HELD_OUT) for case in cases]
    groupings, split_groups = _group(shrunk, threshold, splits)
    return NearCopiesRecord(
        provenance=provenance_of(dataset, SEEDS[0], PACKAGES),
        method=_METHOD,
        classes=_class_facts(dataset),
        threshold=threshold,
        one_nearest=_one_nearest(dataset, test, train[straight.indices]),
        near_copies=int((straight.distances < threshold).sum()),
        mirrored_near_copies=int((mirrored.distances < threshold).sum()),
        distances=_histogram(straight, mirrored, of_others[test]),
        pairs=(
            *_typical_pairs(dataset, straight, mirrored=False),
            *_typical_pairs(dataset, mirrored, mirrored=True),
        ),
        groupings=groupings,
        fair_splits=tuple(
            _split_facts(dataset, shrunk, region, seed, split, groups)
            for (region, seed), split, groups in zip(cases, splits, split_groups, strict=True)
        ),
    )


def _class_facts(dataset: Dataset) -> tuple[ClassFacts, ...]:
    facts = []
    halving = Pooling("average", dataset.images.shape[1] // MEAN_SIZE, 2)
    for fingers in FINGER_COUNTS:
        for number, side in enumerate(SIDES):
            of_class = (dataset.fingers == fingers) & (dataset.sides == number)
            train, test = (np.flatnonzero(of_class & (dataset.splits == split)) for split in (0, 1))
            mean = pool(dataset.images[train].mean(axis=0, dtype=np.float64), halving)
            facts.append(
                ClassFacts(
                    fingers, side, len(train), len(test), as_text(np.rint(mean).astype(np.uint8))
                )
            )
    return tuple(facts)


def _one_nearest(dataset: Dataset, images: Indices, neighbours: Indices) -> OneNearest:
    """How often an image's nearest neighbour shows something else."""
    return OneNearest(
        images=len(images),
        fingers_wrong=int((dataset.fingers[images] != dataset.fingers[neighbours]).sum()),
        side_wrong=int((dataset.sides[images] != dataset.sides[neighbours]).sum()),
    )


def _histogram(straight: Nearest, mirrored: Nearest, of_others: Float64Array) -> Distances:
    columns = (straight.distances, mirrored.distances, of_others)
    bins = int(max(column.max() for column in columns) / BIN_WIDTH) + 1
    edges = np.arange(bins + 1) * BIN_WIDTH
    return Distances(
        BIN_WIDTH, *(tuple(np.histogram(column, edges)[0].tolist()) for column in columns)
    )


def _typical_pairs(dataset: Dataset, found: Nearest, mirrored: bool) -> tuple[NearCopyPair, ...]:
    """Of each count and side the test image whose distance is the median."""
    train, test = dataset.indices("train"), dataset.indices("test")
    pairs = []
    for fingers in FINGER_COUNTS:
        for number, side in enumerate(SIDES):
            shown = (dataset.fingers[test] == fingers) & (dataset.sides[test] == number)
            members = np.flatnonzero(shown)
            order = members[found.distances[members].argsort(kind="stable")]
            middle = order[len(order) // 2]
            pairs.append(
                NearCopyPair(
                    fingers,
                    side,
                    mirrored,
                    dataset.file_name(int(test[middle])),
                    dataset.file_name(int(train[found.indices[middle]])),
                    round(float(found.distances[middle]), 3),
                )
            )
    return tuple(pairs)


def _group(
    shrunk: Shrunk, threshold: float, splits: list[FairSplit]
) -> tuple[tuple[Grouping, ...], list[Indices]]:
    """The groups of near copies at every threshold, and among the images each split keeps."""
    thresholds = (*(each for each in THRESHOLDS if each < threshold), threshold)
    by_threshold = [no_groups(len(shrunk)) for _ in thresholds]
    by_split = [no_groups(len(shrunk)) for _ in splits]
    kept = [np.ones(len(shrunk), bool) for _ in splits]
    for split, keeps in zip(splits, kept, strict=True):
        keeps[split.left_out] = False
    for pairs in near_pairs(shrunk, threshold, ProgressLine("Grouping near copies")):
        for number, limit in enumerate(thresholds):
            near = pairs.distances < limit
            groups = by_threshold[number]
            by_threshold[number] = merged(groups, pairs.first[near], pairs.second[near])
        for number, keeps in enumerate(kept):
            both = keeps[pairs.first] & keeps[pairs.second]
            by_split[number] = merged(by_split[number], pairs.first[both], pairs.second[both])
    return (
        tuple(_grouping(*each) for each in zip(thresholds, by_threshold, strict=True)),
        by_split,
    )


def _grouping(threshold: float, groups: Indices) -> Grouping:
    sizes = group_sizes(groups)
    singles = sum(size == 1 for size in sizes)
    return Grouping(threshold, len(sizes), singles, sizes[:LARGEST_GROUPS])


def _split_facts(
    dataset: Dataset,
    shrunk: Shrunk,
    region: Region,
    seed: int,
    split: FairSplit,
    groups: Indices,
) -> FairSplitFacts:
    found = nearest(shrunk.pixels[split.test], shrunk.pixels[split.train])
    train_sizes, test_sizes = group_sizes(groups[split.train]), group_sizes(groups[split.test])
    return FairSplitFacts(
        region=region,
        seed=seed,
        train_images=len(split.train),
        test_images=len(split.test),
        left_out=len(split.left_out),
        train_groups=len(train_sizes),
        test_groups=len(test_sizes),
        largest_train_groups=train_sizes[:LARGEST_GROUPS],
        largest_test_groups=test_sizes[:LARGEST_GROUPS],
        train_by_fingers=_counts(dataset.fingers[split.train]),
        one_nearest=_one_nearest(dataset, split.test, split.train[found.indices]),
        median_distance=round(float(np.median(found.distances)), 3),
        fingerprint=fingerprint_of(dataset, split),
    )


def _counts(fingers: npt.NDArray[np.uint8]) -> tuple[int, ...]:
    return tuple(np.bincount(fingers, minlength=len(FINGER_COUNTS)).tolist())


def fingerprint_of(dataset: Dataset, split: FairSplit) -> str:
    """SHA-256 over each image's file name and part, which does not depend on the store's order."""
    parts = np.full(dataset.facts.images, "?", "S1")
    for letter, indices in (("a", split.train), ("b", split.test), ("c", split.left_out)):
        parts[indices] = letter
    lines = sorted(name + b" " + part for name, part in zip(dataset.names, parts, strict=True))
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


EXPERIMENT = Experiment(
    name="near_copies",
    title="Near copies between train and test, and a fair split",
    run=run,
)
