"""A photo in, fingers and side out: the way that the page and the command line share."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.store import MODELS_ROOT
from core.common.types import Box, Photo, Step, Uint8Array
from core.hands.background_subtraction import Detection, Detections, detect_by_background
from core.hands.classifier import HandClassifier, load_classifier
from core.hands.detector import HandDetector, load_detector
from core.hands.detector_outputs import SAME_HAND_IOU, iou
from core.hands.postprocessing import ClassifierCalibration, as_prediction
from core.hands.prediction import Prediction, apply_temperature
from core.hands.preprocessing import PreprocessedHand, crop_square, prepare
from core.hands.score_fusion import ScoreFusion
from core.hands.tflite import serve
from core.images.decoding import to_grey
from core.zoo import get_spec

DEFAULT_FINGERS_MODEL = "cnn_batch_norm"
DEFAULT_SIDE_MODEL = "hand_side"
MAX_HANDS = 4
HAND_DETECTOR = "hand_detector"
HAND_CLASSIFIER = "hand_classifier"


class Recogniser(Protocol):
    """Finds, prepares and reads hands, each step with the models it was made with."""

    @property
    def models(self) -> tuple[str, ...]:
        """The names of its models."""

    def detect(self, photo: Photo) -> Detections:
        """What may be the hands of a photo, surest first."""

    def preprocess(self, photo: Photo, hand: Detection) -> PreprocessedHand:
        """The image of one hand that the models read."""

    def classify(self, image: Uint8Array) -> Prediction:
        """What a prepared image, (128, 128) uint8, shows."""

    def rescore(self, hand: "HandResult") -> "HandResult | None":
        """The hand with how sure it is one, or None: then it is not reported."""


@dataclass(frozen=True)
class ArticleRecogniser:
    """Models of the article, trained on the dataset alone: one for the count, one for the side.

    The hand is found by what stands out from a plain background and made to look like the dataset.
    """

    fingers_model: str = DEFAULT_FINGERS_MODEL
    side_model: str = DEFAULT_SIDE_MODEL
    root: Path = MODELS_ROOT

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the two models."""
        return (self.fingers_model, self.side_model)

    def detect(self, photo: Photo) -> Detections:
        """The one hand that stands out, or none."""
        return detect_by_background(photo)

    def preprocess(self, photo: Photo, hand: Detection) -> PreprocessedHand:
        """The hand in the look of the dataset."""
        return prepare(photo, hand)

    def classify(self, image: Uint8Array) -> Prediction:
        """Read one prepared image, (128, 128) uint8.

        Raises:
            UserError: a model is not trained or its file is damaged.
        """
        return Prediction(
            fingers_probabilities=self._probabilities(self.fingers_model, image),
            side_probabilities=self._probabilities(self.side_model, image),
        )

    def rescore(self, hand: "HandResult") -> "HandResult | None":
        """Whatever was found is a hand to these models."""
        return hand

    def _probabilities(self, name: str, image: Uint8Array) -> tuple[float, ...]:
        raw = serve(name, self.root).probabilities(image[None])[0]
        temperature = artifacts.cached_card(name, self.root).on_dataset.temperature
        return tuple(map(float, apply_temperature(raw.astype(np.float64), temperature)))


