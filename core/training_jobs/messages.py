"""What a training reports while it runs: small JSON objects, checked by whoever receives them."""

import json
from dataclasses import asdict, dataclass
from typing import get_args

from core.artifacts.store import Epoch
from core.common.metrics import ConfusionMatrix, error_count
from core.common.serialization import parsed

MAX_MESSAGE_BYTES = 4000


class MessageError(ValueError):
    """What was received is not a message of a training."""


@dataclass(frozen=True)
class Rendering:
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
        rendered: whether its images were drawn by this program.
        train_images, test_images: how many it learns from and is tested on.
        epochs: how many there will be.
        batches: of each epoch; none where a model is fitted as a whole.
    """

    rendered: bool
    train_images: int
    test_images: int
    epochs: int
    batches: int


@dataclass(frozen=True)
class BatchProgress:
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
        if not 0 <= self.accuracy <= 1 or min(self.loss, self.seconds) < 0:
            raise ValueError(f"impossible figures: {self}")


@dataclass(frozen=True)
class Finished:
    """The training ended; what is left is to export the model.

    Attributes:
        confusion: rows are true classes, columns answers; test images counted.
    """

    confusion: ConfusionMatrix

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
        return error_count(self.confusion)


@dataclass(frozen=True)
class Failed:
    """The training cannot be done, for a reason that people are told."""

    reason: str


# An epoch is reported when it has ended and the test images were read.
Message = Rendering | Started | BatchProgress | Epoch | Finished | Failed

_KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in get_args(Message)}


def encoded(message: Message) -> bytes:
    """A message as JSON.

    Raises:
        ValueError: a number of it is not finite.
    """
    content = {"kind": type(message).__name__} | asdict(message)
    return json.dumps(content, allow_nan=False).encode()


def decoded(data: bytes) -> Message:
    """The message that was encoded.

    Raises:
        MessageError: it is not one.
    """
    try:
        content = json.loads(data)
        return parsed(_KINDS[content.pop("kind")], content)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise MessageError(f"not a message: {data[:80]!r} ({error})") from error
