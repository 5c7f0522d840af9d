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

from core.errors import UserError
from core.files import write_bytes_atomically, write_text_atomically

MODELS_ROOT = Path(__file__).resolve().parents[1] / "models"
MAX_FILE_BYTES = 40 * 1024 * 1024


class ArtifactError(UserError):
    """What a training left is missing or damaged."""


@dataclass(frozen=True)
class Epoch:
    """One line of a training's history. ``seconds`` is the wall time of training and testing."""

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


@dataclass(frozen=True)
class SeedRun:
    """The outcome of one seed's training.

    ``drawn_accuracy`` is the share of hands on drawn photos that the seed reads right.
    """

    seed: int
    epochs: int
    test_loss: float
    test_accuracy: float
    wrong: int
    drawn_accuracy: float
    seconds: float


@dataclass(frozen=True)
class TrainingData:
    """The dataset a model was trained and tested on."""

    name: str
    origin: str
    rendered: bool
    fingerprint: str
    train_images: int
    test_images: int


@dataclass(frozen=True)
class Card:
    """The facts of a trained model; every one can be recomputed from its files and the dataset.

    Attributes:
        classes: the labels of the outputs, in order.
        confusion_matrix: rows are true classes, columns predicted ones; test images counted.
        temperature: divides the logarithms of the probabilities, so that they are honest.
        drawn_accuracy: share of hands on drawn photos that are read right.
        answered: the share of those that get an answer rather than "not sure".
        answered_precision: the share of right answers among those.
        export_difference: the largest difference between the outputs of Keras and of the exported
            model on ``export_images`` images.
        sha256: of the files beside the card, by file name.
    """

    name: str
    title: str
    target: str
    classes: tuple[str, ...]
    parameters: int
    trainable_parameters: int
    seed: int
    runs: tuple[SeedRun, ...]
    epochs: int
    batch_size: int
    learning_rate: float
    trunk: str | None
    trunk_sha256: str | None
    data: TrainingData
    preparation_version: int
    test_loss: float
    test_accuracy: float
    wrong: int
    confusion_matrix: tuple[tuple[int, ...], ...]
    temperature: float
    drawn_accuracy: float
    answered: float
    answered_precision: float
    export_difference: float
    export_images: int
    versions: dict[str, str]
    machine: str
    created: str
    sha256: dict[str, str]

    def __post_init__(self) -> None:
        if sum(map(sum, self.confusion_matrix)) != self.data.test_images:
            raise ArtifactError(f"The card of '{self.name}' does not count every test image.")
        if not 1 <= self.temperature < 1000:
            raise ArtifactError(f"The card of '{self.name}' has an impossible temperature.")


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
    expected = read_card(name, root).sha256.get(file)
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


def read_card(name: str, root: Path = MODELS_ROOT) -> Card:
    """The card of a trained model.

    Raises:
        ArtifactError: there is none, or it is damaged.
    """
    path = model_folder(name, root) / "card.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["data"] = TrainingData(**content["data"])
        content["runs"] = tuple(SeedRun(**run) for run in content["runs"])
        content["classes"] = tuple(content["classes"])
        content["confusion_matrix"] = tuple(map(tuple, content["confusion_matrix"]))
        return Card(**content)
    except FileNotFoundError as error:
        raise ArtifactError(
            f"The model '{name}' is not trained yet. Train it with: python -m core train {name}"
        ) from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ArtifactError(
            f"The card {path} is damaged ({error}). Restore it with git, or train again: "
            f"python -m core train {name}"
        ) from error


@cache
def cached_card(name: str, root: Path = MODELS_ROOT) -> Card:
    """The card of a trained model, read once a process: for what answers live.

    Raises:
        ArtifactError: there is none, or it is damaged.
    """
    return read_card(name, root)


def write_model(card: Card, files: dict[str, bytes], root: Path = MODELS_ROOT) -> None:
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
