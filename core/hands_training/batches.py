"""Batches of either model: drawn in worker processes from the pack and from drawn frames."""

from pathlib import Path

import cv2
import numpy as np

from core.artifacts.store import is_trained
from core.hands.pipeline import HAND_DETECTOR, trained_detector
from core.hands_training.classifier_samples import draw_sample
from core.hands_training.classifier_sources import load_material
from core.hands_training.detector_samples import draw_frame_sample, load_frame_material
from core.hands_training.loader import MakeBatch, TrainingBatch
from core.hands_training.photo_pack import Pack, read_pack
from core.hands_training.synthetic_frames import SyntheticFrames, synthetic_frames
from core.zoo import Task

LOWEST_MISTAKE = 0.03
"""The least probability of a hand at which the detector's mistakes are worth learning from: at 0.15
it makes too few of them on photos that it learned from (some hundred instead of thousands)."""


def prepare_batches(
    task: Task, pack_path: Path | None, folder: Path, drawn: int, size: int
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
    frames = synthetic_frames(folder, drawn)
    return _frames(pack, frames, size) if task == "detect" else _crops(pack, frames, size)


def _frames(pack: Pack, drawn: SyntheticFrames, size: int) -> MakeBatch:
    material = load_frame_material(pack, drawn)

    def make(seed: int, number: int) -> TrainingBatch:
        rng = np.random.default_rng([seed, number])
        samples = [draw_frame_sample(material, rng) for _ in range(size)]
        return np.stack([image for image, _ in samples]), np.stack([row for _, row in samples])

    return make


def _crops(pack: Pack, drawn: SyntheticFrames, size: int) -> MakeBatch:
    detector = trained_detector(LOWEST_MISTAKE) if is_trained(HAND_DETECTOR) else None
    material = load_material(pack, drawn, detector)

    def make(seed: int, number: int) -> TrainingBatch:
        rng = np.random.default_rng([seed, number])
        samples = [draw_sample(material, rng) for _ in range(size)]
        images = np.stack([sample.image for sample in samples])[..., None]
        return images, np.stack([sample.answer for sample in samples])

    return make
