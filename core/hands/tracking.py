"""Follows hands over the frames of a live camera and smooths their probabilities over time.

A hand is looked for where it was; the detector runs where one is lost, and every few frames for new
ones. ``ui/live/device/tracking.js`` is the same for the visitor's browser.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import TypeVar

import numpy as np

from core.common.types import IMAGE_SIZE, Box, Float64Array, Photo, Uint8Array
from core.hands.classifier import LANDMARK_WEIGHT, box_around
from core.hands.detections import NMS_IOU, Detection, each_once, iou, is_same_hand
from core.hands.pipeline import MAX_HANDS, HandRecogniser, HandResult
from core.hands.postprocessing import logit, score_after_first_pass
from core.hands.prediction import Prediction
from core.hands.proposals import proposals_for
from core.images.decoding import to_grey
from core.images.geometry import square_around

HALF_LIFE = 0.08
"""Seconds until a frame's weight halves; a changed count is then shown within a quarter
of a second at a few frames a second."""

BOX_HALF_LIFE = 0.02
"""Of the box, which is shown over the moving hand and may not lag behind it."""

STILL = 0.08
"""Joints that move by this share of the hand's size from frame to frame are not smoothed, so that
they do not lag; the less they move, the more they are. On noisy frames of a still hand they then
move by 2.6% of the palm, else by 4.2%."""

MIN_IOU = 0.2
"""Minimum intersection over union with an earlier box for two detections to be one hand."""

MAX_GAP = 0.25
"""Seconds for which an undetected hand is still shown, since detectors miss hands briefly."""

MIN_FOLLOWED_IOU = 0.7
MIN_FOLLOWED_SCORE = 0.9
"""A hand that moved further, or is less probable where it was, is detected anew."""

DETECTION_INTERVAL = 0.15
"""Seconds after which the detector looks for new hands: every fifth frame of a quick camera."""

NEARER_INTERVAL = 0.5
"""Seconds after which parts of the frame are searched for a small hand while none is seen; that
takes five times as long."""

SMALL = 0.2
"""Width and height of a hand, as a share of the frame's, under which the detector may look for it
in the part of the frame around it, too."""

SEARCH = 1.0
"""Seconds for which it looks for a lost hand in every frame: one that was hidden behind another."""


@dataclass(frozen=True)
class TrackedHand:
    """One hand over several frames.

    Attributes:
        box: the hand's, smoothed over time.
        place: the box in which the next frame's hand is looked for.
        detection_score: the probability of a hand when it was detected last.
        score: the probability of a hand in the frame in which it was seen last.
        prediction: with smoothed probabilities of count, side and fingers.
        image: what the classifier saw of it last, (128, 128) uint8.
        joints: (21, 2) x and y of the landmarks in pixels of the photo, smoothed over time.
        seen: the second in which it was seen last.
    """

    box: Box
    place: Box
    detection_score: float
    score: float
    prediction: Prediction
    image: Uint8Array
    joints: Float64Array
    seen: float


@dataclass(frozen=True)
class TrackingSettings:
    """What a person may choose.

    Attributes:
        max_hands: that are reported at once.
        half_life: seconds until a frame's weight in the answer halves; 0 for no smoothing.
    """

    max_hands: int = MAX_HANDS
    half_life: float = HALF_LIFE


DEFAULT_SETTINGS = TrackingSettings()


@dataclass(frozen=True)
class Tracks:
    """The hands of a camera after a frame.

    Attributes:
        detected: when the detector ran last and missed none.
        lost: when a hand was missed last that did not come again.
        searched: when parts of the frame were searched last for small hands.
    """

    hands: tuple[TrackedHand, ...] = ()
    detected: float = -inf
    lost: float = -inf
    searched: float = -inf


def track(
    photo: Photo,
    recogniser: HandRecogniser,
    before: Tracks,
    now: float,
    settings: TrackingSettings = DEFAULT_SETTINGS,
) -> Tracks:
    """Follow the hands into the newest frame.

    The time is in seconds of any clock; if the clock goes back, ``before`` is ignored. After the
    hands of the frame come recently seen ones that may have been missed.
    """
    grey = to_grey(photo.pixels)
    recent = [hand for hand in before.hands if 0 <= now - hand.seen <= MAX_GAP]
    known = recent[: settings.max_hands]
    followed = []
    for hand in known:
        detection = Detection(hand.place, hand.detection_score)
        result = _read(grey, recogniser, detection)
        if result is None or result.detection.score < MIN_FOLLOWED_SCORE:
            continue
        located = _located(result, detection, now)
        if iou(located.place, hand.place) >= MIN_FOLLOWED_IOU:
            followed.append(_mixed(hand, located, settings))
    found = _each_once(followed)
    detected, lost = before.detected, before.lost
    nearer = not known and not 0 <= now - before.searched < NEARER_INTERVAL
    is_due = not 0 <= now - detected < DETECTION_INTERVAL or 0 <= now - lost <= SEARCH
    if is_due or len(found) < len(known) or not known:
        found = _redetected(photo, grey, recogniser, known, found, now, settings, nearer)
        detected = now if len(found) >= len(known) else -inf
        if len(found) < len(known):
            lost = now
        elif len(found) > len(known):
            lost = -inf
    missed = [
        hand for hand in known if not any(is_same_hand(hand.box, other.box) for other in found)
    ]
    # A hand that moved far is a new hand; one was missed only if there are fewer than before.
    fewer = max(0, len(known) - len(found))
    searched = now if nearer else before.searched
    return Tracks((*found, *missed[:fewer]), detected, lost, searched)


def _redetected(
    photo: Photo,
    grey: Uint8Array,
    recogniser: HandRecogniser,
    known: Sequence[TrackedHand],
    followed: Iterable[TrackedHand],
    now: float,
    settings: TrackingSettings,
    nearer: bool,
) -> list[TrackedHand]:
    """The followed hands that the detector sees as well, and new ones while there are few.

    Parts of the frame are searched if wanted and if the whole shows none.
    """
    proposals = recogniser.detector.detect(photo).hands
    found = []
    for hand in followed:
        proposal = _closest(hand.place, proposals, NMS_IOU)
        if proposal is None and _is_small(hand.place, photo):
            nearby = recogniser.detector.detect_nearer(photo, hand.place)
            proposal = _closest(hand.place, nearby, NMS_IOU)
        if proposal is not None:
            found.append(_anchored(hand, proposal, recogniser))
    if len(found) == settings.max_hands:
        return found
    others = [
        proposal
        for proposal in proposals
        if not any(is_same_hand(proposal.box, hand.place) for hand in found)
    ]
    lost = [
        hand for hand in known if not any(is_same_hand(hand.box, other.place) for other in found)
    ]
    candidates = recogniser.confirmed(proposals_for(grey, others, recogniser.classifier))
    if nearer and not found and not candidates:
        parts = recogniser.detector.detect_nearer(photo)
        candidates = recogniser.confirmed(proposals_for(grey, parts, recogniser.classifier))
    for detection in candidates:
        result = _read(grey, recogniser, detection)
        if result is None:
            continue
        fresh = _located(result, detection, now)
        same = _closest(detection.box, lost, MIN_IOU)
        if same is None:
            found.append(replace(fresh, box=detection.box))
        else:
            lost.remove(same)
            found.append(_mixed(same, fresh, settings))
    return _each_once(found)[: settings.max_hands]


def _is_small(box: Box, photo: Photo) -> bool:
    return max(box.width / photo.width, box.height / photo.height) < SMALL


def _read(grey: Uint8Array, recogniser: HandRecogniser, detection: Detection) -> HandResult | None:
    """The hand in a detection's box, None if there is none."""
    prepared = recogniser.preprocess(grey, detection)
    prediction = recogniser.classify(prepared.image)
    return recogniser.rescore(HandResult(detection, detection.box, prepared, prediction))


