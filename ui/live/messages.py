"""What the browser sends of the live camera, checked: it may send anything."""

import base64
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from core.common.serialization import convert
from core.live.game import Round
from core.live.trial_log import Trial

MAX_FRAME = 400_000
"""Characters of a frame as text; the browser's own have about 20,000."""

MAX_RESULTS = 12
"""Rounds, and trials, that one message tells of; the browser sends more with the next ones."""

JPEG_HEAD = "data:image/jpeg;base64,"

_Number = Annotated[int, Meta(ge=1, lt=2**53)]


@dataclass(frozen=True)
class FinishedRound:
    """A round that the browser judged; it numbers its results, and its games likewise."""

    number: _Number
    game: _Number
    round: Round


@dataclass(frozen=True)
class FinishedTrial:
    """A trial that the browser judged, by its number among all results."""

    number: _Number
    trial: Trial


@dataclass(frozen=True)
class _FrameMessage:
    """What ``main.js`` sends; ``taken`` is in milliseconds.

    It has the picture where it is to be read here, and results until they are confirmed.
    """

    sequence: _Number
    taken: Annotated[float, Meta(ge=0, lt=2**53)]
    jpeg: Any = None
    rounds: Annotated[tuple[FinishedRound, ...], Meta(max_length=MAX_RESULTS)] = ()
    trials: Annotated[tuple[FinishedTrial, ...], Meta(max_length=MAX_RESULTS)] = ()


@dataclass(frozen=True)
class Frame:
    """One checked message: when it was sent, in seconds of the browser's clock, and what it holds.

    It has a picture, in JPEG and not yet decoded, or only results, or neither.
    """

    sequence: int
    taken: float
    jpeg: bytes | None
    is_read_here: bool
    rounds: tuple[FinishedRound, ...] = ()
    trials: tuple[FinishedTrial, ...] = ()


def checked_frame(message: object) -> Frame | None:
    """A frame from what the browser sent, which may be anything; None if it is not a frame."""
    try:
        sent = convert(_FrameMessage, message)
    except ValueError:
        return None
    is_read_here = sent.jpeg is not None or not (sent.rounds or sent.trials)
    jpeg = jpeg_of(sent.jpeg)
    return Frame(sent.sequence, sent.taken / 1e3, jpeg, is_read_here, sent.rounds, sent.trials)


def jpeg_of(sent: object) -> bytes | None:
    """The picture in a data URL that the browser sent; None if it is none, or too long."""
    if not isinstance(sent, str) or not sent.startswith(JPEG_HEAD) or len(sent) > MAX_FRAME:
        return None
    try:
        return base64.b64decode(sent[len(JPEG_HEAD) :], validate=True)
    except ValueError:
        return None
