"""A photo in, fingers and side out: the way that the page and the command line share."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import artifacts
from core.artifacts import MODELS_ROOT
from core.finding import FoundHand, find_hands
from core.prediction import Prediction, soften
from core.preparation import Prepared, prepare
from core.serving import serve
from core.types import Box, Photo, Step, Uint8Array
from core.zoo import get_spec

DEFAULT_FINGERS_MODEL = "cnn_batch_norm"
DEFAULT_SIDE_MODEL = "hand_side"


@dataclass(frozen=True)
class Reader:
    """The two models that read a prepared image: one for the count, one for the side.

    ``reader_with`` puts another model in the place of one of them.
    """

    fingers_model: str = DEFAULT_FINGERS_MODEL
    side_model: str = DEFAULT_SIDE_MODEL
    root: Path = MODELS_ROOT

    def read(self, image: Uint8Array) -> Prediction:
        """Read one prepared image, (128, 128) uint8.

        Raises:
            UserError: a model is not trained or its file is damaged.
        """
        return Prediction(
            fingers_probabilities=self._probabilities(self.fingers_model, image),
            side_probabilities=self._probabilities(self.side_model, image),
        )

    def _probabilities(self, name: str, image: Uint8Array) -> tuple[float, ...]:
        raw = serve(name, self.root).probabilities(image[None])[0]
        temperature = artifacts.cached_card(name, self.root).temperature
        return tuple(map(float, soften(raw.astype(np.float64), temperature)))


def reader_with(model: str | None, root: Path = MODELS_ROOT) -> Reader:
    """The default models, with ``model`` in the place of the one that answers the same question.

    Raises:
        UserError: the zoo has no such model.
    """
    if model is None:
        return Reader(root=root)
    if get_spec(model).target == "fingers":
        return Reader(fingers_model=model, root=root)
    return Reader(side_model=model, root=root)


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
        hands: surest first; empty where no hand stands out.
        steps: the finder's pictures, for display.
        milliseconds: the time of each step: find, prepare, read.
    """

    hands: tuple[ReadHand, ...]
    steps: tuple[Step, ...]
    milliseconds: dict[str, float]


def recognise(photo: Photo, reader: Reader) -> Recognition:
    """Find the hands of a photo and read each.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    clock = _Clock()
    finding = find_hands(photo)
    clock.stop("find")
    prepared = [prepare(photo, hand) for hand in finding.hands]
    clock.stop("prepare")
    predictions = [reader.read(hand.image) for hand in prepared]
    clock.stop("read")
    boxes = [photo.in_original_pixels(hand.box) for hand in finding.hands]
    hands = tuple(map(ReadHand, finding.hands, boxes, prepared, predictions))
    return Recognition(hands, finding.steps, clock.milliseconds)


class _Clock:
    """Takes the time from each stop to the next."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def stop(self, step: str) -> None:
        now = time.perf_counter()
        self.milliseconds[step] = round((now - self._last) * 1e3, 3)
        self._last = now
