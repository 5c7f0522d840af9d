"""The head as a small JSON file: the features' version, names, weights, and samples as features."""

import base64
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from core.common.errors import UserError
from core.common.serialization import Sha256, Share, decode, encode
from core.common.types import Float16Array
from core.few_shot.learning import Head
from core.few_shot.lesson import (
    MAX_NAME,
    MAX_RECORDINGS,
    MAX_SAMPLES,
    MAX_SIGNS,
    Lesson,
    Recording,
    Sign,
)
from core.zoo.hand_classifier import FEATURES

MAX_BYTES = 4_000_000
"""Of a file; eight signs of thirty samples have 0.1 MB."""

_BYTES = 2 * FEATURES
_MAX_TEXT = 4 * (MAX_SAMPLES * _BYTES // 3 + 1)
_Weight = Annotated[float, Meta(ge=-1e6, le=1e6)]
_Row = Annotated[tuple[_Weight, ...], Meta(min_length=FEATURES, max_length=FEATURES)]
_Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
_Text = Annotated[str, Meta(max_length=_MAX_TEXT)]


class HeadFileError(UserError):
    """A file cannot be opened here."""


@dataclass(frozen=True)
class _SavedSign:
    """A sign with its recordings: each is rows of 128 little-endian float16, in base64."""

    name: _Name
    recordings: Annotated[tuple[_Text, ...], Meta(min_length=1, max_length=MAX_RECORDINGS)]


@dataclass(frozen=True)
class _SavedHead:
    """The file. ``features`` is the checksum of the classifier that gave them."""

    format: Literal["head of signs, version 1"]
    features: Sha256
    names: Annotated[tuple[_Name, ...], Meta(min_length=3, max_length=MAX_SIGNS + 1)]
    threshold: Share
    weights: tuple[_Row, ...]
    biases: tuple[_Weight, ...]
    samples: Annotated[tuple[_SavedSign, ...], Meta(min_length=2, max_length=MAX_SIGNS)]

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.weights) == len(self.biases):
            raise ValueError("it has not one row of weights for each name")
        if self.names != (*(each.name for each in self.samples), NONE):
            raise ValueError("its names are not those of its samples")


NONE = "none of these"


def head_json(head: Head, lesson: Lesson, features: str) -> bytes:
    """The file's content; ``features`` is the version of the frozen layers."""
    saved = _SavedHead(
        format="head of signs, version 1",
        features=features,
        names=(*head.names, NONE),
        threshold=head.threshold,
        weights=tuple(tuple(float(f"{each:.6g}") for each in row) for row in head.weights),
        biases=tuple(float(f"{each:.6g}") for each in head.biases),
        samples=tuple(
            _SavedSign(each.name, tuple(_as_text(one.features) for one in each.recordings))
            for each in lesson.signs
        ),
    )
    return encode(saved).encode()


def open_head(content: bytes, features: str) -> Lesson:
    """The lesson in a file, which is fitted anew: the same samples give the same answers.

    Raises:
        HeadFileError: it is too large, no such file, damaged, or of another version of the
            classifier.
    """
    if len(content) > MAX_BYTES:
        raise HeadFileError(f"This file is larger than {MAX_BYTES // 10**6} MB; no head is.")
    try:
        saved = decode(_SavedHead, content)
    except ValueError as error:
        raise HeadFileError(
            "This is not a file of signs that was saved here, or it is damaged. Open the JSON "
            "file that this page downloads."
        ) from error
    if saved.features != features:
        raise HeadFileError(
            "These signs were taught on another version of the hand classifier, whose features "
            "mean something else. Teach them again here."
        )
    try:
        return _lesson(saved)
    except ValueError as error:
        raise HeadFileError(f"The samples in this file are damaged: {error}.") from error


def _lesson(saved: _SavedHead) -> Lesson:
    number = 0
    signs = []
    for sign in saved.samples:
        recordings = []
        for text in sign.recordings:
            number += 1
            recordings.append(Recording(number, _from_text(text)))
        signs.append(Sign(sign.name, tuple(recordings)))
    return Lesson(tuple(signs))


def _as_text(features: Float16Array) -> str:
    return base64.b64encode(features.astype("<f2").tobytes()).decode()


def _from_text(text: str) -> Float16Array:
    content = base64.b64decode(text, validate=True)
    if not content or len(content) % _BYTES:
        raise ValueError("a recording is cut off")
    return np.frombuffer(content, "<f2").reshape(-1, FEATURES).astype(np.float16)
