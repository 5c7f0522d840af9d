"""Near-duplicates: distances, groups and deduplicated splits, against slow and simple ways."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.common.types import Uint8Array
from core.datasets import near_duplicates as module
from core.datasets.importing import IMPORTED_NAME
from core.datasets.near_duplicates import (
    REGIONS,
    Region,
    Shrunk,
    deduplicated_split,
    distances_either_way,
    group_sizes,
    merged,
    near_pairs,
    nearest,
    nearest_of_another_class,
    shrink,
)
from core.datasets.rendering import RENDERED_NAME, render_store
from core.datasets.store import Dataset, open_store, store_exists
from core.experiments import near_duplicates
from core.experiments.records.near_duplicates import NearDuplicatesRecord
from core.experiments.records.store import read_record, write_record

SMALL_THRESHOLD = 9.0


def noisy_images(count: int, seed: int) -> Uint8Array:
    """Images in clusters: a few scenes, each with its mirror image, and noise."""
    generator = np.random.default_rng(seed)
    scenes = generator.integers(0, 200, (4, 8, 8)).repeat(2, axis=1).repeat(2, axis=2)
    chosen = scenes[generator.integers(0, 4, count)]
    flips = generator.random(count) < 0.5
    chosen = np.where(flips[:, None, None], chosen[:, :, ::-1], chosen)
    noise = generator.integers(0, 50, chosen.shape)
    return (chosen + noise).astype(np.uint8)


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("synthetic")
    render_store(360, seed=1, root=root)
    return open_store(RENDERED_NAME, root)


def slow_distance(one: Uint8Array, other: Uint8Array) -> float:
    small = [
        image.reshape(len(image) // 4, 4, -1, 4).mean(axis=(1, 3)).astype(float)
        for image in (one, other)
    ]
    return float(np.sqrt(((small[0] - small[1]) ** 2).mean()))


def slow_either_way(images: Uint8Array) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array(
        [
            [min(slow_distance(one, other), slow_distance(one[:, ::-1], other)) for other in images]
            for one in images
        ]
    )


def test_distances_are_those_of_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROWS", 5)
    images = noisy_images(12, 0)
    shrunk = shrink(images)
    found = distances_either_way(shrunk, np.arange(12))
    np.testing.assert_allclose(found, slow_either_way(images), atol=1e-9)
    neighbours = nearest(shrunk.pixels[:5], shrunk.pixels[5:])
    for query, (index, distance) in enumerate(
        zip(neighbours.indices, neighbours.distances, strict=True)
    ):
        expected = [slow_distance(images[query], other) for other in images[5:]]
        assert index == np.argmin(expected)
        assert distance == pytest.approx(min(expected), abs=1e-9)


def test_the_nearest_of_another_class_may_be_mirrored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROWS", 5)
    images = noisy_images(12, 1)
    classes = np.arange(12) % 4
    found = nearest_of_another_class(shrink(images), classes, classes ^ 1)
    for index, image in enumerate(images):
        straight = [
            slow_distance(image, other)
            for number, other in enumerate(images)
            if classes[number] != classes[index]
        ]
        mirrored = [
            slow_distance(image[:, ::-1], other)
            for number, other in enumerate(images)
            if classes[number] != classes[index] ^ 1 and number != index
        ]
        assert found[index] == pytest.approx(min(straight + mirrored), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 30), st.integers(1, 20))
def test_groups_are_the_connected_components(seed: int, count: int, limit: int) -> None:
    shrunk = shrink(noisy_images(count, seed))
    near = distances_either_way(shrunk, np.arange(count)) < limit
    groups = np.arange(count)
    for pairs in near_pairs(shrunk, limit):
        groups = merged(groups, pairs.first, pairs.second)
        assert (pairs.first < pairs.second).all()
    reached = near | near.T | np.eye(count, dtype=bool)
    for _ in range(count):
        reached = reached @ reached
    np.testing.assert_array_equal(groups[:, None] == groups[None], reached)
    assert sum(group_sizes(groups)) == count


def test_groups_do_not_depend_on_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    shrunk = shrink(noisy_images(40, 5))
    sizes = []
    for rows in (1, 7, 400):
        monkeypatch.setattr(module, "_ROWS", rows)
        groups = np.arange(40)
        for pairs in near_pairs(shrunk, SMALL_THRESHOLD):
            groups = merged(groups, pairs.first, pairs.second)
        sizes.append(group_sizes(groups))
    assert sizes[0] == sizes[1] == sizes[2]
    assert len(sizes[0]) < 40


@pytest.mark.slow
@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_deduplicated_split_has_no_near_duplicates_between_its_parts(
    synthetic: Dataset, region: Region, seed: int
) -> None:
    shrunk = shrink(synthetic.images)
    threshold = 16.0
    split = deduplicated_split(shrunk, synthetic.fingers, threshold, region, seed, held_out=8)
    parts = np.concatenate([split.train, split.test, split.left_out])
    np.testing.assert_array_equal(np.sort(parts), np.arange(len(shrunk)))
    assert np.bincount(synthetic.fingers[split.test]).tolist() == [8] * 6
    assert len(split.left_out) > 0
    assert distances_either_way(shrunk, split.test)[:, split.train].min() >= threshold
    assert (
        distances_either_way(shrunk, split.left_out)[:, split.test].min(axis=1) < threshold
    ).all()
    again = deduplicated_split(shrunk, synthetic.fingers, threshold, region, seed, held_out=8)
    np.testing.assert_array_equal(split.test, again.test)
    other = deduplicated_split(shrunk, synthetic.fingers, threshold, region, seed + 10, held_out=8)
    assert set(split.test) != set(other.test)


def test_a_deduplicated_split_needs_enough_images(synthetic: Dataset) -> None:
    with pytest.raises(ValueError, match="only 60 images of 0 fingers"):
        deduplicated_split(
            shrink(synthetic.images),
            synthetic.fingers,
            10.0,
            "inner",
            0,
            held_out=61,
        )


def test_shrunk_images_match() -> None:
    with pytest.raises(ValueError, match="not shrunk images"):
        Shrunk(np.zeros((2, 4), np.float32), np.zeros((2, 5), np.float32))


def test_near_duplicates_are_measured_and_read_back(
    synthetic: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_duplicates, "HELD_OUT", 4)
    record = near_duplicates.run(synthetic)
    write_record("near_duplicates", record, tmp_path)
    assert read_record("near_duplicates", NearDuplicatesRecord, tmp_path) == record
    assert sum(record.distances.train) == len(synthetic.indices("test"))
    assert record.groupings[-1].threshold == record.threshold
    groups = [each.groups for each in record.groupings]
    assert groups == sorted(groups, reverse=True)
    for split in record.deduplicated_splits:
        assert split.test_images == 24
        assert split.median_distance >= record.threshold
        assert split.train_images + split.test_images + split.left_out == synthetic.facts.images
    mean = synthetic.images[
        (synthetic.fingers == 3) & (synthetic.sides == 1) & (synthetic.splits == 0)
    ].mean(axis=0)
    recorded = record.classes[7].mean_image()
    np.testing.assert_allclose(recorded, mean.reshape(64, 2, 64, 2).mean(axis=(1, 3)), atol=0.51)


@pytest.fixture
def recorded() -> NearDuplicatesRecord:
    return read_record("near_duplicates", NearDuplicatesRecord)


def test_the_recorded_near_duplicates_agree_with_each_other(recorded: NearDuplicatesRecord) -> None:
    data = recorded.provenance.data
    assert data.fingerprint.startswith("556a8e7c4f9306ce")
    assert [each.train_images for each in recorded.classes] == [1_500] * 12
    assert [each.test_images for each in recorded.classes] == [300] * 12
    assert recorded.nearest_neighbour.images == sum(recorded.distances.train) == 3_600
    assert (recorded.nearest_neighbour.fingers_errors, recorded.nearest_neighbour.side_errors) == (
        0,
        0,
    )
    bins = int(recorded.threshold / recorded.distances.bin_width)
    for counts, near in (
        (recorded.distances.train, recorded.near_duplicates),
        (recorded.distances.mirrored, recorded.mirrored_near_duplicates),
    ):
        assert sum(counts[:bins]) <= near <= sum(counts[: bins + 1])
    # No test image is nearer to another class than the threshold.
    assert sum(recorded.distances.other_class[:bins]) == 0
    assert len({(each.fingers, each.side, each.mirrored) for each in recorded.pairs}) == 24
    for split in recorded.deduplicated_splits:
        assert split.train_images + split.test_images + split.left_out == 21_600
        assert split.median_distance >= recorded.threshold
    assert recorded.groupings[-1].threshold == recorded.threshold


@pytest.mark.parametrize(
    "changes",
    [
        {"classes": ()},
        {"threshold": 0.0},
        {"near_duplicates": 3_601},
        {"groupings": ()},
        {"deduplicated_splits": ()},
    ],
)
def test_an_impossible_record_is_refused(
    recorded: NearDuplicatesRecord, changes: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"classes|missing|near-duplicates"):
        replace(recorded, **changes)


def test_a_mean_image_of_another_size_is_refused(recorded: NearDuplicatesRecord) -> None:
    with pytest.raises(ValueError, match="reshape"):
        replace(recorded.classes[0], mean_pixels=bytes(8 * 8))


@pytest.mark.skipif(not store_exists(IMPORTED_NAME), reason="the dataset is not imported")
def test_a_recorded_deduplicated_split_can_be_reproduced(recorded: NearDuplicatesRecord) -> None:
    dataset = open_store(IMPORTED_NAME)
    if dataset.facts.fingerprint != recorded.provenance.data.fingerprint:
        pytest.skip("another dataset is imported")
    facts = recorded.deduplicated_splits[-1]
    split = deduplicated_split(
        shrink(dataset.images),
        dataset.fingers,
        recorded.threshold,
        facts.region,
        facts.seed,
        near_duplicates.HELD_OUT,
    )
    assert near_duplicates.fingerprint_of(dataset, split) == facts.fingerprint
