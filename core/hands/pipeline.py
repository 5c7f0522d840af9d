"""From a photo to its hands: detect -> preprocess -> classify -> rescore.

Pages, the command line, measurements and the live camera all call ``recognise``.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np

from core.artifacts.photo_facts import ClassifierCalibration, ScoreFusion
from core.artifacts.store import MODELS_ROOT
from core.common.types import Box, Photo, Step, Uint8Array
from core.hands.background_subtraction import detect_by_background
from core.hands.classifier import HandClassifier
from core.hands.detections import (
    Detection,
    Detections,
    each_once,
    is_same_hand,
    non_max_suppression,
)
from core.hands.detector import HandDetector
from core.hands.loading import LoadedModel, loaded
from core.hands.postprocessing import as_prediction, score_after_first_pass, score_after_second_pass
from core.hands.prediction import Prediction, apply_temperature
from core.hands.preprocessing import (
    PreprocessedHand,
    already_preprocessed,
    preprocess_crop,
    preprocess_like_dataset,
)
from core.hands.proposals import Proposal, propose
from core.images.decoding import to_grey
from core.zoo import get_spec

DEFAULT_FINGERS_MODEL = "cnn_batch_norm"
DEFAULT_SIDE_MODEL = "hand_side"
MAX_HANDS = 4
HAND_DETECTOR = "hand_detector"
HAND_CLASSIFIER = "hand_classifier"


class Recogniser(Protocol):
    """The four steps of recognition with particular models."""

    @property
    def models(self) -> tuple[LoadedModel, ...]:
        """Its models, as they are loaded now."""

    def detect(self, photo: Photo, grey: Uint8Array) -> Detections:
        """Detect candidate hands in a photo, given in colour and in grey."""

    def preprocess(self, grey: Uint8Array, hand: Detection) -> PreprocessedHand:
        """Make the models' input from one hand that ``detect`` returned."""

    def classify(self, image: Uint8Array) -> Prediction:
        """Classify a preprocessed image, (128, 128) uint8."""

    def rescore(self, hand: "HandResult") -> "HandResult | None":
        """The hand with its final score, or None if it should not be reported."""


@dataclass(frozen=True)
class ArticleRecogniser:
    """Models of the article, trained on the dataset alone: one for the count, one for the side.

    The hand is detected by background subtraction and preprocessed to look like the dataset's.
    """

    fingers_model: str = DEFAULT_FINGERS_MODEL
    side_model: str = DEFAULT_SIDE_MODEL
    root: Path = MODELS_ROOT

    @property
    def models(self) -> tuple[LoadedModel, ...]:
        """The two models, as they are loaded now."""
        return loaded(self.fingers_model, self.root), loaded(self.side_model, self.root)

    def detect(self, photo: Photo, grey: Uint8Array) -> Detections:  # noqa: ARG002
        """Detect the one hand that stands out, or none."""
        return detect_by_background(photo)

    def preprocess(self, grey: Uint8Array, hand: Detection) -> PreprocessedHand:
        """Make the hand look like those of the dataset."""
        assert hand.hand_mask is not None
        return preprocess_like_dataset(grey, hand.hand_mask)

    def classify(self, image: Uint8Array) -> Prediction:
        """Predict count and side of one preprocessed image, (128, 128) uint8.

        Raises:
            UserError: a model is not trained or its file is damaged.
        """
        return Prediction(
            fingers_probabilities=article_probabilities(self.fingers_model, image, self.root),
            side_probabilities=article_probabilities(self.side_model, image, self.root),
        )

    def rescore(self, hand: "HandResult") -> "HandResult | None":
        """The hand unchanged: these models assume that every detection is a hand."""
        return hand


def article_probabilities(
    name: str, image: Uint8Array, root: Path = MODELS_ROOT
) -> tuple[float, ...]:
    """A model's calibrated probabilities for one preprocessed image, (128, 128) uint8.

    Raises:
        UserError: the model is not trained or its file is damaged.
    """
    model = loaded(name, root)
    raw = model.net.probabilities(image[None])[0]
    temperature = model.card.on_dataset.temperature
    return tuple(map(float, apply_temperature(raw.astype(np.float64), temperature)))