def _located(result: HandResult, detection: Detection, now: float) -> TrackedHand:
    """A hand that was read, with the box around its joints, where it is looked for next."""
    assert result.prediction.details is not None
    square = square_around(detection.box)
    in_image = np.array(result.prediction.details.joints)
    scale = square.side / IMAGE_SIZE
    joints = (in_image - IMAGE_SIZE / 2) * scale + (square.x, square.y)
    place = box_around(joints)
    return TrackedHand(
        box=place,
        place=place,
        detection_score=detection.score,
        score=result.detection.score,
        prediction=result.prediction,
        image=result.prepared.image,
        joints=joints,
        seen=now,
    )


def _anchored(hand: TrackedHand, proposal: Detection, recogniser: HandRecogniser) -> TrackedHand:
    """A followed hand with the place and the score that the detector gives it."""
    assert hand.prediction.details is not None
    return replace(
        hand,
        place=_mixed_box(proposal.box, hand.place, LANDMARK_WEIGHT),
        detection_score=score_after_first_pass(
            recogniser.fusion, proposal.score, logit(hand.prediction.details.hand)
        ),
    )


def _each_once(hands: Iterable[TrackedHand]) -> list[TrackedHand]:
    return each_once(
        hands,
        lambda hand: hand.score,
        lambda one, other: is_same_hand(one.place, other.place) or is_same_hand(one.box, other.box),
    )


Boxed = TypeVar("Boxed", Detection, TrackedHand)


def _closest(box: Box, candidates: Iterable[Boxed], min_iou: float) -> Boxed | None:
    """Of boxed things the one that overlaps a box most, if that is enough."""
    best = max(candidates, key=lambda each: iou(each.box, box), default=None)
    return best if best is not None and iou(best.box, box) >= min_iou else None


def _mixed(before: TrackedHand, hand: TrackedHand, settings: TrackingSettings) -> TrackedHand:
    """A hand of this frame, smoothed with the same hand before."""
    passed = hand.seen - before.seen
    old = 0.5 ** (passed / settings.half_life) if settings.half_life else 0.0
    old_box = 0.5 ** (passed / BOX_HALF_LIFE)
    moved = float(np.linalg.norm(hand.joints - before.joints, axis=1).mean())
    steadiness = max(0.0, 1 - moved / (STILL * max(hand.place.width, hand.place.height)))
    old_joints = 0.5 ** (passed / HALF_LIFE) * steadiness
    now, then = hand.prediction, before.prediction
    assert now.details is not None
    assert then.details is not None
    prediction = replace(
        now,
        fingers_probabilities=_mix(now.fingers_probabilities, then.fingers_probabilities, old),
        side_probabilities=_mix(now.side_probabilities, then.side_probabilities, old),
        details=replace(
            now.details, extended=_mix(now.details.extended, then.details.extended, old)
        ),
    )
    return replace(
        hand,
        box=_mixed_box(hand.box, before.box, old_box),
        prediction=prediction,
        joints=(1 - old_joints) * hand.joints + old_joints * before.joints,
    )


def _mixed_box(now: Box, before: Box, share: float) -> Box:
    return Box(*_mix(now, before, share))


def _mix(now: Sequence[float], before: Sequence[float], share: float) -> tuple[float, ...]:
    return tuple((1 - share) * a + share * b for a, b in zip(now, before, strict=True))
