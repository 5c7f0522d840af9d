"""A training's epochs, recorded for replay: confusion matrices and images of weights."""

import io
import zipfile
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.common.files import DAMAGED_ARRAYS
from core.common.types import Float32Array
from core.images.pooling import Pooling, pool

MAX_EPOCHS = 1_000
MAX_CLASSES = 10
MAX_WEIGHT_IMAGES = 64
MAX_WEIGHT_SIDE = 64
"""Pixels; larger weight images are averaged down to this side."""
MAX_WEIGHT_EPOCHS = 12
"""Maximum number of epochs whose weights are shipped with a model."""

MAX_BYTES = 8 * 1024 * 1024
"""Of all arrays, uncompressed."""

_LEVELS = 127

Int8Array = npt.NDArray[np.int8]
Int32Array = npt.NDArray[np.int32]


@dataclass(frozen=True)
class EpochRecords:
    """One seed's epochs; epoch 0 is before training.

    Attributes:
        epoch: (epochs,) int32, rising from 0.
        confusion: (epochs, classes, classes) int32, counts of test images; rows are true classes,
            columns predicted ones.
        weight_epoch: (weight epochs,) int32, those of ``epoch`` whose weights are kept; empty if
            a model's first weights cannot be shown as images.
        weights: (weight epochs, images, height, width) int8, -127 to 127.
        weight_scale: (weight epochs,) float32; a weight is its int8 value times this.
    """

    epoch: Int32Array
    confusion: Int32Array
    weight_epoch: Int32Array
    weights: Int8Array
    weight_scale: Float32Array

    def __post_init__(self) -> None:
        self._check_confusion()
        self._check_weights()

    def _check_confusion(self) -> None:
        count = len(self.epoch)
        if not 1 <= count <= MAX_EPOCHS or not _rising(self.epoch) or self.epoch[0] != 0:
            raise ValueError("the epochs do not rise from 0")
        classes = self.confusion.shape[-1]
        if self.confusion.shape != (count, classes, classes) or not 2 <= classes <= MAX_CLASSES:
            raise ValueError(f"not confusion matrices of {count} epochs: {self.confusion.shape}")
        if self.confusion.dtype != np.int32 or self.confusion.min() < 0:
            raise ValueError("the confusion matrices hold no counts")
        if (self.confusion.sum(axis=2) != self.confusion[0].sum(axis=1)).any():
            raise ValueError("the confusion matrices do not count the same images")

    def _check_weights(self) -> None:
        count = len(self.weight_epoch)
        if not _rising(self.weight_epoch) or not np.isin(self.weight_epoch, self.epoch).all():
            raise ValueError("weights of epochs that were not recorded")
        if self.weights.ndim != 4 or self.weights.dtype != np.int8 or len(self.weights) != count:
            raise ValueError(f"not weights of {count} epochs: {self.weights.shape}")
        limits = (MAX_WEIGHT_IMAGES, MAX_WEIGHT_SIDE, MAX_WEIGHT_SIDE)
        if any(size > most for size, most in zip(self.weights.shape[1:], limits, strict=True)):
            raise ValueError(f"weight images of {self.weights.shape[1:]} are too many or too large")
        scale = self.weight_scale
        if scale.shape != (count,) or scale.dtype != np.float32:
            raise ValueError("not one scale for each epoch's weights")
        if not (np.isfinite(scale) & (scale > 0)).all():
            raise ValueError("a scale of weights is not a positive number")

    def followed_by(self, confusion: Int32Array, weights: Float32Array | None) -> "EpochRecords":
        """These records with one more epoch; the arguments are those of ``before_training``."""
        number = self.epoch[-1] + 1
        longer = replace(
            self,
            epoch=np.append(self.epoch, number),
            confusion=np.concatenate([self.confusion, confusion[None]]),
        )
        if weights is None:
            return longer
        levels, scale = quantised(weights)
        return replace(
            longer,
            weight_epoch=np.append(self.weight_epoch, number),
            weights=np.concatenate([self.weights, levels[None]]),
            weight_scale=np.append(self.weight_scale, scale),
        )

    def up_to(self, epoch: int) -> "EpochRecords":
        """The records without later epochs."""
        kept = self.epoch <= epoch
        shorter = self._with_weights_of(self.weight_epoch <= epoch)
        return replace(shorter, epoch=self.epoch[kept], confusion=self.confusion[kept])

    def thinned(self, most: int = MAX_WEIGHT_EPOCHS) -> "EpochRecords":
        """The records with the weights of at most ``most`` epochs.

        Nearly all early epochs and few late ones are kept, because weights change most at first.
        """
        count = len(self.weight_epoch)
        if count <= most:
            return self
        places = np.unique(np.round(np.geomspace(1, count, most)).astype(int)) - 1
        return self._with_weights_of(places)

    def _with_weights_of(self, places: npt.NDArray[Any]) -> "EpochRecords":
        return replace(
            self,
            weight_epoch=self.weight_epoch[places],
            weights=self.weights[places],
            weight_scale=self.weight_scale[places],
        )


def _rising(numbers: npt.NDArray[Any]) -> bool:
    whole = numbers.ndim == 1 and numbers.dtype == np.int32
    return whole and bool((np.diff(numbers) > 0).all())


def before_training(confusion: Int32Array, weights: Float32Array | None) -> EpochRecords:
    """The records of epoch 0 alone, with a (classes, classes) int32 confusion matrix.

    Weights are (images, height, width) float32, perhaps larger than the stored images; None if the
    model's first weights cannot be shown as images.
    """
    first = np.zeros(1, np.int32)
    if weights is None:
        none = np.empty((0, 0, 0, 0), np.int8)
        return EpochRecords(first, confusion[None], first[:0], none, np.empty(0, np.float32))
    levels, scale = quantised(weights)
    return EpochRecords(first, confusion[None], first, levels[None], np.array([scale], np.float32))


def quantised(weights: Float32Array) -> tuple[Int8Array, np.float32]:
    """Weights as (images, height, width) int8, reduced to the stored size, and their scale."""
    factor = -(-weights.shape[1] // MAX_WEIGHT_SIDE)
    if factor > 1:
        weights = pool(weights, Pooling("average", factor, factor))
    largest = float(np.abs(weights).max())
    # Dividing a subnormal number can give 0.
    scale = np.float32(largest / _LEVELS) or np.float32(1)
    return np.round(weights / scale).astype(np.int8), scale


_ARRAYS = ("epoch", "confusion", "weight_epoch", "weights", "weight_scale")


def to_npz(records: EpochRecords) -> bytes:
    """The records as the content of an ``.npz`` file."""
    content = io.BytesIO()
    np.savez_compressed(content, **{name: getattr(records, name) for name in _ARRAYS})
    return content.getvalue()


def from_npz(content: bytes) -> EpochRecords:
    """The records from the content of an ``.npz`` file.

    Raises:
        ValueError: it is damaged, has other arrays, or would exceed ``MAX_BYTES`` uncompressed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
        if sorted(each.filename for each in members) != sorted(f"{name}.npy" for name in _ARRAYS):
            raise ValueError("it does not hold the arrays of epoch records")
        if sum(each.file_size for each in members) > MAX_BYTES:
            raise ValueError("it is too large")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return EpochRecords(**{name: arrays[name] for name in _ARRAYS})
    except DAMAGED_ARRAYS as error:
        raise ValueError(f"it is no file of epoch records ({error})") from error
