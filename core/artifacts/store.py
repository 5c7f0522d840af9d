"""Reads and writes the files of a trained model in ``models/<name>/``."""

import csv
import hashlib
import io
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from core.artifacts.cards import ArtifactError, Card
from core.artifacts.epoch_records import EpochRecords, from_npz
from core.common import paths
from core.common.files import exchange, write_bytes_atomically, write_text_atomically
from core.common.serialization import NotNegative, Share, decode, encode
from core.zoo import zoo

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

EpochT = TypeVar("EpochT", bound="DataclassInstance")

Version = tuple[tuple[int, int] | None, ...]

MODELS_ROOT = paths.MODELS_ROOT
SERVING_FILE = "serving.tflite"
PREVIOUS = ".previous"
"""Folder of ``models/`` with the version before of each model; not part of the repository."""

MAX_FILE_BYTES = 40 * 1024 * 1024
MAX_CARD_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Epoch:
    """One row of the training history of a model of the article.

    ``seconds`` is the wall time of training and testing, or the CPU time of a fit.
    """

    seed: int
    epoch: int
    train_loss: NotNegative
    train_accuracy: Share
    test_loss: NotNegative
    test_accuracy: Share
    seconds: NotNegative


@dataclass(frozen=True)
class HandEpoch:
    """One row of the training history of a model for any camera; ``loss`` is a batch mean."""

    epoch: int
    loss: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True)
class Mistake:
    """One misclassified image. ``probabilities`` are in the order of the model's classes."""

    file: str
    true: str
    predicted: str
    probabilities: tuple[float, ...]


def model_folder(name: str, root: Path = MODELS_ROOT) -> Path:
    """The folder of a model's files."""
    return root / name


def is_trained(name: str, root: Path = MODELS_ROOT) -> bool:
    """Whether the model was trained and published."""
    return (model_folder(name, root) / "card.json").is_file()


def version_of(name: str, root: Path = MODELS_ROOT) -> Version:
    """What changes whenever a model is published or restored, found without reading a file."""
    return tuple(_stamp(model_folder(name, root) / file) for file in ("card.json", SERVING_FILE))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def sha256_of(content: bytes) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_verified(name: str, file: str, root: Path = MODELS_ROOT) -> bytes:
    """The content of a model's file, verified by the checksum in its card.

    Raises:
        ArtifactError: the file is missing, too large, or does not match the card.
    """
    version = version_of(name, root)
    try:
        return _read_verified(name, file, root)
    except ArtifactError:
        if version == version_of(name, root):
            raise
    # The folder was replaced after its card was read.
    return read_verified(name, file, root)


def _read_verified(name: str, file: str, root: Path) -> bytes:
    path = model_folder(name, root) / file
    expected = read_card(name, root).sha256.get(file)
    advice = f"Restore it with git, or train again: python -m core train {name}"
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ArtifactError(f"The file {path} is too large to be a model of this program.")
        content = path.read_bytes()
    except OSError as error:
        raise ArtifactError(
            f"The file {path} cannot be read ({error.strerror}). {advice}"
        ) from error
    if sha256_of(content) != expected:
        raise ArtifactError(f"The file {path} does not match its card. {advice}")
    return content


def read_card(name: str, root: Path = MODELS_ROOT) -> Card:
    """The card of a trained model.

    Raises:
        ArtifactError: there is none, or it is damaged.
    """
    path = model_folder(name, root) / "card.json"
    try:
        with path.open("rb") as file:
            card = decode(Card, file.read(MAX_CARD_BYTES))
        spec = zoo().get(name)
        if card.name != name or (spec is not None and spec.task != card.task):
            raise ValueError("it is another model's")
        return card
    except FileNotFoundError as error:
        raise ArtifactError(
            f"The model '{name}' is not trained yet. Train it with: python -m core train {name}"
        ) from error
    except (OSError, ValueError) as error:
        raise ArtifactError(
            f"The card {path} is damaged ({error}). Restore it with git, or train again: "
            f"python -m core train {name}"
        ) from error


def write_model(card: Card, files: dict[str, bytes], root: Path = MODELS_ROOT) -> None:
    """Replace a model's folder with a new one, including its card, and keep the one before.

    Raises:
        ValueError: the card holds a value that would be refused when it is read.
        OSError: the disk is full or not writable; the old model stays in place.
    """
    encoded = encode(card)
    decode(Card, encoded.encode())
    folder, previous = model_folder(card.name, root), model_folder(card.name, root / PREVIOUS)
    partial = root / f".{card.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        for name, content in files.items():
            write_bytes_atomically(partial / name, content)
        write_text_atomically(partial / "card.json", encoded)
        if folder.exists():
            exchange(partial, folder)
            shutil.rmtree(previous, ignore_errors=True)
            previous.parent.mkdir(exist_ok=True)
            partial.rename(previous)
        else:
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def roll_back(name: str, root: Path = MODELS_ROOT) -> Card:
    """Exchange a model for the version before, which a second time brings back the newer.

    Raises:
        ArtifactError: there is no version before, or it is damaged; the model stays.
        OSError: the disk is not writable; the model stays.
    """
    if not is_trained(name, root / PREVIOUS):
        raise ArtifactError(f"No version of '{name}' is kept from before the present one.")
    read_verified(name, SERVING_FILE, root / PREVIOUS)
    exchange(model_folder(name, root / PREVIOUS), model_folder(name, root))
    return read_card(name, root)


def history_csv(epochs: "Sequence[DataclassInstance]") -> bytes:
    """The history as CSV, one line per epoch."""
    text = io.StringIO()
    names = [field.name for field in fields(epochs[0])]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(epoch) for epoch in epochs)
    return text.getvalue().encode()


def parse_history(kind: type[EpochT], content: bytes) -> list[EpochT]:
    """The history from its CSV form.

    Raises:
        ValueError: it is damaged.
    """
    rows = csv.DictReader(io.StringIO(content.decode()))
    try:
        return msgspec.convert(list(rows), list[kind], strict=False)  # type: ignore[valid-type]
    except csv.Error as error:
        raise ValueError(str(error)) from error


def read_history(kind: type[EpochT], name: str, root: Path = MODELS_ROOT) -> list[EpochT]:
    """Every epoch of every recorded seed.

    Raises:
        ArtifactError: the file is missing or damaged.
    """
    try:
        return parse_history(kind, read_verified(name, "history.csv", root))
    except ValueError as error:
        raise ArtifactError(f"The history of '{name}' is damaged ({error}).") from error


def mistakes_json(mistakes: Sequence[Mistake]) -> bytes:
    """The misclassified images as JSON."""
    return encode(mistakes).encode()


def read_mistakes(name: str, root: Path = MODELS_ROOT) -> tuple[Mistake, ...]:
    """The misclassified test images of the shipped seed.

    Raises:
        ArtifactError: the file is missing or damaged.
    """
    try:
        return decode(tuple[Mistake, ...], read_verified(name, "mistakes.json", root))
    except ValueError as error:
        raise ArtifactError(f"The mistakes of '{name}' are damaged ({error}).") from error


def read_epoch_records(name: str, root: Path = MODELS_ROOT) -> EpochRecords:
    """The epoch records of the shipped seed.

    Raises:
        ArtifactError: the file is missing or damaged.
    """
    try:
        return from_npz(read_verified(name, "epochs.npz", root))
    except ValueError as error:
        raise ArtifactError(f"The epochs of '{name}' are damaged ({error}).") from error