@dataclass(frozen=True)
class HandRecogniser:
    """The hand detector and the hand classifier that were trained for any camera."""

    detector: HandDetector
    classifier: HandClassifier
    calibration: ClassifierCalibration
    fusion: ScoreFusion

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the two models."""
        return (HAND_DETECTOR, HAND_CLASSIFIER)

    def detect(self, photo: Photo) -> Detections:
        """Up to four places: what the detector proposes and the classifier does not refuse at once."""
        proposed = self.detector.detect(photo)
        if photo.prepared:
            return proposed
        grey = to_grey(photo.pixels)
        hands = []
        for hand in proposed.hands:
            first_pass = self.classifier.first_pass(grey, hand.box)
            score = self.fusion.after_first_pass(hand.score, first_pass.hand)
            if score >= self.fusion.first_pass_threshold:
                hands.append(Detection(first_pass.box, score))
        return Detections(non_max_suppression(hands)[:MAX_HANDS], proposed.steps)

    def preprocess(self, photo: Photo, hand: Detection) -> PreprocessedHand:
        """The square around the hand."""
        return crop_square(photo, hand)

    def classify(self, image: Uint8Array) -> Prediction:
        """Read one prepared image, (128, 128) uint8."""
        return as_prediction(self.classifier.classify(image), self.calibration)

    def rescore(self, hand: "HandResult") -> "HandResult | None":
        """A hand is what the detector and both looks of the classifier together take for one."""
        details = hand.prediction.details
        assert details is not None
        score = self.fusion.after_second_pass(hand.found.score, details.hand)
        if score < self.fusion.threshold:
            return None
        return replace(hand, found=replace(hand.found, score=score))


def non_max_suppression(hands: Sequence[Detection]) -> tuple[Detection, ...]:
    """The hands, surest first, each place only once."""
    kept: list[Detection] = []
    for hand in sorted(hands, key=lambda each: -each.score):
        if all(iou(hand.box, other.box) < SAME_HAND_IOU for other in kept):
            kept.append(hand)
    return tuple(kept)


def hand_recogniser(root: Path = MODELS_ROOT) -> HandRecogniser:
    """The two models that answer by default, loaded from their files.

    Raises:
        UserError: one is not trained, or its file is damaged.
    """
    threshold = artifacts.read_card(HAND_DETECTOR, root).on_photos.thresholds["hand"]
    classifier = load_classifier(artifacts.read_verified(HAND_CLASSIFIER, "serving.tflite", root))
    facts = artifacts.read_card(HAND_CLASSIFIER, root).on_photos
    return HandRecogniser(
        trained_detector(threshold, root),
        classifier,
        ClassifierCalibration.of(facts),
        ScoreFusion.of(facts),
    )


def trained_detector(threshold: float, root: Path = MODELS_ROOT) -> HandDetector:
    """The hand detector from its file, with a threshold of one's own.

    Raises:
        UserError: it is not trained, or its file is damaged.
    """
    return load_detector(artifacts.read_verified(HAND_DETECTOR, "serving.tflite", root), threshold)


def recogniser_with(model: str | None, root: Path = MODELS_ROOT) -> Recogniser:
    """What answers by default, or the article's models with ``model`` among them.

    Raises:
        UserError: the zoo has no such model, or the default's are not trained.
    """
    if model in (None, HAND_DETECTOR, HAND_CLASSIFIER):
        return hand_recogniser(root)
    if get_spec(model).target == "fingers":
        return ArticleRecogniser(fingers_model=model, root=root)
    return ArticleRecogniser(side_model=model, root=root)


@dataclass(frozen=True)
class HandResult:
    """One hand of a photo: where it is, what the model saw, and what it said.

    Attributes:
        found: the hand, in pixels of the photo as it was decoded.
        box: around the hand, in pixels of the upright original.
        prepared: what the models saw.
        prediction: what they said.
    """

    found: Detection
    box: Box
    prepared: PreprocessedHand
    prediction: Prediction


@dataclass(frozen=True)
class Recognition:
    """All that was found in a photo.

    Attributes:
        hands: surest first; empty where there is no hand.
        steps: the hand detector's pictures, for display.
        milliseconds: the time of each step: find, prepare, read.
    """

    hands: tuple[HandResult, ...]
    steps: tuple[Step, ...]
    milliseconds: dict[str, float]


def recognise(photo: Photo, recogniser: Recogniser) -> Recognition:
    """Find the hands of a photo and read each.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    clock = _Clock()
    finding = recogniser.detect(photo)
    clock.stop("find")
    prepared = [recogniser.preprocess(photo, hand) for hand in finding.hands]
    clock.stop("prepare")
    predictions = [recogniser.classify(hand.image) for hand in prepared]
    clock.stop("read")
    read = [
        HandResult(found, photo.in_original_pixels(found.box), image, prediction)
        for found, image, prediction in zip(finding.hands, prepared, predictions, strict=True)
    ]
    judged = read if photo.prepared else [recogniser.rescore(hand) for hand in read]
    told = sorted(filter(None, judged), key=lambda hand: -hand.found.score)
    return Recognition(tuple(told), finding.steps, clock.milliseconds)


class _Clock:
    """Takes the time from each stop to the next."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def stop(self, step: str) -> None:
        now = time.perf_counter()
        self.milliseconds[step] = round((now - self._last) * 1e3, 3)
        self._last = now
