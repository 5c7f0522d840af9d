"""Models whose recorded trainings are made up, and trainings with many seeds, for tests."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.cards import REQUIRED_FILES, Card
from core.artifacts.epoch_records import EpochRecords, to_npz
from core.artifacts.store import Epoch
from core.experiments.records.store import Provenance, write_record
from core.experiments.stability import NetStability, SeedCurve, StabilityRecord

TESTED = 120
"""Test images, as many of each count."""

RIGHT = (18, 60, 84, 96, 120)
"""Of the test images, before training and after each epoch."""

LAST = len(RIGHT) - 1


def epochs_of(seed: int, losses: tuple[float, ...]) -> tuple[Epoch, ...]:
    """A history with these test losses."""
    return tuple(
        Epoch(
            seed=seed,
            epoch=number,
            train_loss=1.5 * loss,
            train_accuracy=0.9,
            test_loss=loss,
            test_accuracy=RIGHT[min(number, LAST)] / TESTED,
            seconds=1.0,
        )
        for number, loss in enumerate(losses, start=1)
    )


def records_of(images: int, side: int) -> EpochRecords:
    """Epochs whose mistakes grow fewer; weights of the first and the last."""
    confusion = np.zeros((len(RIGHT), 6, 6), np.int32)
    for matrix, right in zip(confusion, RIGHT, strict=True):
        np.fill_diagonal(matrix, right // 6)
        matrix[range(6), (np.arange(6) + 1) % 6] = (TESTED - right) // 6
    weights = np.random.default_rng(0).integers(-127, 128, (2, images, side, side)).astype(np.int8)
    return EpochRecords(
        epoch=np.arange(len(RIGHT), dtype=np.int32),
        confusion=confusion,
        weight_epoch=np.array([0, LAST], np.int32),
        weights=weights,
        weight_scale=np.array([0.001, 0.002], np.float32),
    )


def write_replayable(
    root: Path, name: str, title: str, records: EpochRecords | None, epochs: int = LAST
) -> Card:
    """A trained model as ``python -m core train`` leaves it, as far as it is replayed."""
    losses = tuple(1 / 4**number for number in range(epochs))
    history = [*epochs_of(3, losses), *epochs_of(4, losses)]
    files = dict.fromkeys(REQUIRED_FILES, b"")
    files["history.csv"] = artifacts.history_csv(history)
    if records is not None:
        files["epochs.npz"] = to_npz(records)
    card = artifacts.read_card("cnn_batch_norm")
    card = replace(
        card,
        name=name,
        title=title,
        seed=3,
        epochs=epochs,
        dataset=replace(
            card.on_dataset,
            runs=tuple(replace(run, seed=3) for run in card.on_dataset.runs[:1]),
            data=replace(card.on_dataset.data, test_images=TESTED, rendered=True),
            confusion_matrix=tuple(map(tuple, (TESTED // 6 * np.eye(6, dtype=int)).tolist())),
        ),
        sha256={file: artifacts.sha256_of(content) for file, content in files.items()},
    )
    artifacts.write_model(card, files, root)
    return card


def write_all(root: Path) -> None:
    """Two models with records, one without, one that was fitted in one go; and many seeds."""
    card = write_replayable(root, "softmax", "Softmax", records_of(6, 64))
    write_replayable(root, "cnn", "CNN", records_of(64, 4))
    write_replayable(root, "dense_128", "Dense, one layer", None)
    write_replayable(root, "logistic_2000", "Logistic regression", None, epochs=1)
    write_record("stability", stability_of(card), root / "experiments")


def stability_of(card: Card) -> StabilityRecord:
    """Two finished networks, one that is half finished, and one that was not begun."""
    calm, wild = (0.5, 0.05, 0.04, 0.03), (0.5, 0.05, 0.2, 0.02)
    provenance = Provenance(card.on_dataset.data, 0, card.versions, card.machine, card.created)
    return StabilityRecord(
        provenance=provenance,
        seeds=(0, 1),
        nets=(
            net("dense_128_64_32", "Dense, three layers", wild, 2),
            net("dense_batch_norm", "Dense with BatchNorm", calm, 2),
            net("cnn", "CNN", wild, 1),
            net("cnn_batch_norm", "CNN with BatchNorm", calm, 0),
        ),
    )


def net(name: str, title: str, losses: tuple[float, ...], seeds: int) -> NetStability:
    """A network whose seeds differ by a constant factor."""
    curves = tuple(
        SeedCurve(seed, epochs_of(seed, tuple(loss * (1 + seed) for loss in losses)), "a machine")
        for seed in range(seeds)
    )
    return NetStability(name, title, 64, 0.001, len(losses), curves)
