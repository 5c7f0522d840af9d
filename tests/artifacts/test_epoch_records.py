"""Epoch records: validated, packed, unpacked, and refused if damaged."""

import contextlib
import io
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.artifacts.epoch_records import (
    MAX_WEIGHT_EPOCHS,
    EpochRecords,
    before_training,
    from_npz,
    quantised,
    to_npz,
)

RANDOM = np.random.default_rng(0)


def matrix(right: int) -> np.ndarray:
    """Of two classes with ten images each."""
    return np.array([[right, 10 - right], [10 - right, right]], np.int32)


def some_records(epochs: int, weights: bool = True) -> EpochRecords:
    images = [RANDOM.normal(size=(6, 8, 8)).astype(np.float32) for _ in range(epochs + 1)]
    records = before_training(matrix(5), images[0] if weights else None)
    for number in range(1, epochs + 1):
        records = records.followed_by(matrix(number % 11), images[number] if weights else None)
    return records


def assert_same(one: EpochRecords, two: EpochRecords) -> None:
    for name in EpochRecords.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), strict=True)


@pytest.mark.parametrize("weights", [True, False], ids=["weights", "no weights"])
def test_records_survive_packing_and_unpacking(weights: bool) -> None:
    records = some_records(4, weights)
    assert_same(from_npz(to_npz(records)), records)
    assert records.epoch.tolist() == [0, 1, 2, 3, 4]
    assert len(records.weights) == (5 if weights else 0)


@given(arrays(np.float32, (2, 4, 4), elements=st.floats(-1e3, 1e3, width=32)))
def test_a_weight_is_kept_to_half_a_level(weights: np.ndarray) -> None:
    levels, scale = quantised(weights)
    assert np.abs(levels * scale - weights).max() <= 0.5001 * scale
    assert levels.dtype == np.int8


def test_large_weight_images_are_averaged() -> None:
    weights = np.arange(6 * 128 * 128, dtype=np.float32).reshape(6, 128, 128)
    levels, scale = quantised(weights)
    assert levels.shape == (6, 64, 64)
    assert levels[0, 0, 0] * scale == pytest.approx(weights[0, :2, :2].mean(), abs=float(scale))
    assert quantised(np.zeros((1, 4, 4), np.float32))[1] == 1


def test_weights_of_few_epochs_but_all_matrices_are_published() -> None:
    thinned = some_records(20).thinned()
    assert thinned.weight_epoch.tolist() == [0, 1, 2, 3, 4, 6, 8, 11, 15, 20]
    assert len(thinned.epoch) == 21
    assert len(some_records(100).thinned().weight_epoch) <= MAX_WEIGHT_EPOCHS


def test_an_interrupted_run_resumes_from_its_history() -> None:
    records = some_records(5)
    assert_same(records.up_to(5), records)
    assert records.up_to(3).epoch.tolist() == records.up_to(3).weight_epoch.tolist() == [0, 1, 2, 3]


def test_wrong_records_are_refused() -> None:
    good = some_records(3)
    for errors in (
        {"epoch": good.epoch + 1},
        {"epoch": good.epoch[::-1].copy()},
        {"epoch": good.epoch.astype(np.int64)},
        {"confusion": good.confusion[:2]},
        {"confusion": good.confusion - 11},
        {"confusion": good.confusion * np.arange(1, 5, dtype=np.int32)[:, None, None]},
        {"weight_epoch": good.weight_epoch + 7},
        {"weights": good.weights[:2]},
        {"weights": good.weights.astype(np.int16)},
        {"weights": np.zeros((4, 65, 8, 8), np.int8)},
        {"weight_scale": -good.weight_scale},
        {"weight_scale": good.weight_scale * np.float32(np.nan)},
    ):
        with pytest.raises(ValueError, match=r"epoch|confusion|weight|images"):
            replace(good, **errors)


def _zip(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(f"{name}.npy", member)
    return content.getvalue()


def _npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


NAMES = list(EpochRecords.__dataclass_fields__)
CLAIMS_TOO_MUCH = _npy(np.zeros(3, np.int8)).replace(b"(3,)  ", b"(3e9) ")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        _zip(),
        _zip(**dict.fromkeys(NAMES[:-1], _npy(np.zeros(2)))),
        _zip(**dict.fromkeys(NAMES, b"")),
        _zip(**dict.fromkeys(NAMES, b"\x93NUMPY")),
        _zip(**dict.fromkeys(NAMES, _npy(np.zeros(2)))),
        _zip(**dict.fromkeys(NAMES, _npy(np.array(5)))),
        _zip(**dict.fromkeys(NAMES, CLAIMS_TOO_MUCH)),
        _zip(**dict.fromkeys(NAMES, _npy(np.zeros(3_000_000, np.int8)))),
    ],
)
def test_damaged_files_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"it |epochs|array|magic|[Pp]ickle|EOF"):
        from_npz(content)


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_changed_byte_raises_nothing_but_the_named_error(place: int, value: int) -> None:
    content = bytearray(to_npz(some_records(2)))
    content[place * len(content) // 401] = value
    with contextlib.suppress(ValueError):
        from_npz(bytes(content))


def test_pickles_are_not_loaded() -> None:
    content = _zip(**dict.fromkeys(NAMES, _npy(np.array([{"a": 1}], object))))
    with pytest.raises(ValueError, match="pickle"):
        from_npz(content)
