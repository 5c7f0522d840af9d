"""How rightly hands are told over a drawn sequence, frame by frame or followed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import permutations

from core.common.types import Box, Photo, Side
from core.hands.detections import iou
from core.hands.pipeline import HandRecogniser, recognise
from core.hands.tracking import MAX_GAP, Tracks, track
from core.synthetic.sequence import SequenceFrame, SequenceHand

MIN_VISIBLE = 0.9
"""Share of a hand that must be seen for its answer to be judged."""

MIN_IOU = 0.4
"""Of what is told with the hand, to be told of it."""


@dataclass(frozen=True)
class Told:
    """What was said of one hand; ``fingers`` and ``side`` are None where that was "not sure"."""

    box: Box
    fingers: int | None
    side: Side | None


@dataclass
class Tally:
    """What was right in frames with known truth.

    Attributes:
        hands: that could be seen well.
        found: of these, told at all.
        counts, counts_right: of these, those that did not change, and were told rightly.
        sides_right: of those that could be seen well.
        too_many: frames in which more hands were told than were there lately.
        exchanged: hands told with the count and the side of the other hand.
    """

    hands: int = 0
    found: int = 0
    counts: int = 0
    counts_right: int = 0
    sides_right: int = 0
    too_many: int = 0
    exchanged: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        names = (each.name for each in fields(self))
        return Tally(*(getattr(self, name) + getattr(other, name) for name in names))

    def __str__(self) -> str:
        return (
            f"found {self.found / self.hands:.1%}, counts {self.counts_right / self.counts:.1%}, "
            f"sides {self.sides_right / self.hands:.1%}, too many in {self.too_many} frames, "
            f"{self.exchanged} exchanged"
        )

    def judge(self, truth: Sequence[SequenceHand], there: int, told: Sequence[Told]) -> None:
        """Count what was told of a frame, before which so many hands were there lately."""
        self.too_many += len(told) > there
        for index, said in enumerate(_assigned(truth, told)):
            hand = truth[index]
            if hand.visible < MIN_VISIBLE:
                continue
            self.hands += 1
            self.counts += hand.fingers is not None
            if said is None:
                continue
            self.found += 1
            self.counts_right += hand.fingers is not None and said.fingers == hand.fingers
            self.sides_right += said.side == hand.side
            self.exchanged += any(
                (said.fingers, said.side)
                == (other.fingers, other.side)
                != (hand.fingers, hand.side)
                and not _lies_on(said, other)
                for other in truth
                if other is not hand
            )


def _lies_on(said: Told, hand: SequenceHand) -> bool:
    is_seen = hand.box.width * hand.box.height > 0
    return is_seen and iou(hand.box, said.box) >= MIN_IOU


def _assigned(truth: Sequence[SequenceHand], told: Sequence[Told]) -> list[Told | None]:
    """What was told of each hand: where their boxes overlap most, each told hand once."""
    candidates = [*told, *[None] * len(truth)]

    def overlap(hand: SequenceHand, said: Told | None) -> float:
        return iou(hand.box, said.box) if said is not None and _lies_on(said, hand) else 0.0

    best = max(
        permutations(candidates, len(truth)),
        key=lambda chosen: sum(map(overlap, truth, chosen)),
    )
    return [said if overlap(hand, said) else None for hand, said in zip(truth, best, strict=True)]


def lately(frames: Iterable[SequenceFrame]) -> Iterable[tuple[SequenceFrame, int]]:
    """Each frame, with how many hands were in it or within ``MAX_GAP`` before."""
    recent: list[SequenceFrame] = []
    for frame in frames:
        recent = [each for each in recent if frame.second - each.second <= MAX_GAP] + [frame]
        seen = (
            any(each.hands[index].visible > 0 for each in recent)
            for index in range(len(frame.hands))
        )
        yield frame, sum(seen)


def compare(frames: Iterable[SequenceFrame], recogniser: HandRecogniser) -> tuple[Tally, Tally]:
    """Read the frames each anew, and follow their hands."""
    anew, followed = Tally(), Tally()
    tracks = Tracks()
    for frame, there in lately(frames):
        photo = Photo(frame.pixels)
        read = recognise(photo, recogniser).hands
        tracks = track(photo, recogniser, tracks, frame.second)
        anew.judge(
            frame.hands,
            there,
            [
                Told(each.detection.box, each.prediction.fingers, each.prediction.side)
                for each in read
            ],
        )
        followed.judge(
            frame.hands,
            there,
            [
                Told(each.box, each.prediction.fingers, each.prediction.side)
                for each in tracks.hands
            ],
        )
    return anew, followed
