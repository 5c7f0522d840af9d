"""What a training keeps to go on from, without a model of Keras."""

import fcntl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.artifacts.store import HandEpoch
from core.training.checkpoints import Checkpoints
from core.zoo import HandRecipe, Recipe


@dataclass(frozen=True)
class Settings:
    seed: int
    cycles: tuple[int, ...] = (3, 4)


class Model:
    def save(self, path: Path) -> None:
        path.write_bytes(b"weights")


def kept(folder: Path, seed: int = 0) -> Checkpoints[HandEpoch]:
    return Checkpoints(folder, HandEpoch, Settings(seed))


def train(checkpoints: Checkpoints[HandEpoch], epochs: int) -> list[HandEpoch]:
    model: Any = Model()
    history = checkpoints.history()
    if not history:
        checkpoints.start_over()
    for number in range(len(history) + 1, epochs + 1):
        history.append(HandEpoch(number, 1 / 3 / number, 2e-7, 1.5))
        checkpoints.save(model, history, {"records": bytes([number])})
    return history


def test_a_training_resumes_with_exactly_the_same_history(tmp_path: Path) -> None:
    assert kept(tmp_path).history() == []
    history = train(kept(tmp_path), 2)
    assert kept(tmp_path).history() == history
    assert train(kept(tmp_path), 3)[:2] == history
    assert [path.name for path in tmp_path.glob("epoch-*")] == ["epoch-003.keras"]
    assert (tmp_path / "records").read_bytes() == b"\x03"


def test_other_settings_start_over_with_new_weights(tmp_path: Path) -> None:
    train(kept(tmp_path), 3)
    other = kept(tmp_path, seed=1)
    assert other.history() == []
    # Interrupted within its first epoch, it has nothing yet.
    other.start_over()
    assert kept(tmp_path, seed=1).history() == []
    assert not list(tmp_path.glob("epoch-*"))


def test_a_second_training_in_the_folder_waits_for_the_first(tmp_path: Path) -> None:
    with (
        kept(tmp_path / "run").locked(),
        (tmp_path / "run" / "lock").open() as second,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with kept(tmp_path / "run").locked():
        pass


@pytest.mark.parametrize("file", ["settings.json", "history.csv", "epoch-002.keras"])
@pytest.mark.parametrize("damage", [None, b"", b"{", b"\xff\xfe"])
def test_a_damaged_or_missing_file_starts_over(
    tmp_path: Path, file: str, damage: bytes | None
) -> None:
    train(kept(tmp_path), 2)
    (tmp_path / file).unlink()
    if damage is not None and not file.endswith("keras"):
        (tmp_path / file).write_bytes(damage)
    assert kept(tmp_path).history() == []


def test_one_schedule_serves_both_trainers() -> None:
    article = Recipe(10, 8, learning_rate=0.002, cosine_decay=True)
    rates = [article.learning_rate_at(epoch) for epoch in range(1, 11)]
    assert rates[0] == 0.002
    assert rates[5] == pytest.approx(0.001)
    assert rates == sorted(rates, reverse=True)
    assert Recipe(10, 8, learning_rate=0.002).learning_rate_at(9) == 0.002
    hand = HandRecipe((11,), 64, 16, 0.002, 0.02, 1)
    assert hand.learning_rate_at(0.5) == pytest.approx(0.001)
    assert hand.learning_rate_at(1) == 0.002
    assert hand.learning_rate_at(6) == pytest.approx(0.002 * (0.01 + 0.99 / 2))
    assert hand.learning_rate_at(11) == pytest.approx(0.00002)
