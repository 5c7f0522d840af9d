"""A scene of hands in place of the models, followed over the frames of a camera."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from core.common.types import IMAGE_SIZE, Box, Photo, Step, Uint8Array
from core.hands.classifier import LANDMARK_MARGIN, FirstPass
from core.hands.detections import Detection, Detections, iou
from core.hands.pipeline import HandRecogniser, HandResult
from core.hands.postprocessing import UNFITTED_FUSION
from core.hands.prediction import ANSWER_THRESHOLD, HandDetails, Prediction
from core.hands.preprocessing import PreprocessedHand
from core.hands.proposals import Proposal
from core.hands.tracking import DEFAULT_SETTINGS, TrackingSettings, Tracks, track
from core.images.geometry import square_around

PHOTO = Photo(np.zeros((480, 640, 3), np.uint8))
BOX = Box(100, 100, 200, 200)
FAR = Box(400, 100, 500, 200)


@dataclass(frozen=True)
class Shown:
    """A hand in front of the camera."""

    count: int
    box: Box = BOX
    sure: float = 0.95
    threshold: float = ANSWER_THRESHOLD


@dataclass
class Scene:
    """Stands for the models: they see the hands that are shown, also in boxes that are near."""

    shown: list[Shown] = field(default_factory=list)
    detected: list[Box] | None = None
    small: list[Box] = field(default_factory=list)
    detections: int = 0
    searches: int = 0
    fusion = UNFITTED_FUSION

    @property
    def detector(self) -> "Scene":
        return self

    @property
    def classifier(self) -> "Scene":
        return self

    def detect_nearer(self, photo: Photo, around: Box | None = None) -> tuple[Detection, ...]:
        self.searches += around is None
        return tuple(Detection(box, 0.9) for box in self.small)

    def first_pass(self, grey: Uint8Array, box: Box) -> FirstPass:
        return FirstPass(box, 3.0)

    def detect(self, photo: Photo) -> Detections:
        self.detections += 1
        boxes = [each.box for each in self.shown] if self.detected is None else self.detected
        return Detections(tuple(Detection(box, 0.9) for box in boxes))

    def confirmed(self, proposals: Iterable[Proposal]) -> tuple[Detection, ...]:
        return tuple(Detection(each.first_pass.box, each.score) for each in proposals)

    def preprocess(self, grey: Uint8Array, detection: Detection) -> PreprocessedHand:
        self.looked_at = detection.box
        image = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.uint8)
        return PreprocessedHand(image, (Step("a", "b", image),))

    def classify(self, image: Uint8Array) -> Prediction:
        box = self.looked_at
        hand = max(self.shown, key=lambda each: iou(each.box, box), default=Shown(0, FAR))
        is_seen = iou(hand.box, box) > 0.1
        rest = (1 - hand.sure) / 5
        counts = tuple(hand.sure if n == hand.count else rest for n in range(6))
        details = HandDetails(0.95 if is_seen else 0.01, (0.9, 0.1), (0.5,) * 5, joints(hand, box))
        return Prediction(counts, (0.1, 0.9), hand.threshold, details)

    def rescore(self, hand: HandResult) -> HandResult | None:
        assert hand.prediction.details is not None
        score = hand.prediction.details.hand
        return (
            replace(hand, detection=replace(hand.detection, score=score)) if score > 0.5 else None
        )


def joints(hand: Shown, box: Box) -> tuple[tuple[float, float], ...]:
    """The 21 joints of a hand in the image of a box; their own box is the hand's."""
    square = square_around(box)
    x0, y0, x1, y1 = hand.box
    edge = max(x1 - x0, y1 - y0) * LANDMARK_MARGIN / (1 + 2 * LANDMARK_MARGIN)
    corners = ((x0 + edge, y0 + edge), (x1 - edge, y1 - edge))
    scale = IMAGE_SIZE / square.side
    low, high = (
        ((x - square.x) * scale + IMAGE_SIZE / 2, (y - square.y) * scale + IMAGE_SIZE / 2)
        for x, y in corners
    )
    return (low, *[high] * 20)


def follow(
    before: Tracks,
    hands: list[Shown],
    now: float,
    scene: Scene | None = None,
    chosen: TrackingSettings = DEFAULT_SETTINGS,
) -> Tracks:
    seen = scene or Scene()
    seen.shown = hands
    return track(PHOTO, cast(HandRecogniser, seen), before, now, chosen)


def counts(tracks: Tracks) -> list[int]:
    return [each.prediction.fingers for each in tracks.hands]
