"""Publishes a finished hand model under ``models/``: its files and its card."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.cards import Card
from core.artifacts.photo_facts import (
    ClassifierCalibration,
    EarlierTraining,
    PhotoFacts,
    PhotoTrainingData,
    ScoreFusion,
)
from core.common.types import Box, Float32Array
from core.hands.classifier import (
    BACK,
    LANDMARKS,
    RIGHT,
    HandClassifier,
    count_log_probabilities,
    sigmoid,
)
from core.hands.detector import decode_proposals
from core.hands.pipeline import HAND_DETECTOR, trained_detector
from core.hands.postprocessing import UNFITTED_FUSION
from core.hands.tflite import ServedNet
from core.hands_training.calibration import (
    PROPOSAL_THRESHOLD,
    calibrate_classifier,
    collect_scores,
    fit_fusion,
)
from core.hands_training.photo_pack import Pack
from core.hands_training.synthetic_frames import RENDERING_VERSION, draw_frame
from core.hands_training.test_sets import TestSets
from core.images.decoding import to_grey
from core.images.geometry import crop, letterbox, square_around
from core.training.export import (
    checked_difference,
    export_serving_model,
    folded_in_16_bits,
    weights_without_optimizer,
)
from core.training.publish import record_model
from core.training.quantization import packed
from core.zoo import Task
from core.zoo.hand_detector import FRAME_SIZE

if TYPE_CHECKING:
    import keras

    from core.hands_training.trainer import HandRun

EXPORT_FRAMES = 500
EXPORT_SEED = 70_000_000
ALLOWED_DIFFERENCE = 1e-3


def record(
    run: "HandRun",
    model: "keras.Model",
    history: Sequence[artifacts.HandEpoch],
    pack: Pack,
    test_set: TestSets,
    models_root: Path = artifacts.MODELS_ROOT,
    export_frames: int = EXPORT_FRAMES,
) -> Card:
    """Export, calibrate on held-out images and publish a trained model.

    The history of a fine-tuned one continues that of the training before.

    ``evaluate photos`` adds its scores.

    Raises:
        RuntimeError: the exported model's answers differ from Keras's.
        OSError: the disk is full or not writable; the model that was there stays.
    """
    model = folded_in_16_bits(model)
    serving = export_serving_model(model, weights_in_16_bits=True)
    difference = export_difference(model, run.spec.task, serving, export_frames)
    of_classifier = run.spec.task == "classify"
    calibration, fusion = (
        _calibrated(serving, test_set, models_root) if of_classifier else (None, None)
    )
    files = {
        "weights.keras": packed(weights_without_optimizer(model)),
        "serving.tflite": serving,
        "history.csv": artifacts.history_csv(history),
    }
    recipe, start = run.spec.recipe, run.start
    return record_model(
        run.spec,
        model,
        files,
        run.folder,
        models_root,
        seed=run.seed,
        epochs=len(history),
        batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        dataset=None,
        photos=PhotoFacts(
            samples=recipe.samples,
            weight_decay=recipe.weight_decay,
            data=PhotoTrainingData(
                photos=_by_dataset(pack, held_out=False),
                held_out=_by_dataset(pack, held_out=True),
                fingerprint=run.data,
                synthetic_frames=recipe.synthetic_frames,
                rendering_version=RENDERING_VERSION,
            ),
            detector_threshold=None if of_classifier else PROPOSAL_THRESHOLD,
            calibration=calibration,
            fusion=fusion,
            scores=(),
            comparison=(),
            earlier=() if start is None else (*start.on_photos.earlier, training_of(start)),
        ),
        export_difference=difference,
        export_images=export_frames,
    )


def training_of(card: Card) -> EarlierTraining:
    """The last training of a published model."""
    facts = card.on_photos
    assert card.batch_size is not None
    assert card.learning_rate is not None
    return EarlierTraining(
        seed=card.seed,
        epochs=card.epochs - sum(each.epochs for each in facts.earlier),
        samples=facts.samples,
        batch_size=card.batch_size,
        learning_rate=card.learning_rate,
        data=facts.data,
        machine=card.machine,
        versions=card.versions,
        created=card.created,
        weights_sha256=card.sha256["weights.keras"],
    )


def _by_dataset(pack: Pack, held_out: bool) -> dict[str, int]:
    chosen = pack.photos["dataset"][pack.photos["held_out"] == held_out]
    return {
        name: int(np.sum(chosen == index))
        for index, name in enumerate(pack.datasets)
        if np.any(chosen == index)
    }


def _calibrated(
    serving: bytes, test_set: TestSets, models_root: Path
) -> tuple[ClassifierCalibration, ScoreFusion]:
    classifier = HandClassifier(ServedNet(serving, "classify"))
    fusion = UNFITTED_FUSION
    if artifacts.is_trained(HAND_DETECTOR, models_root):
        detector = trained_detector(PROPOSAL_THRESHOLD, models_root)
        fusion = fit_fusion(collect_scores(classifier, detector, test_set))
    return calibrate_classifier(classifier, test_set), fusion


def export_inputs(task: Task, count: int) -> Float32Array:
    """(count, height, width, channels) float32: a model's inputs from synthetic frames."""
    inputs = []
    for number in range(count):
        frame, hands = draw_frame(EXPORT_SEED + number)
        pixels = np.ascontiguousarray(frame[:, :, :3])
        if task == "detect":
            inputs.append(letterbox(pixels, FRAME_SIZE).pixels)
        else:
            box = Box(*map(float, hands["box"][0])) if len(hands) else Box(60, 60, 120, 120)
            inputs.append(crop(to_grey(pixels), square_around(box))[..., None])
    return np.stack(inputs).astype(np.float32)


def _as_people_see(task: Task, outputs: Float32Array) -> Float32Array:
    """Outputs with logits turned into probabilities; positions stay unchanged."""
    seen = np.array(outputs, np.float32)
    if task == "detect":
        seen[..., 0] = sigmoid(outputs[..., 0])
        seen[..., 1:] = np.where(seen[..., :1] > 0.05, outputs[..., 1:], 0)
        return seen
    seen[..., : LANDMARKS.start] = sigmoid(outputs[..., : LANDMARKS.start])
    return seen


def export_difference(model: "keras.Model", task: Task, serving: bytes, count: int) -> float:
    """The largest difference between Keras and the exported model on synthetic frames.

    Raises:
        RuntimeError: it exceeds ``ALLOWED_DIFFERENCE``, so the export is wrong.
    """
    inputs = export_inputs(task, count)
    expected = np.asarray(model.predict(inputs, batch_size=50, verbose=0), np.float32)
    net = ServedNet(serving, task)
    served = np.concatenate([net.answer(one[None]) for one in inputs])
    difference = checked_difference(
        _as_people_see(task, served), _as_people_see(task, expected), ALLOWED_DIFFERENCE
    )
    if _said(task, served) != _said(task, expected):
        raise RuntimeError("the exported model's answers differ from Keras's")
    return difference


def _said(task: Task, outputs: Float32Array) -> list[tuple[int, ...]]:
    """The answer in each output: the count, side and face, or the number of hands."""
    if task == "detect":
        return [(len(decode_proposals(output, PROPOSAL_THRESHOLD)),) for output in outputs]
    counts = count_log_probabilities(outputs).argmax(axis=1)
    return [
        (int(count), int(output[RIGHT] > 0), int(output[BACK] > 0))
        for count, output in zip(counts, outputs, strict=True)
    ]