@dataclass(frozen=True)
class HandRecogniser:
    """The hand detector and the hand classifier, which were trained for any camera."""

    detector: HandDetector
    classifier: HandClassifier
    calibration: ClassifierCalibration
    fusion: ScoreFusion
    models: tuple[LoadedModel, ...]

    def detect(self, photo: Photo, grey: Uint8Array) -> Detections:
        """Detect up to four hands that the classifier's first pass confirms."""
        detections = self.detector.detect(photo)
        proposals = propose(photo, grey, detections.hands, self.detector, self.classifier)
        return replace(detections, hands=self.confirmed(proposals))

    def confirmed(self, proposals: Iterable[Proposal]) -> tuple[Detection, ...]:
        """Of proposed hands, up to four that the classifier's first pass confirms."""
        hands = []
        for score, first_pass in proposals:
            fused = score_after_first_pass(self.fusion, score, first_pass.hand)
            if fused >= self.fusion.first_pass_threshold:
                hands.append(Detection(first_pass.box, fused))
        return non_max_suppression(hands, MAX_HANDS)

    def preprocess(self, grey: Uint8Array, hand: Detection) -> PreprocessedHand:
        """Crop the square around the hand."""
        return preprocess_crop(grey, hand.box)

    def classify(self, image: Uint8Array) -> Prediction:
        """Classify one preprocessed image, (128, 128) uint8."""
        return as_prediction(self.classifier.classify(image), self.calibration)

    def rescore(self, hand: "HandResult") -> "HandResult | None":
        """Fuse the scores of the detector and of both passes of the classifier."""
        details = hand.prediction.details
        assert details is not None
        score = score_after_second_pass(self.fusion, hand.detection.score, details.hand)
        if score < self.fusion.threshold:
            return None
        return replace(hand, detection=replace(hand.detection, score=score))


def hand_recogniser(root: Path = MODELS_ROOT) -> HandRecogniser:
    """The two models that answer by default, as they are published now.

    Raises:
        UserError: one is not trained, or its file is damaged.
    """
    models = loaded(HAND_DETECTOR, root), loaded(HAND_CLASSIFIER, root)
    detector, classifier = models
    return HandRecogniser(
        HandDetector(detector.net, detector.card.detector_threshold),
        HandClassifier(classifier.net),
        classifier.card.calibration,
        classifier.card.fusion,
        models,
    )


def trained_detector(threshold: float, root: Path = MODELS_ROOT) -> HandDetector:
    """The hand detector with a custom minimum probability of a reported hand.

    Raises:
        UserError: it is not trained, or its file is damaged.
    """
    return HandDetector(loaded(HAND_DETECTOR, root).net, threshold)


def recogniser_with(model: str | None) -> Recogniser:
    """The default recogniser, or the article's models with ``model`` among them.

    Raises:
        UserError: there is no such model, or the default models are not trained.
    """
    if model in (None, HAND_DETECTOR, HAND_CLASSIFIER):
        return hand_recogniser()
    if get_spec(model).target == "fingers":
        return ArticleRecogniser(fingers_model=model)
    return ArticleRecogniser(side_model=model)


@dataclass(frozen=True)
class HandResult:
    """One hand in a photo: where it is, the models' input, and their prediction.

    The detection is in pixels of the photo as it was decoded, the box in those of the upright
    original.
    """

    detection: Detection
    box: Box
    prepared: PreprocessedHand
    prediction: Prediction


@dataclass(frozen=True)
class Recognition:
    """The hands in a photo, the most confident first, and the detector's pictures for display.

    The milliseconds are of each step: "find" (detect), "prepare" (preprocess) and "read"
    (classify), as ``predict --json`` names them.
    """

    hands: tuple[HandResult, ...]
    steps: tuple[Step, ...]
    milliseconds: dict[str, float]


def recognise(photo: Photo, recogniser: Recogniser) -> Recognition:
    """Detect the hands in a photo and classify each.

    A preprocessed image shows one hand unless it is blank, and needs no detector.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    marks = [time.perf_counter()]
    grey = to_grey(photo.pixels)
    if photo.prepared:
        whole = Detection(Box(0, 0, photo.width, photo.height), 1.0)
        detections = Detections((whole,) if np.ptp(grey) else ())
    else:
        detections = recogniser.detect(photo, grey)
    marks.append(time.perf_counter())
    images = [
        already_preprocessed(grey) if photo.prepared else recogniser.preprocess(grey, hand)
        for hand in detections.hands
    ]
    marks.append(time.perf_counter())
    hands: Iterable[HandResult] = [
        HandResult(
            hand, photo.in_original_pixels(hand.box), image, recogniser.classify(image.image)
        )
        for hand, image in zip(detections.hands, images, strict=True)
    ]
    marks.append(time.perf_counter())
    if not photo.prepared:
        hands = filter(None, map(recogniser.rescore, hands))
    steps = zip(("find", "prepare", "read"), pairwise(marks), strict=True)
    milliseconds = {step: round((end - start) * 1e3, 3) for step, (start, end) in steps}
    distinct = each_once(
        hands,
        lambda hand: hand.detection.score,
        lambda one, other: is_same_hand(one.detection.box, other.detection.box),
    )
    return Recognition(tuple(distinct), detections.steps, milliseconds)
