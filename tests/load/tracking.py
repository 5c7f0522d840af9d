"""Holds following hands against reading each frame anew: ``make measure-tracking``.

On drawn sequences, whose truth is known, and with ``PHOTOS=FOLDER`` on the held-out photos with one
hand of the datasets that come in sequences. Their photos lie seconds apart, so that the smoothing
over time, which would mix their counts, is left out there.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from itertools import product
from operator import add
from pathlib import Path

import cv2

from core.hands import tracking
from core.hands.pipeline import hand_recogniser, recognise
from core.hands.tracking import Tracks, track
from core.hands_training.test_sets import PhotoSource, sources_in
from core.synthetic.sequence import SCENES, draw_sequence
from tests.helpers.following import Tally, compare

SEQUENCES = ("webcam_hands", "desk_gestures")
FRAMES_PER_SECOND = 15
FIRST_SEED = 9_310_000
"""Of the sequences; nothing else draws these."""


def compare_drawn(job: tuple[str, int]) -> tuple[Tally, Tally]:
    """Frame by frame and followed, on one sequence of a scene with that seed."""
    cv2.setNumThreads(1)
    scene, seed = job
    return compare(draw_sequence(seed, scene), hand_recogniser())


def compare_all_drawn(each: int) -> bool:
    """Print the figures of every scene; returns whether following is no less right in all."""
    jobs = list(product(SCENES, range(FIRST_SEED, FIRST_SEED + each)))
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        results = list(zip(jobs, workers.map(compare_drawn, jobs), strict=True))
    totals = [Tally(), Tally()]
    for scene in SCENES:
        pairs = [result for (name, _), result in results if name == scene]
        sums = [reduce(add, tallies) for tallies in zip(*pairs, strict=True)]
        totals = [total + one for total, one in zip(totals, sums, strict=True)]
        print(f"{scene}, {sums[0].hands} hands: each frame anew: {sums[0]}; followed: {sums[1]}")
    anew, followed = totals
    print(f"all, {anew.hands} hands: each frame anew: {anew}; followed: {followed}")
    return (
        followed.counts_right >= anew.counts_right
        and followed.sides_right >= anew.sides_right
        and followed.too_many <= anew.too_many
        and followed.exchanged <= anew.exchanged
    )


def compare_photos(name: str, source: PhotoSource) -> None:
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


def main() -> int:
    """Compare both; the exit status says whether following is no less right on drawn sequences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=6, help="drawn sequences of each scene")
    parser.add_argument("--data", type=Path, help="folder of photo datasets")
    given = parser.parse_args()
    is_no_worse = compare_all_drawn(given.each)
    if given.data is not None:
        tracking.HALF_LIFE = 1e-6
        for name, source in sources_in(given.data).items():
            if name in SEQUENCES:
                compare_photos(name, source)
    return int(not is_no_worse)


if __name__ == "__main__":
    raise SystemExit(main())
