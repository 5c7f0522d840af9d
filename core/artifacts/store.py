"""The one reader and writer of ``models/<name>/``: what a training left."""

import csv
import hashlib
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from core.artifacts.cards import (
    ArtifactError,
    Card,
    DomainComparison,
    HandModelCard,
    MetricScore,
    PhotoTrainingData,
    SeedRun,
    TrainingData,
)
from core.artifacts.epoch_records import EpochRecords, from_npz
from core.common import paths
from core.common.files import write_bytes_atomically, write_text_atomically

MODELS_ROOT = paths.MODELS_ROOT
MAX_FILE_BYTES = 40 * 1024 * 1024


@dataclass(frozen=True)
class Epoch:
    """One line of a training's history.

    ``seconds`` is the wall time of training and testing; of a fit, the processor time of fitting.
    """

    seed: int
    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float


@dataclass(frozen=True)
class Mistake:
    """One misclassified image. ``probabilities`` are in the order of the model's classes."""

    file: str
    true: str
    predicted: str
    probabilities: tuple[float, ...]


def model_folder(name: str, root: Path = MODELS_ROOT) -> Path:
    """Where a model's files are."""
    return root / name


def is_trained(name: str, root: Path = MODELS_ROOT) -> bool:
    """Whether a training of the model was finished and recorded."""
    return (model_folder(name, root) / "card.json").is_file()


def weights_path(name: str, root: Path = MODELS_ROOT) -> Path:
    """The ``.keras`` file, without optimizer state."""
    return model_folder(name, root) / "weights.keras"


def sha256_of(content: bytes) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_verified(name: str, file: str, root: Path = MODELS_ROOT) -> bytes:
    """The content of a model's file, checked against the sum in its card.

    Raises:
        ArtifactError: the file is missing, too large, or not the one the card describes.
    """
    path = model_folder(name, root) / file
    expected = _read_facts(name, root).get("sha256", {}).get(file)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ArtifactError(f"The file {path} is too large to be a model of this program.")
        content = path.read_bytes()
    except OSError as error:
        raise ArtifactError(
            f"The file {path} cannot be read ({error.strerror}). Restore it with git, or train "
            f"again: python -m core train {name}"
        ) from error
    if sha256_of(content) != expected:
        raise ArtifactError(
            f"The file {path} is not the one its card describes. Restore it with git, or train "
            f"again: python -m core train {name}"
        )
    return content


def _read_facts(name: str, root: Path) -> dict[str, Any]:
    """The content of a card, not yet checked."""
    path = model_folder(name, root) / "card.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or not isinstance(content.get("sha256"), dict):
            raise ValueError("it names no files")
    except FileNotFoundError as error:
        raise ArtifactError(
            f"The model '{name}' is not trained yet. Train it with: python -m core train {name}"
        ) from error
    except (OSError, ValueError) as error:
        raise _damaged(name, root, error) from error
    return content


def _damaged(name: str, root: Path, error: Exception) -> ArtifactError:
    return ArtifactError(
        f"The card {model_folder(name, root) / 'card.json'} is damaged ({error}). Restore it with "
        f"git, or train again: python -m core train {name}"
    )


def read_card(name: str, root: Path = MODELS_ROOT) -> Card:
    """The card of a trained model of the article.

    Raises:
        ArtifactError: there is none, or it is damaged.
    """
    content = _read_facts(name, root)
    try:
        content["data"] = TrainingData(**content["data"])
        content["runs"] = tuple(SeedRun(**run) for run in content["runs"])
        content["classes"] = tuple(content["classes"])
        content["confusion_matrix"] = tuple(map(tuple, content["confusion_matrix"]))
        return Card(**content)
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(name, root, error) from error


def read_hand_card(name: str, root: Path = MODELS_ROOT) -> HandModelCard:
    """The card of a trained model for any camera.

    Raises:
        ArtifactError: there is none, or it is damaged.
    """
    content = _read_facts(name, root)
    try:
        content["data"] = PhotoTrainingData(**content["data"])
        content["scores"] = tuple(MetricScore(**score) for score in content["scores"])
        content["comparison"] = tuple(DomainComparison(**row) for row in content["comparison"])
        return HandModelCard(**content)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(name, root, error) from error


