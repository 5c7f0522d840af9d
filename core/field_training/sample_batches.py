"""Batches of either model: drawn in worker processes from the pack and from drawn frames."""

from pathlib import Path

import cv2
import numpy as np

from core.artifacts import is_trained
from core.field_training.batches import Batch, MakeBatch
from core.field_training.crop_material import load_material
from core.field_training.crops import draw_sample
from core.field_training.drawn import DrawnFrames, drawn_frames
from core.field_training.frames import draw_frame_sample, load_frame_material
from core.field_training.pack import Pack, read_pack
from core.model_spec import FieldTask
from core.recognition import FINDER, trained_finder

LOWEST_MISTAKE = 0.03
"""The least probability of a hand at which the finder's mistakes are worth learning from: at 0.15
it makes too few of them on photos that it learned from (some hundred instead of thousands)."""


def prepare_batches(
    task: FieldTask, pack_path: Path | None, folder: Path, drawn: int, size: int
) -> MakeBatch:
    """What makes a model's batches in this process.

    Args:
        task: the model's.
        pack_path: of the pack of real photos; None trains on drawn hands alone.
        folder: of the drawn frames.
        drawn: how many there are.
        size: samples of a batch.
    """
    cv2.setNumThreads(1)
    pack = Pack.empty() if pack_path is None else read_pack(pack_path)
    frames = drawn_frames(folder, drawn)
    return _frames(pack, frames, size) if task == "find" else _crops(pack, frames, size)


def _frames(pack: Pack, drawn: DrawnFrames, size: int) -> MakeBatch:
    material = load_frame_material(pack, drawn)

    def make(seed: int, number: int) -> Batch:
        rng = np.random.default_rng([seed, number])
        samples = [draw_frame_sample(material, rng) for _ in range(size)]
        return np.stack([image for image, _ in samples]), np.stack([row for _, row in samples])

    return make


def _crops(pack: Pack, drawn: DrawnFrames, size: int) -> MakeBatch:
    finder = trained_finder(LOWEST_MISTAKE) if is_trained(FINDER) else None
    material = load_material(pack, drawn, finder)

    def make(seed: int, number: int) -> Batch:
        rng = np.random.default_rng([seed, number])
        samples = [draw_sample(material, rng) for _ in range(size)]
        images = np.stack([sample.image for sample in samples])[..., None]
        return images, np.stack([sample.answer for sample in samples])

    return make
