"""What may be a hand: the detector's proposals, with the classifier's first pass on each."""

from collections.abc import Iterable
from typing import NamedTuple

from core.common.types import Photo, Uint8Array
from core.hands.classifier import FirstPass, HandClassifier
from core.hands.detections import Detection
from core.hands.detector import HandDetector


class Proposal(NamedTuple):
    """A probable hand: the detector's score, and the classifier's first pass on it."""

    score: float
    first_pass: FirstPass


def proposals_for(
    grey: Uint8Array, hands: Iterable[Detection], classifier: HandClassifier
) -> list[Proposal]:
    """The detector's hands with the classifier's first pass."""
    return [Proposal(hand.score, classifier.first_pass(grey, hand.box)) for hand in hands]


def propose(
    photo: Photo,
    grey: Uint8Array,
    hands: Iterable[Detection],
    detector: HandDetector,
    classifier: HandClassifier,
) -> list[Proposal]:
    """The detector's hands with the classifier's first pass, and perhaps more.

    Where it takes none of them for a hand, parts of the photo are searched as well, in which small
    hands are larger.
    """
    proposals = proposals_for(grey, hands, classifier)
    if all(proposal.first_pass.hand <= 0 for proposal in proposals):
        proposals += proposals_for(grey, detector.detect_nearer(photo), classifier)
    return proposals
