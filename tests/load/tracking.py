"""Holds following hands against reading each frame anew: ``make measure-tracking PHOTOS=FOLDER``.

On the held-out photos with one hand of the datasets that come in sequences. Their photos lie
seconds apart, so that the smoothing over time, which would mix their counts, is left out.
"""

import argparse
from pathlib import Path

from core.hands import tracking
from core.hands.pipeline import hand_recogniser, recognise
from core.hands.tracking import Tracks, track
from core.hands_training.test_sets import PhotoSource, sources_in

SEQUENCES = ("webcam_hands", "desk_gestures")
FRAMES_PER_SECOND = 15


def compare(name: str, source: PhotoSource) -> None:
    """Print how many counts are right, and how often a single hand is told more than once."""
    recogniser = hand_recogniser()
    tracks, photos = Tracks(), 0
    right, twice = [0, 0], [0, 0]
    for number, labelled in enumerate(sorted(source.photos, key=lambda each: each.file)):
        photo, now = source.load(labelled), number / FRAMES_PER_SECOND
        tracks = track(photo, recogniser, tracks, now)
        if len(labelled.hands) != 1:
            continue
        photos += 1
        read = [hand.prediction for hand in recognise(photo, recogniser).hands]
        followed = [hand.prediction for hand in tracks.hands if hand.seen == now]
        for way, predictions in enumerate((read, followed)):
            fingers = predictions[0].fingers if predictions else None
            right[way] += fingers == labelled.hands[0].fingers
            twice[way] += len(predictions) > 1
    print(f"{name}: {photos} photos of one hand; counts right {right[0]} anew, {right[1]} followed")
    print(f"{name}: told more than once {twice[0]} anew, {twice[1]} followed")


def main() -> None:
    """Compare both on each dataset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of photo datasets")
    given = parser.parse_args()
    tracking.HALF_LIFE = 1e-6
    for name, source in sources_in(given.data).items():
        if name in SEQUENCES:
            compare(name, source)


if __name__ == "__main__":
    main()
