"""How much of the test split is already in the train split, and how to avoid that."""

import hashlib
import math
from itertools import product

import numpy as np

from core.common.progress import ProgressLine
from core.common.types import FINGER_COUNTS, SIDES, Float64Array
from core.datasets.near_duplicates import (
    REGIONS,
    DeduplicatedSplit,
    Indices,
    Nearest,
    Region,
    Shrunk,
    deduplicated_split,
    group_sizes,
    merged,
    near_pairs,
    nearest,
    nearest_of_another_class,
    shrink,
)
from core.datasets.store import Dataset
from core.experiments import Experiment
from core.experiments.records.near_duplicates import (
    MEAN_SIZE,
    ClassFacts,
    DeduplicatedSplitFacts,
    Distances,
    Grouping,
    NearDuplicatePair,
    NearDuplicatesRecord,
    NearestNeighbour,
)
from core.experiments.records.store import provenance_of
from core.images.pooling import Pooling, pool

SEEDS = (0, 1, 2)
"""One deduplicated split for each region."""

HELD_OUT = 300
"""Test images of each count in a deduplicated split."""

THRESHOLDS = (6.0, 7.0, 8.0, 9.0, 10.0, 11.0)
"""Grey levels below the near-duplicate threshold at which groups are counted."""

BIN_WIDTH = 0.5
MAX_GROUPS = 10
PACKAGES = ("numpy", "scipy")

_METHOD = (
    "Distances are root mean square differences in grey levels (0 to 255) between 32×32 averages. "
    "The threshold is the smallest distance between any two images of a different count or hand in "
    "the whole dataset, mirrored ones included: closer images never differ in what they show."
)


def run(dataset: Dataset) -> NearDuplicatesRecord:
    """Compare all images with each other; takes some minutes."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return _run(dataset)


def _run(dataset: Dataset) -> NearDuplicatesRecord:
    shrunk = shrink(dataset.images)
    train, test = dataset.indices("train"), dataset.indices("test")
    classes = (dataset.fingers * len(SIDES) + dataset.sides).astype(np.int_)
    # The lowest bit of a class is the side.
    progress = ProgressLine("Comparing images of different classes")
    of_others = nearest_of_another_class(shrunk, classes, classes ^ 1, progress)
    # Rounded down as in the record, so that the split can be reproduced from it.
    threshold = math.floor(float(of_others.min()) * 1e4) / 1e4
    straight = nearest(shrunk.pixels[test], shrunk.pixels[train])
    mirrored = nearest(shrunk.mirrored[test], shrunk.pixels[train])
    cases = [(region, seed) for region in REGIONS for seed in SEEDS]
    splits = [
        deduplicated_split(shrunk, dataset.fingers, threshold, *case, HELD_OUT) for case in cases
    ]
    groupings, split_groups = _group(shrunk, threshold, splits)
    return NearDuplicatesRecord(
        provenance=provenance_of(dataset, SEEDS[0], PACKAGES),
        method=_METHOD,
        classes=_class_facts(dataset),
        threshold=threshold,
        nearest_neighbour=_nearest_neighbour(dataset, test, train[straight.indices]),
        near_duplicates=int((straight.distances < threshold).sum()),
        mirrored_near_duplicates=int((mirrored.distances < threshold).sum()),
        distances=_histogram(straight, mirrored, of_others[test]),
        pairs=(
            *_typical_pairs(dataset, straight, mirrored=False),
            *_typical_pairs(dataset, mirrored, mirrored=True),
        ),
        groupings=groupings,
        deduplicated_splits=tuple(
            _split_facts(dataset, shrunk, region, seed, split, groups)
            for (region, seed), split, groups in zip(cases, splits, split_groups, strict=True)
        ),
    )


def _class_facts(dataset: Dataset) -> tuple[ClassFacts, ...]:
    facts = []
    halving = Pooling("average", dataset.images.shape[1] // MEAN_SIZE, 2)
    for fingers, side in product(FINGER_COUNTS, SIDES):
        of_class = (dataset.fingers == fingers) & (dataset.sides == SIDES.index(side))
        train, test = (np.flatnonzero(of_class & (dataset.splits == split)) for split in (0, 1))
        mean = pool(dataset.images[train].mean(axis=0, dtype=np.float64), halving)
        pixels = np.rint(mean).astype(np.uint8).tobytes()
        facts.append(ClassFacts(fingers, side, len(train), len(test), pixels))
    return tuple(facts)


def _nearest_neighbour(dataset: Dataset, images: Indices, neighbours: Indices) -> NearestNeighbour:
    """How often an image's nearest neighbour shows something else."""
    return NearestNeighbour(
        images=len(images),
        fingers_errors=int((dataset.fingers[images] != dataset.fingers[neighbours]).sum()),
        side_errors=int((dataset.sides[images] != dataset.sides[neighbours]).sum()),
    )


