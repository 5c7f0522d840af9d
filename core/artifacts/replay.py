"""The recorded epochs of the article's models, for pages that replay a training."""

from dataclasses import dataclass
from pathlib import Path

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError, Card
from core.artifacts.epoch_records import EpochRecords
from core.artifacts.store import MODELS_ROOT, Epoch
from core.zoo import article_specs


@dataclass(frozen=True)
class Replay:
    """The training of a model's shipped seed: its epochs from the first, and records if kept."""

    card: Card
    history: tuple[Epoch, ...]
    records: EpochRecords | None

    def __post_init__(self) -> None:
        if [each.epoch for each in self.history] != list(range(1, len(self.history) + 1)):
            raise ArtifactError(f"The history of '{self.card.name}' does not have every epoch.")
        classes = len(self.card.on_dataset.classes)
        shape = (len(self.history) + 1, classes, classes)
        if self.records is not None and self.records.confusion.shape != shape:
            raise ArtifactError(
                f"The epoch records of '{self.card.name}' do not match its history."
            )


def recorded(root: Path = MODELS_ROOT) -> tuple[list[Card], list[Card]]:
    """The cards of the article's models that were trained over epochs, and of those fitted at once.

    Raises:
        ArtifactError: a card is damaged.
    """
    names = [name for name in article_specs() if artifacts.is_trained(name, root)]
    cards = [artifacts.read_card(name, root) for name in names]
    return [card for card in cards if card.epochs > 1], [card for card in cards if card.epochs == 1]


def replay_of(card: Card, root: Path = MODELS_ROOT) -> Replay:
    """The recorded training of a model's shipped seed.

    Raises:
        ArtifactError: the records are missing, damaged or inconsistent.
    """
    epochs = artifacts.read_history(Epoch, card.name, root)
    history = sorted((each for each in epochs if each.seed == card.seed), key=lambda e: e.epoch)
    kept = "epochs.npz" in card.sha256
    records = artifacts.read_epoch_records(card.name, root) if kept else None
    return Replay(card, tuple(history), records)
