"""The messages of a running training: small JSON objects, validated by the receiver."""

from dataclasses import asdict, dataclass
from typing import Any, get_args

from core.artifacts.store import Epoch
from core.common.metrics import ConfusionMatrix, error_count
from core.common.serialization import convert, decode, encode

MAX_MESSAGE_BYTES = 4000


class MessageError(ValueError):
    """The received data is not a message of a training."""


@dataclass(frozen=True)
class Rendering:
    """The dataset is being rendered, because there was none: progress in images."""

    done: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.done <= self.total or self.total < 1:
            raise ValueError(f"an impossible progress: {self}")


@dataclass(frozen=True)
class Started:
    """A training begins.

    Attributes:
        rendered: whether its images are synthetic.
        train_images, test_images: number of images for training and testing.
        epochs: number of epochs.
        batches: per epoch; 0 if the model is fitted.
    """

    rendered: bool
    train_images: int
    test_images: int
    epochs: int
    batches: int


@dataclass(frozen=True)
class BatchProgress:
    """The state of an epoch after a batch.

    Attributes:
        epoch, batch: counted from 1.
        loss: mean cross-entropy over this epoch's batches so far.
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
    """The training has finished; only the export remains.

    Attributes:
        confusion: of the test images; rows are true classes, columns predicted ones.
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
