"""Frames of synthetic hands for training, rendered once and memory-mapped from disk."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from core.common.files import atomic_writer
from core.common.progress import Progress
from core.common.types import FACES, SIDES, Side, Uint8Array
from core.hands_training.photo_pack import HAND_DTYPE, Records
from core.synthetic.photo import PhotoSettings, RenderedHand, draw_photo
from core.synthetic.pose import ALL_COMBINATIONS

FRAME_WIDTH, FRAME_HEIGHT = 256, 192
RENDERING_VERSION = 2
"""Increase it whenever the frames of a seed change, so that old ones are rendered again."""

UNSEEN_SHAPES_SEED = 50_000_000
"""Seeds from this one on are for measuring: training never renders their hand shapes."""

_CHUNK = 32


@dataclass(frozen=True)
class SyntheticFrames:
    """Frames and their hands.

    Attributes:
        frames: (frames, 192, 256, 4) uint8, RGB and the opacity of hands and arms, so that they can
            be composited onto another background.
        hands: (hands,) of ``HAND_DTYPE``, in the order of the frames, which they call photos.
    """

    frames: Uint8Array
    hands: Records


def draw_frame(seed: int) -> tuple[Uint8Array, Records]:
    """(192, 256, 4) uint8 as in ``SyntheticFrames``, and the records of the frame's hands.

    Mostly there is one hand, with any combination, face, side, size and direction.
    """
    rng = np.random.default_rng([seed, 77])
    one_combination = ALL_COMBINATIONS[int(rng.integers(len(ALL_COMBINATIONS)))]
    side: Side = SIDES[int(rng.integers(2))]
    settings = PhotoSettings(
        width=FRAME_WIDTH,
        height=FRAME_HEIGHT,
        hands=int(rng.choice(3, p=[0.02, 0.86, 0.12])),
        fingers=one_combination if rng.random() < 0.6 else None,
        side=side,
        face=FACES[int(rng.integers(2))],
        tilt=(-110.0, 110.0),
        size=(0.22, 0.9),
        disturbance=float(rng.uniform(0.0, 0.8)),
        sway=float(rng.choice([1.0, 1.9], p=[0.6, 0.4])),
        # People also hold the thumb against an open hand; folded fingers would hide it.
        thumb=(18.0, 76.0) if sum(one_combination) >= 4 else (32.0, 80.0),
    )
    photo = draw_photo(seed, settings)
    visible = [hand for hand in photo.hands if hand.box.width > 0]
    return np.dstack([photo.pixels, photo.cover]), _as_records(visible)


def _as_records(hands: list[RenderedHand]) -> Records:
    records = np.zeros(len(hands), HAND_DTYPE)
    for record, hand in zip(records, hands, strict=True):
        record["fingers"], record["extended"] = sum(hand.fingers), np.array(hand.fingers)
        record["side"] = SIDES.index(hand.side)
        record["face"] = FACES.index(hand.face)
        record["box"] = np.array(hand.box)
        record["landmarks"] = hand.landmarks
    return records


def synthetic_frames(
    folder: Path, count: int, workers: int = 2, progress: Progress | None = None
) -> SyntheticFrames:
    """The frames of the first ``count`` seeds, from ``folder`` if they are already rendered.

    Raises:
        OSError: the disk is full or not writable; unfinished frames are never taken for finished.
    """
    stem = folder / f"hands-v{RENDERING_VERSION}-{count}"
    frames_path, hands_path = stem.with_suffix(".frames.npy"), stem.with_suffix(".hands.npy")
    if not hands_path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _render_all(frames_path, hands_path, count, workers, progress)
    frames = np.load(frames_path, mmap_mode="r")
    return SyntheticFrames(frames, np.load(hands_path))


def _render_all(
    frames_path: Path, hands_path: Path, count: int, workers: int, progress: Progress | None
) -> None:
    shape = (count, FRAME_HEIGHT, FRAME_WIDTH, 4)
    frames = np.lib.format.open_memmap(frames_path, mode="w+", dtype=np.uint8, shape=shape)
    hands: list[Records] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        drawn = pool.map(draw_frame, range(count), chunksize=_CHUNK)
        for number, (pixels, found) in enumerate(drawn):
            frames[number] = pixels
            found["photo"] = number
            hands.append(found)
            if progress is not None:
                progress(number + 1, count)
    frames.flush()
    # The hands are written last and atomically: if they exist, the frames are complete.
    with atomic_writer(hands_path) as file:
        np.save(file, np.concatenate(hands))
