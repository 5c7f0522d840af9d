"""The messages of a running training: small JSON objects, validated by the receiver."""

from dataclasses import asdict, dataclass
from typing import Any, get_args

from core.artifacts.store import Epoch
from core.common.metrics import error_count
from core.common.serialization import (
    AtLeastOne,
    Count,
    NotNegative,
    Share,
    convert,
    decode,
    encode,
)

MAX_MESSAGE_BYTES = 4000


class MessageError(ValueError):
    """The received data is not a message of a training."""


@dataclass(frozen=True)
class Rendering:
    """The dataset is being rendered, because there was none: progress in images."""

    done: Count
    total: AtLeastOne

    def __post_init__(self) -> None:
        if self.done > self.total:
            raise ValueError(f"an impossible progress: {self}")


@dataclass(frozen=True)
class Started:
    """A training begins; its images may be rendered. A fitted model has no batches in an epoch."""

    rendered: bool
    train_images: int
    test_images: int
    epochs: int
    batches: int


@dataclass(frozen=True)
class BatchProgress:
    """An epoch after a batch, both counted from 1, so many seconds after the training began.

    The loss, to base e, and the accuracy are means over this epoch's batches so far.
    """

    epoch: int
    batch: int
    loss: NotNegative
    accuracy: Share
    seconds: NotNegative


@dataclass(frozen=True)
class Finished:
    """The training has finished; only the export remains.

    Rows of the test images' confusion matrix are true classes, columns predicted ones.
    """

    confusion: tuple[tuple[Count, ...], ...]

    def __post_init__(self) -> None:
        size = len(self.confusion)
        if not 2 <= size <= 10 or {len(row) for row in self.confusion} != {size}:
            raise ValueError("not a confusion matrix")
        if self.images < 1:
            raise ValueError("a confusion matrix counts images")

    @property
    def images(self) -> int:
        """Number of test images."""
        return sum(map(sum, self.confusion))

    @property
    def errors(self) -> int:
        """Number of misclassified test images."""
        return error_count(self.confusion)


@dataclass(frozen=True)
class Failed:
    """The training failed, for a reason that visitors are shown."""

    reason: str


# An epoch is reported after its test.
Message = Rendering | Started | BatchProgress | Epoch | Finished | Failed

_KINDS: dict[str, type[Message]] = {kind.__name__: kind for kind in get_args(Message)}


def encoded(message: Message) -> bytes:
    """A message as JSON.

    Raises:
        ValueError: a number in it is not finite.
    """
    return encode({"kind": type(message).__name__} | asdict(message)).encode()


def decoded(data: bytes) -> Message:
    """Decode a message.

    Raises:
        MessageError: it is not one.
    """
    try:
        content = decode(dict[str, Any], data)
        return convert(_KINDS[content.pop("kind")], content)
    except (ValueError, TypeError, KeyError) as error:
        raise MessageError(f"not a message: {data[:80]!r} ({error})") from error
