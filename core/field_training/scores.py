"""Figures from outcomes: the rows of the field table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.artifacts import Mistake
from core.cards import HARDER_PHOTOS, FieldScore
from core.field_training.exam import DRAWN, EMPTY, FINGERS
from core.field_training.outcomes import Outcome
from core.field_training.sources import UNKNOWN, LabelledHand

LEAST_OVERLAP = 0.5
WANTED_PRECISION = 0.99

Share = tuple[int, float]
"""How many images were counted, and which share of them is right."""


@dataclass(frozen=True)
class Question:
    """One row of the table.

    Attributes:
        exam: the set of images.
        data: what it is, in words.
        measure: what is counted, in words.
        needed: what the project asks for.
        share: counts.
        peer: whether MediaPipe answers it too.
    """

    exam: str
    data: str
    measure: str
    needed: str
    share: Callable[[Sequence[Outcome]], Share]
    peer: bool = True


def _single(outcomes: Sequence[Outcome]) -> list[tuple[Outcome, LabelledHand]]:
    return [(each, each.truths[0]) for each in outcomes if len(each.truths) == 1]


def _share(right: list[bool]) -> Share:
    return len(right), float(np.mean(right)) if right else 0.0


def count_share(outcomes: Sequence[Outcome]) -> Share:
    """Photos of one hand whose count is right; not found is wrong."""
    return _share(
        [said.fingers == hand.fingers for said, hand in _single(outcomes) if hand.fingers >= 0]
    )


def side_share(outcomes: Sequence[Outcome]) -> Share:
    """Photos of one hand whose side is right; not found is wrong."""
    return _share([said.side == hand.side for said, hand in _single(outcomes) if hand.side >= 0])


def side_and_face_share(outcomes: Sequence[Outcome]) -> Share:
    """Photos of one hand whose side and face are both right; not found is wrong."""
    return _share(
        [
            said.side == hand.side and said.face == hand.face
            for said, hand in _single(outcomes)
            if hand.side >= 0 and hand.face >= 0
        ]
    )


def found_share(outcomes: Sequence[Outcome]) -> Share:
    """Labelled hands that were found with enough overlap."""
    return _share([best >= LEAST_OVERLAP for each in outcomes for best in each.overlaps()])


def reported_share(outcomes: Sequence[Outcome]) -> Share:
    """Photos in which a hand was reported."""
    return _share([bool(each.boxes) for each in outcomes])


def answered_share(outcomes: Sequence[Outcome]) -> Share:
    """The largest share of photos that can be answered with 99 % of the answers right."""
    said = [(each.sure, each.fingers == hand.fingers) for each, hand in _single(outcomes)]
    said.sort(key=lambda pair: -pair[0])
    right = np.cumsum([pair[1] for pair in said])
    answered = np.arange(1, len(said) + 1)
    good = np.flatnonzero(right >= WANTED_PRECISION * answered)
    return len(said), float((good[-1] + 1) / len(said)) if len(good) else 0.0


def _one_to_nine(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [each for each in outcomes if not each.name.startswith("0/")]


_WEBCAM = "webcam frames of other sessions"
_SIGNS = "signs 1–9 of other students"
QUESTIONS = (
    Question(FINGERS, "Fingers test images", "count", "100 %", count_share),
    Question(FINGERS, "Fingers test images", "side", "100 %", side_share),
    Question("sign_digits", _SIGNS, "count", "99 %", lambda said: count_share(_one_to_nine(said))),
    Question("sign_digits", _SIGNS, "side", "99.5 %", lambda said: side_share(_one_to_nine(said))),
    Question("webcam_hands", _WEBCAM, "count", "97 %", count_share),
    Question("webcam_hands", _WEBCAM, "hand found (IoU ≥ 0.5)", "98 %", found_share),
    Question("webcam_hands", _WEBCAM, "side (pseudo-labels)", "", side_share),
    Question(
        "webcam_hands", _WEBCAM, "answered at 99 % precision", "90 %", answered_share, peer=False
    ),
    Question(
        DRAWN, "drawn hands, unseen shapes, all 32 combinations", "count", "95 %", count_share
    ),
    Question(
        DRAWN,
        "drawn hands, unseen shapes, all 32 combinations",
        "side and face",
        "95 %",
        side_and_face_share,
        peer=False,
    ),
    Question(EMPTY, "places without a hand", "a hand reported", "under 2 %", reported_share),
    Question("selfies", "selfies of other people", "count", "", count_share),
    Question("selfies", "selfies of other people", "side (pseudo-labels)", "", side_share),
    Question("room_hands", "hands at home, other photos", "count", "", count_share),
    Question(
        "room_hands", "hands at home, other photos", "hand found (IoU ≥ 0.5)", "", found_share
    ),
    Question("desk_gestures", "gestures at a desk, other session", "count", "", count_share),
    Question("finger_combinations", "finger combinations, other photos", "count", "", count_share),
    Question("sign_letters", "letters of other people", "count", "", count_share),
    Question("sign_letters", "letters of other people", "side", "", side_share),
    Question("harder: far", f"{HARDER_PHOTOS}far away", "count", "", count_share),
    Question("harder: turned", f"{HARDER_PHOTOS}turned by a quarter", "count", "", count_share),
    Question("harder: overexposed", f"{HARDER_PHOTOS}overexposed", "count", "", count_share),
    Question("harder: dark", f"{HARDER_PHOTOS}dark", "count", "", count_share),
    Question("harder: blurred", f"{HARDER_PHOTOS}blurred", "count", "", count_share),
    Question("harder: compressed", f"{HARDER_PHOTOS}compressed", "count", "", count_share),
)
"""Every row of the field table, those that the project asks for first."""


def score(question: Question, ours: Sequence[Outcome]) -> FieldScore:
    """One row, still without the peer's figure."""
    images, value = question.share(ours)
    return FieldScore(
        question.data, question.measure, images, round(value, 5), None, question.needed
    )


def with_peer(row: FieldScore, question: Question, peer: Sequence[Outcome]) -> FieldScore:
    """The row with the peer's figure on the same images."""
    if not question.peer:
        return row
    return replace(row, peer=round(question.share(peer)[1], 5))


def misread(exam: str, outcomes: Sequence[Outcome]) -> list[Mistake]:
    """The photos of one hand whose count is wrong, by name."""
    return [
        Mistake(
            f"{exam}/{said.name}",
            str(hand.fingers),
            "no hand" if said.fingers == UNKNOWN else str(said.fingers),
            tuple(round(p, 4) for p in said.probabilities),
        )
        for said, hand in _single(outcomes)
        if hand.fingers >= 0 and said.fingers != hand.fingers
    ]