@cache
def cached_card(name: str, root: Path = MODELS_ROOT) -> Card:
    """The card of a trained model, read once a process: for what answers live.

    Raises:
        ArtifactError: there is none, or it is damaged.
    """
    return read_card(name, root)


@cache
def cached_hand_card(name: str, root: Path = MODELS_ROOT) -> HandModelCard:
    """The card of a model for any camera, read once a process: for what answers live.

    Raises:
        ArtifactError: there is none, or it is damaged.
    """
    return read_hand_card(name, root)


def write_model(
    card: Card | HandModelCard, files: dict[str, bytes], root: Path = MODELS_ROOT
) -> None:
    """Replace a model's folder by a new one, complete with its card.

    Raises:
        OSError: the disk is full or not writable; the model that was there stays.
    """
    folder = model_folder(card.name, root)
    partial, replaced = root / f".{card.name}.partial", root / f".{card.name}.replaced"
    for leftover in (partial, replaced):
        shutil.rmtree(leftover, ignore_errors=True)
    text = json.dumps(asdict(card), indent=1, ensure_ascii=False)
    try:
        for name, content in files.items():
            write_bytes_atomically(partial / name, content)
        write_text_atomically(partial / "card.json", text + "\n")
        if folder.exists():
            folder.rename(replaced)
        partial.rename(folder)
    except OSError:
        if replaced.exists() and not folder.exists():
            replaced.rename(folder)
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(replaced, ignore_errors=True)


def history_csv(epochs: Sequence[Epoch]) -> bytes:
    """The history as CSV, one line an epoch."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Epoch)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(epoch) for epoch in epochs)
    return text.getvalue().encode()


def parse_history(content: bytes) -> list[Epoch]:
    """The history from its CSV form.

    Raises:
        ValueError, KeyError: it is damaged.
    """
    return [
        Epoch(
            seed=int(row["seed"]),
            epoch=int(row["epoch"]),
            train_loss=float(row["train_loss"]),
            train_accuracy=float(row["train_accuracy"]),
            test_loss=float(row["test_loss"]),
            test_accuracy=float(row["test_accuracy"]),
            seconds=float(row["seconds"]),
        )
        for row in csv.DictReader(io.StringIO(content.decode()))
    ]


def read_history(name: str, root: Path = MODELS_ROOT) -> list[Epoch]:
    """Every epoch of every recorded seed.

    Raises:
        ArtifactError: the file is missing or damaged.
    """
    try:
        return parse_history(read_verified(name, "history.csv", root))
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"The history of '{name}' is damaged ({error}).") from error


def read_seconds(name: str, root: Path = MODELS_ROOT) -> float:
    """How long the shipped training of a model for any camera took, in seconds.

    Raises:
        ArtifactError: its history is missing or damaged.
    """
    try:
        rows = csv.DictReader(io.StringIO(read_verified(name, "history.csv", root).decode()))
        return sum(float(row["seconds"]) for row in rows)
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"The history of '{name}' is damaged ({error}).") from error


def mistakes_json(mistakes: Sequence[Mistake]) -> bytes:
    """The misclassified images as JSON."""
    return (json.dumps([asdict(mistake) for mistake in mistakes], indent=1) + "\n").encode()


def read_mistakes(name: str, root: Path = MODELS_ROOT) -> list[Mistake]:
    """The misclassified test images of the shipped seed.

    Raises:
        ArtifactError: the file is missing or damaged.
    """
    try:
        rows = json.loads(read_verified(name, "mistakes.json", root))
        return [Mistake(**row | {"probabilities": tuple(row["probabilities"])}) for row in rows]
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"The mistakes of '{name}' are damaged ({error}).") from error


def read_epoch_records(name: str, root: Path = MODELS_ROOT) -> EpochRecords:
    """What was recorded of each epoch of the shipped seed.

    Raises:
        ArtifactError: the file is missing or damaged.
    """
    try:
        return from_npz(read_verified(name, "epochs.npz", root))
    except ValueError as error:
        raise ArtifactError(f"The epochs of '{name}' are damaged ({error}).") from error