def _histogram(straight: Nearest, mirrored: Nearest, of_others: Float64Array) -> Distances:
    columns = (straight.distances, mirrored.distances, of_others)
    bins = int(max(column.max() for column in columns) / BIN_WIDTH) + 1
    edges = np.arange(bins + 1) * BIN_WIDTH
    return Distances(
        BIN_WIDTH, *(tuple(np.histogram(column, edges)[0].tolist()) for column in columns)
    )


def _typical_pairs(
    dataset: Dataset, found: Nearest, mirrored: bool
) -> tuple[NearDuplicatePair, ...]:
    """For each count and side the test image at the median distance."""
    train, test = dataset.indices("train"), dataset.indices("test")
    pairs = []
    for fingers, side in product(FINGER_COUNTS, SIDES):
        shown = (dataset.fingers[test] == fingers) & (dataset.sides[test] == SIDES.index(side))
        members = np.flatnonzero(shown)
        order = members[found.distances[members].argsort(kind="stable")]
        middle = order[len(order) // 2]
        test_file = dataset.file_name(int(test[middle]))
        train_file = dataset.file_name(int(train[found.indices[middle]]))
        distance = round(float(found.distances[middle]), 3)
        pairs.append(NearDuplicatePair(fingers, side, mirrored, test_file, train_file, distance))
    return tuple(pairs)


def _group(
    shrunk: Shrunk, threshold: float, splits: list[DeduplicatedSplit]
) -> tuple[tuple[Grouping, ...], list[Indices]]:
    """The groups of near-duplicates at every threshold, and within the images of each split."""
    thresholds = (*(each for each in THRESHOLDS if each < threshold), threshold)
    by_threshold = [np.arange(len(shrunk)) for _ in thresholds]
    by_split = [np.arange(len(shrunk)) for _ in splits]
    kept = [np.ones(len(shrunk), bool) for _ in splits]
    for split, keeps in zip(splits, kept, strict=True):
        keeps[split.left_out] = False
    for pairs in near_pairs(shrunk, threshold, ProgressLine("Grouping near-duplicates")):
        for number, limit in enumerate(thresholds):
            near = pairs.distances < limit
            groups = by_threshold[number]
            by_threshold[number] = merged(groups, pairs.first[near], pairs.second[near])
        for number, keeps in enumerate(kept):
            both = keeps[pairs.first] & keeps[pairs.second]
            by_split[number] = merged(by_split[number], pairs.first[both], pairs.second[both])
    sizes = zip(thresholds, map(group_sizes, by_threshold), strict=True)
    return tuple(
        Grouping(limit, len(groups), groups.count(1), groups[:MAX_GROUPS])
        for limit, groups in sizes
    ), by_split


def _split_facts(
    dataset: Dataset,
    shrunk: Shrunk,
    region: Region,
    seed: int,
    split: DeduplicatedSplit,
    groups: Indices,
) -> DeduplicatedSplitFacts:
    found = nearest(shrunk.pixels[split.test], shrunk.pixels[split.train])
    train_sizes, test_sizes = group_sizes(groups[split.train]), group_sizes(groups[split.test])
    return DeduplicatedSplitFacts(
        region=region,
        seed=seed,
        train_images=len(split.train),
        test_images=len(split.test),
        left_out=len(split.left_out),
        train_groups=len(train_sizes),
        test_groups=len(test_sizes),
        largest_train_groups=train_sizes[:MAX_GROUPS],
        largest_test_groups=test_sizes[:MAX_GROUPS],
        train_by_fingers=tuple(np.bincount(dataset.fingers[split.train], minlength=6).tolist()),
        nearest_neighbour=_nearest_neighbour(dataset, split.test, split.train[found.indices]),
        median_distance=round(float(np.median(found.distances)), 3),
        fingerprint=fingerprint_of(dataset, split),
    )


def fingerprint_of(dataset: Dataset, split: DeduplicatedSplit) -> str:
    """SHA-256 over each image's file name and part, independent of the store's order."""
    parts = np.full(dataset.facts.images, "?", "S1")
    for letter, indices in (("a", split.train), ("b", split.test), ("c", split.left_out)):
        parts[indices] = letter
    lines = sorted(name + b" " + part for name, part in zip(dataset.names, parts, strict=True))
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


EXPERIMENT = Experiment(
    "near_duplicates", "Near-duplicates between train and test, and a deduplicated split", run
)
