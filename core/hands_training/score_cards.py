"""Writes the hand models' scores into their cards."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.artifacts import store as artifacts
from core.artifacts.photo_facts import DomainComparison, MetricScore


def record_scores(
    name: str,
    scores: Sequence[MetricScore],
    mistakes: Sequence[artifacts.Mistake],
    comparison: Sequence[DomainComparison],
    models_root: Path = artifacts.MODELS_ROOT,
) -> None:
    """Write the scores into a model's card, and the misclassified photos beside it.

    Raises:
        ArtifactError: the model is not trained.
        OSError: the disk is full or not writable; the model that was there stays.
    """
    card = artifacts.read_card(name, models_root)
    kept = [file for file in card.sha256 if file != "mistakes.json"]
    files = {file: artifacts.read_verified(name, file, models_root) for file in kept}
    files["mistakes.json"] = artifacts.mistakes_json(mistakes)
    sums = {file: artifacts.sha256_of(content) for file, content in files.items()}
    measured = replace(card.on_photos, scores=tuple(scores), comparison=tuple(comparison))
    artifacts.write_model(replace(card, photos=measured, sha256=sums), files, models_root)
