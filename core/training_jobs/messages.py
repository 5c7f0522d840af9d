"""What a training tells while it runs: one JSON object a line, checked by whoever reads it."""

import json
from dataclasses import asdict, dataclass

from core.artifacts.store import Epoch
from core.common.serialization import convert

MAX_LINE = 4096
"""Bytes of one line."""

MAX_EPOCHS = 1_000
MAX_BATCHES = 1_000_000


class MessageError(ValueError):
    """A line is not a message of a training."""


@dataclass(frozen=True)
class Drawing:
    """The dataset is being drawn, since there was none: so many images of so many."""

    done: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.done <= self.total or self.total < 1:
            raise ValueError(f"an impossible progress: {self}")


@dataclass(frozen=True)
class Started:
    """A training begins.

    Attributes:
        dataset: its name.
        rendered: whether its images were drawn by this program.
        train_images, test_images: how many it learns from and is tested on.
        epochs: how many there will be.
        batches: of each epoch; none where a model is fitted as a whole.
    """

    dataset: str
    rendered: bool
    train_images: int
    test_images: int
    epochs: int
    batches: int

    def __post_init__(self) -> None:
        if min(self.train_images, self.test_images) < 1:
            raise ValueError("there are no images")
        if not 1 <= self.epochs <= MAX_EPOCHS or not 0 <= self.batches <= MAX_BATCHES:
            raise ValueError(f"an impossible training: {self}")


@dataclass(frozen=True)
class Batch:
    """Where an epoch stands after a batch.

    Attributes:
        epoch, batch: their numbers, from 1.
        loss: in nats, the mean over the batches of this epoch so far.
        accuracy: likewise, 0 to 1.
        seconds: since the training began.
    """

    epoch: int
    batch: int
    loss: float
    accuracy: float
    seconds: float

    def __post_init__(self) -> None:
        if not 1 <= self.epoch <= MAX_EPOCHS or not 1 <= self.batch <= MAX_BATCHES:
            raise ValueError(f"an impossible batch: {self}")
        if not 0 <= self.accuracy <= 1 or min(self.loss, self.seconds) < 0:
            raise ValueError(f"impossible figures: {self}")


@dataclass(frozen=True)
class EpochDone:
    """An epoch ended, and the test images were read."""

    figures: Epoch

    def __post_init__(self) -> None:
        each = self.figures
        if not 1 <= each.epoch <= MAX_EPOCHS or min(each.train_loss, each.test_loss) < 0:
            raise ValueError(f"an impossible epoch: {self}")
        if not (0 <= each.train_accuracy <= 1 and 0 <= each.test_accuracy <= 1):
            raise ValueError(f"an accuracy is 0 to 1: {self}")


@dataclass(frozen=True)
class Learned:
    """The training ended.

    Attributes:
        confusion: rows are true classes, columns answers; test images counted.
    """

    confusion: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        size = len(self.confusion)
        if not 2 <= size <= 10 or {len(row) for row in self.confusion} != {size}:
            raise ValueError("not a confusion matrix")
        if min(map(min, self.confusion)) < 0 or self.images < 1:
            raise ValueError("a confusion matrix counts images")

    @property
    def images(self) -> int:
        """How many test images were read."""
        return sum(map(sum, self.confusion))

    @property
    def errors(self) -> int:
        """How many of them wrongly."""
        return self.images - sum(row[line] for line, row in enumerate(self.confusion))


@dataclass(frozen=True)
class Refused:
    """The training cannot be done; why, for people."""

    reason: str


Message = Drawing | Started | Batch | EpochDone | Learned | Refused

_KINDS: dict[str, type[Message]] = {
    "drawing": Drawing,
    "started": Started,
    "batch": Batch,
    "epoch": EpochDone,
    "learned": Learned,
    "refused": Refused,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def as_line(message: Message) -> bytes:
    """A message as one line, its end included.

    Raises:
        ValueError: a number of it is not finite.
    """
    content = {"kind": _NAMES[type(message)]} | asdict(message)
    return json.dumps(content, allow_nan=False).encode() + b"\n"


def from_line(line: bytes) -> Message:
    """The message of a line, without its end.

    Raises:
        MessageError: it is not one, or it is too long.
    """
    if len(line) > MAX_LINE:
        raise MessageError(f"a line of {len(line):,} bytes")
    try:
        content = json.loads(line)
        return convert(_KINDS[content.pop("kind")], content)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise MessageError(f"not a message: {line[:80]!r} ({error})") from error
