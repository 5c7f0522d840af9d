"""Publishes finished trainings under ``models/``: the best seed's files and a card."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.cards import Card, DatasetFacts, SeedRun, TrainingData
from core.artifacts.epoch_records import to_npz
from core.artifacts.store import Epoch
from core.artifacts.weights import LAYERS_FILE
from core.common.environment import kept_facts, now
from core.common.parallel import all_parts
from core.common.progress import ProgressLine
from core.common.types import CLASSES, PREPROCESSING_VERSION
from core.datasets.store import Dataset
from core.evaluation.calibration import (
    CALIBRATION_PHOTOS,
    Calibration,
    choose_temperature,
    draw_hands,
)
from core.evaluation.metrics import Evaluation, evaluate
from core.evaluation.synthetic_sets import LabelledImages
from core.hands.tflite import ServedNet
from core.inspection.columns import can_be_shown
from core.training.arrays import train_indices
from core.training.export import (
    export_layer_graph,
    export_serving_model,
    largest_difference,
    layers_of,
    quantized_model,
    weights_without_optimizer,
)
from core.training.logistic_regression import fit_seed
from core.training.quantization import packed
from core.training.trainer import (
    RUNS_ROOT,
    TrainedSeed,
    TrainingRun,
    backbone_sha256,
    run_folder,
    train_seed,
)
from core.zoo import ArticleSpec, FitRecipe, ModelSpec, Recipe, RecipeName, recipe_of

if TYPE_CHECKING:
    import keras

EXPORT_IMAGES = 500


@dataclass(frozen=True)
class _Candidate:
    """A finished seed: its exported model, and the results on the test split and on photos."""

    trained: TrainedSeed
    serving: bytes
    evaluation: Evaluation
    calibration: Calibration

    @property
    def run(self) -> SeedRun:
        history = self.trained.history
        return SeedRun(
            seed=history[-1].seed,
            epochs=len(history),
            test_loss=round(self.evaluation.loss, 8),
            test_accuracy=round(self.evaluation.accuracy, 6),
            errors=self.evaluation.errors,
            synthetic_accuracy=round(self.calibration.accuracy, 4),
            seconds=round(sum(epoch.seconds for epoch in history), 1),
        )


def train_and_record(
    spec: ArticleSpec,
    dataset: Dataset,
    seeds: Sequence[int],
    report: Callable[[Epoch], None],
    recipe_name: RecipeName = "article",
    runs_root: Path = RUNS_ROOT,
    models_root: Path = artifacts.MODELS_ROOT,
    calibration_photos: int = CALIBRATION_PHOTOS,
) -> Card:
    """Train every seed, publish the best, and record all of them.

    The best has the fewest test errors and, in a tie, classifies the most synthetic photos
    correctly: on the dataset most seeds are perfect, on photos they differ.

    Raises:
        ArtifactError: the model's backbone is not trained.
        UserError: the model has no such recipe.
        OSError: the disk is full or not writable; the model that was there stays.
    """
    trained = train_all(spec, recipe_name, dataset, seeds, report, runs_root, models_root)
    hands = draw_hands(calibration_photos, ProgressLine("Drawing photos to calibrate on"))
    candidates = [_candidate(spec, dataset, each, hands) for each in trained]
    best = min(candidates, key=lambda each: (each.evaluation.errors, -each.calibration.accuracy))
    images = dataset.images[dataset.indices("test")[:EXPORT_IMAGES]]
    recipe = recipe_of(spec, recipe_name)
    weights = weights_without_optimizer(best.trained.model)
    files = {
        "weights.keras": packed(weights) if spec.quantized_weights else weights,
        "serving.tflite": best.serving,
        "history.csv": artifacts.history_csv([row for each in trained for row in each.history]),
        "mistakes.json": artifacts.mistakes_json(best.evaluation.mistakes),
        "epochs.npz": to_npz(best.trained.records.thinned()),
    }
    return record_model(
        spec,
        best.trained.model,
        files,
        run_folder(spec.name, recipe_name, best.run.seed, runs_root),
        models_root,
        seed=best.run.seed,
        epochs=len(best.trained.history),
        batch_size=recipe.batch_size if isinstance(recipe, Recipe) else None,
        learning_rate=recipe.learning_rate if isinstance(recipe, Recipe) else None,
        dataset=_facts(spec, recipe_name, dataset, best, candidates, models_root),
        photos=None,
        export_difference=largest_difference(best.trained.model, spec, best.serving, images),
        export_images=len(images),
    )


def record_model(
    spec: ModelSpec[Any],
    model: "keras.Model",
    files: dict[str, bytes],
    run_folder: Path,
    models_root: Path,
    **facts: Any,
) -> Card:
    """Write a model's files, and its card with these facts of the training in ``run_folder``.

    Raises:
        TypeError: the card needs other facts.
        OSError: the disk is full or not writable; the model that was there stays.
    """
    machine, versions = kept_facts(run_folder)
    layers = layers_of(model)
    if can_be_shown(layers):
        files = files | {LAYERS_FILE: export_layer_graph(model)}
    card = Card(
        name=spec.name,
        title=spec.title,
        task=spec.task,
        parameters=int(model.count_params()),
        trainable_parameters=sum(int(np.prod(each.shape)) for each in model.trainable_weights),
        layers=layers,
        preprocessing_version=PREPROCESSING_VERSION,
        test_answers=ServedNet(files[artifacts.SERVING_FILE], spec.task).test_answers(),
        versions=versions,
        machine=machine,
        created=now(),
        sha256={name: artifacts.sha256_of(content) for name, content in files.items()},
        **facts,
    )
    artifacts.write_model(card, files, models_root)
    return card


def train_all(
    spec: ArticleSpec,
    recipe_name: RecipeName,
    dataset: Dataset,
    seeds: Sequence[int],
    report: Callable[[Epoch], None],
    runs_root: Path,
    models_root: Path,
) -> tuple[TrainedSeed, ...]:
    """Train every seed to the end of the recipe; see ``train_and_record``."""
    train = partial(_train, spec, recipe_name, dataset, report, runs_root, models_root)
    return all_parts(train, seeds, f"Training {spec.name}")


def _train(
    spec: ArticleSpec,
    recipe_name: RecipeName,
    dataset: Dataset,
    report: Callable[[Epoch], None],
    runs_root: Path,
    models_root: Path,
    seed: int,
) -> TrainedSeed:
    recipe = recipe_of(spec, recipe_name)
    if isinstance(recipe, FitRecipe):
        return fit_seed(spec, recipe, dataset, seed, report)
    run = TrainingRun(spec, recipe, seed, run_folder(spec.name, recipe_name, seed, runs_root))
    return train_seed(run, dataset, report, models_root)


def _candidate(
    spec: ArticleSpec, dataset: Dataset, trained: TrainedSeed, hands: LabelledImages
) -> _Candidate:
    """Measure the exported model, because that is the one the app uses."""
    if spec.quantized_weights:
        trained = replace(trained, model=quantized_model(trained.model))
    serving = export_serving_model(trained.model, spec.quantized_weights)
    served = ServedNet(serving, spec.target)
    progress = ProgressLine(f"Testing seed {trained.history[-1].seed}")
    evaluation = evaluate(served, spec.target, dataset, dataset.indices("test"), progress)
    probabilities = served.probabilities(hands.images).astype(np.float64)
    calibration = choose_temperature(probabilities, hands.classes(spec.target))
    return _Candidate(trained, serving, evaluation, calibration)


def _facts(
    spec: ArticleSpec,
    recipe_name: RecipeName,
    dataset: Dataset,
    best: _Candidate,
    candidates: Sequence[_Candidate],
    models_root: Path,
) -> DatasetFacts:
    recipe = recipe_of(spec, recipe_name)
    return DatasetFacts(
        classes=CLASSES[spec.target],
        runs=tuple(candidate.run for candidate in candidates),
        recipe=recipe_name,
        cosine_decay=isinstance(recipe, Recipe) and recipe.cosine_decay,
        horizontal_flip=isinstance(recipe, Recipe) and recipe.horizontal_flip,
        c=recipe.c if isinstance(recipe, FitRecipe) else None,
        train_images_used=len(train_indices(dataset, recipe.images, best.run.seed)),
        quantized_weights=spec.quantized_weights,
        backbone=spec.backbone,
        backbone_sha256=backbone_sha256(spec, models_root),
        data=TrainingData.of(dataset),
        test_loss=best.run.test_loss,
        test_accuracy=best.run.test_accuracy,
        errors=best.run.errors,
        confusion_matrix=best.evaluation.confusion_matrix,
        temperature=best.calibration.temperature,
        synthetic_accuracy=best.run.synthetic_accuracy,
        answered=round(best.calibration.answered, 4),
        answered_precision=round(best.calibration.precision, 4),
    )


def refresh_layer_graph(name: str, models_root: Path = artifacts.MODELS_ROOT) -> Card:
    """Export a published model's graph of all layers again, from its own weights.

    Raises:
        ArtifactError: the model is not trained, or a file is damaged.
        OSError: the disk is full or not writable; the model stays as it was.
    """
    import keras

    card = artifacts.read_card(name, models_root)
    files = {file: artifacts.read_verified(name, file, models_root) for file in card.sha256}
    path = artifacts.model_folder(name, models_root) / "weights.keras"
    model = keras.models.load_model(path, compile=False, safe_mode=True)
    files[LAYERS_FILE] = export_layer_graph(model)
    sums = {file: artifacts.sha256_of(content) for file, content in files.items()}
    card = replace(card, sha256=sums)
    artifacts.write_model(card, files, models_root)
    return card
