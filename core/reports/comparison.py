"""Every trained model in one table: its size, its speed, and its accuracy on dataset and photos."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.cards import DomainComparison
from core.artifacts.store import MODELS_ROOT
from core.benchmarks.timing import median_milliseconds
from core.common.statistics import wilson_interval
from core.common.types import IMAGE_SIZE, Photo, Uint8Array
from core.experiments.deduplicated_split import DeduplicatedSplitRecord
from core.experiments.records.stability import StabilityRecord
from core.experiments.records.store import EXPERIMENTS_ROOT, MissingRecordError, read_record
from core.hands.pipeline import HAND_CLASSIFIER, HandRecogniser, hand_recogniser, recognise
from core.hands.tflite import serve
from core.synthetic.sample_photos import draw_sample
from core.zoo import article_specs, hand_specs
from core.zoo._spec import QUESTION_WORDS, HandModelSpec, ModelSpec

REPETITIONS = 20


@dataclass(frozen=True)
class ModelRow:
    """One model and one question; one attribute for each column that may be shown.

    Attributes:
        name, title: of the model.
        question: "how many" or "which hand".
        parameters: of the network.
        kilobytes: of the exported file.
        training_seconds: of the shipped seed.
        trained_on: what computed that: "CPU" or a graphics card.
        milliseconds: to read one prepared image on this machine, the median.
        on_dataset: share of the test images read right.
        dataset_images: how many these are.
        dataset_median: the median of that share over the seeds; None where only one was trained.
        seeds: how many were trained.
        article, article_time: share read right and time of training as the article reports them;
            None and empty where it does not.
        on_photos: share of held-out real photos read right; None where it was not measured.
        photo_images: how many these are.
        deduplicated: share of the held-out images of the deduplicated split read right, after
            training again on that split; None where it was not measured.
        loss_increase: the factor by which the test loss grows from one epoch to the next, as
            geometric mean over a training (1 if it never grows), the median of the seeds; None
            where it was not measured.
    """

    name: str
    title: str
    question: str
    parameters: int
    kilobytes: float
    training_seconds: float
    trained_on: str
    milliseconds: float
    on_dataset: float
    dataset_images: int
    dataset_median: float | None
    seeds: int
    article: float | None
    article_time: str
    on_photos: float | None
    photo_images: int
    deduplicated: float | None = None
    loss_increase: float | None = None

    @property
    def dataset_interval(self) -> tuple[float, float]:
        """The 95% interval of ``on_dataset``."""
        return wilson_interval(self.on_dataset, self.dataset_images)

    @property
    def photos_interval(self) -> tuple[float, float] | None:
        """The 95% interval of ``on_photos``; None where it was not measured."""
        return (
            None if self.on_photos is None else wilson_interval(self.on_photos, self.photo_images)
        )


def compare_models(
    root: Path = MODELS_ROOT, experiments: Path = EXPERIMENTS_ROOT
) -> tuple[ModelRow, ...]:
    """Every trained model that reads hands, those for any camera first.

    Raises:
        ArtifactError: a card or a file is damaged.
        RecordError: so is a record of an experiment.
    """
    deduplicated = _deduplicated_accuracies(experiments)
    loss_increases = _loss_increases(experiments)
    measured = artifacts.read_hand_card(HAND_CLASSIFIER, root).comparison
    rows: list[ModelRow] = []
    for spec in hand_specs().values():
        if spec.task == "read" and artifacts.is_trained(spec.name, root):
            rows += _hand_rows(spec, measured, root)
    for model in article_specs().values():
        if artifacts.is_trained(model.name, root):
            row = _row(model, measured, root)
            rows.append(
                replace(
                    row,
                    deduplicated=deduplicated.get(row.name),
                    loss_increase=loss_increases.get(row.name),
                )
            )
    return tuple(rows)


def _deduplicated_accuracies(experiments: Path) -> dict[str, float]:
    try:
        record = read_record("deduplicated_split", DeduplicatedSplitRecord, experiments)
    except MissingRecordError:
        return {}
    return {each.name: each.accuracy for each in record.results}


def _loss_increases(experiments: Path) -> dict[str, float]:
    try:
        record = read_record("stability", StabilityRecord, experiments)
    except MissingRecordError:
        return {}
    return {
        net.name: net.mean_loss_increase
        for net in record.nets
        if net.mean_loss_increase is not None
    }


def _row(spec: ModelSpec, measured: Sequence[DomainComparison], root: Path) -> ModelRow:
    card = artifacts.read_card(spec.name, root)
    (shipped,) = [run for run in card.runs if run.seed == card.seed]
    served = serve(spec.name, root)
    image = np.zeros((1, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    found = [each for each in measured if (each.title, each.target) == (card.title, card.target)]
    found_row = found[0] if found else None
    return ModelRow(
        name=spec.name,
        title=card.title,
        question=QUESTION_WORDS[card.target],
        parameters=card.parameters,
        kilobytes=_kilobytes(spec.name, root),
        training_seconds=shipped.seconds,
        trained_on=_last_part(card.machine),
        milliseconds=round(
            median_milliseconds(lambda: served.probabilities(image), REPETITIONS), 2
        ),
        on_dataset=card.test_accuracy,
        dataset_images=card.data.test_images,
        dataset_median=card.median_accuracy if len(card.runs) > 1 else None,
        seeds=len(card.runs),
        article=None if spec.article is None else spec.article.accuracy,
        article_time="" if spec.article is None else spec.article.time,
        on_photos=None if found_row is None else found_row.on_photos,
        photo_images=0 if found_row is None else found_row.photo_images,
    )


def _hand_rows(
    spec: HandModelSpec, measured: Sequence[DomainComparison], root: Path
) -> list[ModelRow]:
    """One row a question, since the hand classifier answers both at once."""
    card = artifacts.read_hand_card(spec.name, root)
    recogniser = hand_recogniser(root)
    image = _surely_read_image(recogniser)
    milliseconds = round(
        median_milliseconds(lambda: recogniser.classifier.classify(image), REPETITIONS), 2
    )
    rows = []
    for each in measured:
        if each.title != card.title:
            continue
        rows.append(
            ModelRow(
                name=spec.name,
                title=card.title,
                question=QUESTION_WORDS[each.target],
                parameters=card.parameters,
                kilobytes=_kilobytes(spec.name, root),
                training_seconds=artifacts.read_seconds(spec.name, root),
                trained_on=_last_part(card.machine),
                milliseconds=milliseconds,
                on_dataset=each.on_dataset,
                dataset_images=each.dataset_images,
                dataset_median=None,
                seeds=1,
                article=None,
                article_time="",
                on_photos=each.on_photos,
                photo_images=each.photo_images,
            )
        )
    return rows


def _surely_read_image(recogniser: HandRecogniser) -> Uint8Array:
    """(128, 128) uint8: a drawn hand as the classifier gets it. What is no hand takes it longer."""
    photo = Photo(draw_sample(5, "R", 1).pixels)
    return recognise(photo, recogniser).hands[0].prepared.image


def _last_part(machine: str) -> str:
    """A machine's text ends with what computes: "x86_64, Linux, CPU"."""
    return machine.rsplit(", ", 1)[-1]


def _kilobytes(name: str, root: Path) -> float:
    return round(len(artifacts.read_verified(name, "serving.tflite", root)) / 1e3, 1)
