"""A photo in, fingers and side out: the way that the page and the command line share."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from core import artifacts
from core.artifacts import MODELS_ROOT
from core.field.finder import HandFinder, load_finder
from core.field.finder_answers import SAME_HAND_OVERLAP, overlap
from core.field.judging import HandCalibration
from core.field.reader import HandReader, load_reader
from core.field.reading import ReaderCalibration, as_prediction
from core.finding import Finding, FoundHand, find_hands
from core.photos import to_grey
from core.prediction import Prediction, soften
from core.preparation import Prepared, prepare, prepare_square
from core.serving import serve
from core.types import Box, Photo, Step, Uint8Array
from core.zoo import get_spec

DEFAULT_FINGERS_MODEL = "cnn_batch_norm"
DEFAULT_SIDE_MODEL = "hand_side"
MOST_HANDS = 4
FINDER = "finder"
READER = "reader"


class Recogniser(Protocol):
    """Finds, prepares and reads hands, each step with the models it was made with."""

    @property
    def models(self) -> tuple[str, ...]:
        """The names of its models."""

    def find(self, photo: Photo) -> Finding:
        """What may be the hands of a photo, surest first."""

    def prepare(self, photo: Photo, hand: FoundHand) -> Prepared:
        """The image of one hand that the models read."""

    def read(self, image: Uint8Array) -> Prediction:
        """What a prepared image, (128, 128) uint8, shows."""

    def judge(self, hand: "ReadHand") -> "ReadHand | None":
        """The hand with how sure it is one, or None: then it is not reported."""


@dataclass(frozen=True)
class LabRecogniser:
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

    def find(self, photo: Photo) -> Finding:
        """The one hand that stands out, or none."""
        return find_hands(photo)

    def prepare(self, photo: Photo, hand: FoundHand) -> Prepared:
        """The hand in the look of the dataset."""
        return prepare(photo, hand)

    def read(self, image: Uint8Array) -> Prediction:
        """Read one prepared image, (128, 128) uint8.

        Raises:
            UserError: a model is not trained or its file is damaged.
        """
        return Prediction(
            fingers_probabilities=self._probabilities(self.fingers_model, image),
            side_probabilities=self._probabilities(self.side_model, image),
        )

    def judge(self, hand: "ReadHand") -> "ReadHand | None":
        """Whatever was found is a hand to these models."""
        return hand

    def _probabilities(self, name: str, image: Uint8Array) -> tuple[float, ...]:
        raw = serve(name, self.root).probabilities(image[None])[0]
        temperature = artifacts.cached_card(name, self.root).temperature
        return tuple(map(float, soften(raw.astype(np.float64), temperature)))


@dataclass(frozen=True)
class FieldRecogniser:
    """The finder and the reader that were trained for any camera."""

    finder: HandFinder
    reader: HandReader
    calibration: ReaderCalibration
    hands: HandCalibration

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the two models."""
        return (FINDER, READER)

    def find(self, photo: Photo) -> Finding:
        """Up to four places: what the finder proposes and the reader does not refuse at once."""
        proposed = self.finder.find(photo)
        if photo.prepared:
            return proposed
        grey = to_grey(photo.pixels)
        hands = []
        for hand in proposed.hands:
            look = self.reader.look(grey, hand.box)
            score = self.hands.at_first_look(hand.score, look.hand)
            if score >= self.hands.look:
                hands.append(FoundHand(look.box, score))
        return Finding(apart(hands)[:MOST_HANDS], proposed.steps)

    def prepare(self, photo: Photo, hand: FoundHand) -> Prepared:
        """The square around the hand."""
        return prepare_square(photo, hand)

    def read(self, image: Uint8Array) -> Prediction:
        """Read one prepared image, (128, 128) uint8."""
        return as_prediction(self.reader.answer(image), self.calibration)

    def judge(self, hand: "ReadHand") -> "ReadHand | None":
        """A hand is what the finder and both looks of the reader together take for one."""
        details = hand.prediction.details
        assert details is not None
        score = self.hands.after_reading(hand.found.score, details.hand)
        if score < self.hands.hand:
            return None
        return replace(hand, found=replace(hand.found, score=score))


def apart(hands: Sequence[FoundHand]) -> tuple[FoundHand, ...]:
    """The hands, surest first, each place only once."""
    kept: list[FoundHand] = []
    for hand in sorted(hands, key=lambda each: -each.score):
        if all(overlap(hand.box, other.box) < SAME_HAND_OVERLAP for other in kept):
            kept.append(hand)
    return tuple(kept)


def field_recogniser(root: Path = MODELS_ROOT) -> FieldRecogniser:
    """The two models that answer by default, loaded from their files.

    Raises:
        UserError: one is not trained, or its file is damaged.
    """
    threshold = artifacts.read_field_card(FINDER, root).thresholds["hand"]
    reader = load_reader(artifacts.read_verified(READER, "serving.tflite", root))
    card = artifacts.read_field_card(READER, root)
    return FieldRecogniser(
        trained_finder(threshold, root),
        reader,
        ReaderCalibration.of(card),
        HandCalibration.of(card),
    )


def trained_finder(threshold: float, root: Path = MODELS_ROOT) -> HandFinder:
    """The finder from its file, with a threshold of one's own.

    Raises:
        UserError: it is not trained, or its file is damaged.
    """
    return load_finder(artifacts.read_verified(FINDER, "serving.tflite", root), threshold)


def recogniser_with(model: str | None, root: Path = MODELS_ROOT) -> Recogniser:
    """What answers by default, or the article's models with ``model`` among them.

    Raises:
        UserError: the zoo has no such model, or the default's are not trained.
    """
    if model in (None, FINDER, READER):
        return field_recogniser(root)
    if get_spec(model).target == "fingers":
        return LabRecogniser(fingers_model=model, root=root)
    return LabRecogniser(side_model=model, root=root)


@dataclass(frozen=True)
class ReadHand:
    """One hand of a photo: where it is, what the model saw, and what it said.

    Attributes:
        found: the hand, in pixels of the photo as it was decoded.
        box: around the hand, in pixels of the upright original.
        prepared: what the models saw.
        prediction: what they said.
    """

    found: FoundHand
    box: Box
    prepared: Prepared
    prediction: Prediction


@dataclass(frozen=True)
class Recognition:
    """All that was found in a photo.

    Attributes:
        hands: surest first; empty where there is no hand.
        steps: the finder's pictures, for display.
        milliseconds: the time of each step: find, prepare, read.
    """

    hands: tuple[ReadHand, ...]
    steps: tuple[Step, ...]
    milliseconds: dict[str, float]


def recognise(photo: Photo, recogniser: Recogniser) -> Recognition:
    """Find the hands of a photo and read each.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    clock = _Clock()
    finding = recogniser.find(photo)
    clock.stop("find")
    prepared = [recogniser.prepare(photo, hand) for hand in finding.hands]
    clock.stop("prepare")
    predictions = [recogniser.read(hand.image) for hand in prepared]
    clock.stop("read")
    read = [
        ReadHand(found, photo.in_original_pixels(found.box), image, prediction)
        for found, image, prediction in zip(finding.hands, prepared, predictions, strict=True)
    ]
    judged = read if photo.prepared else [recogniser.judge(hand) for hand in read]
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
