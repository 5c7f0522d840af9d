"""Tracks hands over the frames of a live camera and smooths their probabilities over time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.common.types import Box
from core.hands.detections import iou
from core.hands.pipeline import HandResult
from core.hands.prediction import Prediction

HALF_LIFE = 0.08
"""Seconds until a frame's weight halves; a changed count is then shown within a quarter
of a second at a few frames a second."""

MIN_IOU = 0.2
"""Minimum intersection over union with an earlier box for two detections to be one hand."""

MAX_GAP = 0.25
"""Seconds for which an undetected hand is still shown, since detectors miss hands briefly."""


@dataclass(frozen=True)
class TrackedHand:
    """One hand over several frames: smoothed probabilities, and the second it was last seen."""

    box: Box
    prediction: Prediction
    seen: float


def smooth(
    before: Sequence[TrackedHand], hands: Sequence[HandResult], now: float
) -> tuple[TrackedHand, ...]:
    """Smooth each hand of the newest frame with the same hand in the previous call's result.

    The time is in seconds of any clock; if the clock goes back, ``before`` is ignored. After the
    hands of the frame come recently detected ones that may have been missed.
    """
    known = [hand for hand in before if 0 <= now - hand.seen <= MAX_GAP]
    missing = len(known) - len(hands)
    found = []
    for hand in hands:
        same = max(known, key=lambda each: iou(each.box, hand.box), default=None)
        if same is not None and iou(same.box, hand.box) >= MIN_IOU:
            known.remove(same)
            found.append(_mixed(same, hand, now))
        else:
            found.append(TrackedHand(hand.box, hand.prediction, now))
    # A hand that moved far is a new hand; one was missed only if there are fewer than before.
    return (*found, *known[: max(0, missing)])


def _mixed(same: TrackedHand, hand: HandResult, now: float) -> TrackedHand:
    old = 0.5 ** ((now - same.seen) / HALF_LIFE)
    box = (1 - old) * np.array(hand.box) + old * np.array(same.box)
    new, before = hand.prediction, same.prediction
    prediction = replace(
        new,
        fingers_probabilities=_mix(new.fingers_probabilities, before.fingers_probabilities, old),
        side_probabilities=_mix(new.side_probabilities, before.side_probabilities, old),
    )
    return TrackedHand(Box(*map(float, box)), prediction, now)


def _mix(new: Sequence[float], old: Sequence[float], share: float) -> tuple[float, ...]:
    return tuple((1 - share) * a + share * b for a, b in zip(new, old, strict=True))
