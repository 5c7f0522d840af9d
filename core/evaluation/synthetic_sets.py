"""Synthetic hands and photos that no model was trained on."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from core.common.progress import Progress
from core.common.types import FINGER_COUNTS, SIDES, Photo, Side, Target, Uint8Array
from core.hands.pipeline import Recogniser, recognise
from core.synthetic.dataset_look import draw_dataset_image
from core.synthetic.sample_photos import draw_sample

FIRST_SEED = 2_000_000
"""Far from the seeds of samples, of calibration and of tests."""

HANDS_PER_COUNT = 30
PHOTOS_PER_CLASS = 4

_WORKERS = 2

Drawing = tuple[int, Side, int]
"""Count, side and seed of a synthetic photo."""


@dataclass(frozen=True)
class LabelledImages:
    """Preprocessed images with their labels.

    Attributes:
        images: (images, 128, 128) uint8, grey.
        fingers: (images,) uint8, 0 to 5.
        sides: (images,) uint8, index into ``SIDES``.
        not_found: number of further photos without a detected hand.
    """

    images: Uint8Array
    fingers: Uint8Array
    sides: Uint8Array
    names: tuple[str, ...]
    not_found: int = 0

    def classes(self, target: Target) -> Uint8Array:
        """(images,) uint8: the class of each image, as an index into ``CLASSES[target]``."""
        return self.fingers if target == "fingers" else self.sides


def synthetic_hands(hands_per_count: int = HANDS_PER_COUNT) -> LabelledImages:
    """Synthetic hands in the dataset's style, each right and left; deterministic."""
    drawings = [
        (fingers, FIRST_SEED + number)
        for number in range(hands_per_count)
        for fingers in FINGER_COUNTS
    ]
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="draw") as pool:
        drawn = pool.map(lambda drawing: draw_dataset_image(drawing[0], "R", drawing[1]), drawings)
        right = np.stack(list(drawn))
    # The renderer's left hands are the mirror images of its right ones.
    counts = np.array([fingers for fingers, _ in drawings], np.uint8)
    return LabelledImages(
        images=np.concatenate([right, right[:, :, ::-1]]),
        fingers=np.concatenate([counts, counts]),
        sides=np.repeat(np.array([SIDES.index("R"), SIDES.index("L")], np.uint8), len(right)),
        names=tuple(
            f"drawing {seed - FIRST_SEED + 1} of {fingers}, {words}"
            for words in ("right", "left")
            for fingers, seed in drawings
        ),
    )


def synthetic_photos(
    recogniser: Recogniser, photos_per_class: int = PHOTOS_PER_CLASS
) -> LabelledImages:
    """Detect and preprocess the hands of synthetic photos of each count and side; deterministic."""
    drawings: list[Drawing] = [
        (fingers, side, FIRST_SEED + number)
        for number in range(photos_per_class)
        for fingers in FINGER_COUNTS
        for side in SIDES
    ]

    def prepare(photo: Photo) -> Uint8Array | None:
        hands = recognise(photo, recogniser).hands
        return hands[0].prepared.image if hands else None

    return prepared_photos(drawings, prepare)


def prepared_photos(
    drawings: Sequence[Drawing],
    prepare: Callable[[Photo], Uint8Array | None],
    progress: Progress | None = None,
) -> LabelledImages:
    """Draw photos and prepare the hand in each, which ``prepare`` may not find."""
    found = []
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="draw") as pool:
        images = pool.map(
            lambda each: prepare(Photo(draw_sample(each[0], each[1], each[2], 320, 240).pixels)),
            drawings,
        )
        for done, (image, drawing) in enumerate(zip(images, drawings, strict=True), start=1):
            if image is not None:
                found.append((image, *drawing))
            if progress is not None:
                progress(done, len(drawings))
    return LabelledImages(
        images=np.stack([image for image, *_ in found]),
        fingers=np.array([fingers for _, fingers, _, _ in found], np.uint8),
        sides=np.array([SIDES.index(side) for _, _, side, _ in found], np.uint8),
        names=tuple(
            f"photo {seed - FIRST_SEED + 1} of {fingers}, {'right' if side == 'R' else 'left'}"
            for _, fingers, side, seed in found
        ),
        not_found=len(drawings) - len(found),
    )
