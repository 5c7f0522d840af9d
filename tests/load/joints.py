"""How near the classifier's joints are to MediaPipe's: ``make measure-joints``, on held-out photos.

Distances are shares of the palm, from the wrist to the middle knuckle by MediaPipe, which is
no truth, only another opinion. It runs in an environment of its own:
``python3 -m venv mp && mp/bin/pip install mediapipe==0.10.21``, then ``MEDIAPIPE=mp/bin/python``.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from core.common.types import FINGER_NAMES, IMAGE_SIZE, Float32Array, Photo, Uint8Array
from core.hands.classifier import MIDDLE_KNUCKLE, WRIST
from core.hands.detections import iou
from core.hands.pipeline import HandRecogniser, hand_recogniser, recognise
from core.hands_training.photo_labels import BaselineAnswer, box_around
from core.hands_training.predictions import ask_baseline
from core.images.geometry import square_around
from tests.helpers.browser import encoded
from tests.load.figures import machine, print_figure, print_head
from tests.load.parity import held_out_photos

MIN_IOU = 0.4
"""Of the boxes of both, to be of the same hand."""

TIPS = dict(zip(FINGER_NAMES, (4, 8, 12, 16, 20), strict=True))
"""Among the landmarks."""


def main() -> None:
    """Print the mean and the median distance, of all joints and of each finger's tip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--data", type=Path, required=True, help="folder of photo datasets")
    parser.add_argument("--mediapipe", type=Path, required=True, help="an interpreter that has it")
    given = parser.parse_args()
    photos = list(held_out_photos(given.data, given.photos))
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.png" for number in range(len(photos))]
        for pixels, path in zip(photos, paths, strict=True):
            path.write_bytes(encoded(pixels, ".png"))
        answers = ask_baseline(paths, given.mediapipe)
    recogniser = hand_recogniser()
    distances = np.array(
        [
            distance
            for pixels, answer in zip(photos, answers, strict=True)
            for distance in distances_of(pixels, answer, recogniser)
        ]
    )
    print_head()
    _print(f"joints of {len(distances)} hands in {len(photos)} photos", distances)
    for finger, tip in TIPS.items():
        _print(f"… tip of the {finger}", distances[:, tip])
    print(f"\nMeasured on {machine()}.")


def _print(what: str, distances: Float32Array) -> None:
    print_figure(f"{what}, mean", 100 * float(distances.mean()), "% of the palm")
    print_figure(f"{what}, median", 100 * float(np.median(distances)), "% of the palm")


def distances_of(
    pixels: Uint8Array, answer: BaselineAnswer, recogniser: HandRecogniser
) -> Iterator[Float32Array]:
    """(21,) distances in palms for each hand that both find in a photo."""
    found = recognise(Photo(pixels), recogniser).hands
    for theirs in answer.hands:
        box = box_around(theirs.landmarks)
        ours = max(found, key=lambda hand: iou(hand.detection.box, box), default=None)
        if ours is None or iou(ours.detection.box, box) < MIN_IOU:
            continue
        assert ours.prediction.details is not None
        square = square_around(ours.detection.box)
        joints = np.array(ours.prediction.details.joints, np.float32)
        places = (joints - IMAGE_SIZE / 2) * (square.side / IMAGE_SIZE) + (square.x, square.y)
        palm = np.linalg.norm(theirs.landmarks[WRIST] - theirs.landmarks[MIDDLE_KNUCKLE])
        yield np.asarray(np.linalg.norm(places - theirs.landmarks, axis=1) / palm, np.float32)


if __name__ == "__main__":
    main()
