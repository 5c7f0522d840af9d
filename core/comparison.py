"""Every trained model in one table: how large, how fast, and how right in the lab and the field."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core import artifacts
from core.artifacts import MODELS_ROOT
from core.cards import FieldComparison
from core.experiments.fair_split import FairSplitRecord
from core.experiments.records import EXPERIMENTS_ROOT, MissingRecordError, read_record
from core.experiments.stability_record import StabilityRecord
from core.intervals import wilson_interval
from core.measuring import median_milliseconds
from core.model_spec import QUESTION_WORDS, FieldSpec, ModelSpec
from core.recognition import READER, FieldRecogniser, field_recogniser
from core.samples import draw_sample
from core.serving import serve
from core.types import IMAGE_SIZE, Photo, Uint8Array
from core.zoo import all_specs, field_specs

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
        lab: share of the test images read right.
        lab_images: how many these are.
        lab_median: the share that the median of the seeds reads right; None where one was trained.
        seeds: how many were trained.
        article, article_time: share read right and time of training as the article reports them;
            None and empty where it does not.
        field: share of held-out real photos read right; None where it was not measured.
        field_images: how many these are.
        fair: share read right of test images without near copies among those learned from, when
            trained anew without these; None where it was not measured.
        jumps: the factor by which the test loss rises from epoch to epoch, in the geometric mean of
            a training, the median of the seeds (1 where it never rises); None where it was not
            measured.
    """

    name: str
    title: str
    question: str
    parameters: int
    kilobytes: float
    training_seconds: float
    trained_on: str
    milliseconds: float
    lab: float
    lab_images: int
    lab_median: float | None
    seeds: int
    article: float | None
    article_time: str
    field: float | None
    field_images: int
    fair: float | None = None
    jumps: float | None = None

    @property
    def lab_interval(self) -> tuple[float, float]:
        """The 95 % interval of ``lab``."""
        return wilson_interval(self.lab, self.lab_images)

    @property
    def field_interval(self) -> tuple[float, float] | None:
        """The 95 % interval of ``field``; None where it was not measured."""
        return None if self.field is None else wilson_interval(self.field, self.field_images)


def compare_models(
    root: Path = MODELS_ROOT, experiments: Path = EXPERIMENTS_ROOT
) -> tuple[ModelRow, ...]:
    """Every trained model that reads hands, those for any camera first.

    Raises:
        ArtifactError: a card or a file is damaged.
        RecordError: so is a record of an experiment.
    """
    fair, jumps = _fair_shares(experiments), _jumps(experiments)
    measured = artifacts.read_field_card(READER, root).comparison
    rows: list[ModelRow] = []
    for spec in field_specs().values():
        if spec.task == "read" and artifacts.is_trained(spec.name, root):
            rows += _field_rows(spec, measured, root)
    for model in all_specs().values():
        if artifacts.is_trained(model.name, root):
            row = _row(model, measured, root)
            rows.append(replace(row, fair=fair.get(row.name), jumps=jumps.get(row.name)))
    return tuple(rows)


def _fair_shares(experiments: Path) -> dict[str, float]:
    try:
        record = read_record("fair_split", FairSplitRecord, experiments)
    except MissingRecordError:
        return {}
    return {each.name: each.accuracy for each in record.results}


def _jumps(experiments: Path) -> dict[str, float]:
    try:
        record = read_record("stability", StabilityRecord, experiments)
    except MissingRecordError:
        return {}
    return {net.name: net.mean_rise for net in record.nets if net.mean_rise is not None}


def _row(spec: ModelSpec, measured: Sequence[FieldComparison], root: Path) -> ModelRow:
    card = artifacts.read_card(spec.name, root)
    (shipped,) = [run for run in card.runs if run.seed == card.seed]
    served = serve(spec.name, root)
    image = np.zeros((1, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    found = [each for each in measured if (each.title, each.target) == (card.title, card.target)]
    field = found[0] if found else None
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
        lab=card.test_accuracy,
        lab_images=card.data.test_images,
        lab_median=card.median_accuracy if len(card.runs) > 1 else None,
        seeds=len(card.runs),
        article=None if spec.article is None else spec.article.accuracy,
        article_time="" if spec.article is None else spec.article.time,
        field=None if field is None else field.field,
        field_images=0 if field is None else field.field_images,
    )


def _field_rows(spec: FieldSpec, measured: Sequence[FieldComparison], root: Path) -> list[ModelRow]:
    """One row a question, since the reader answers both at once."""
    card = artifacts.read_field_card(spec.name, root)
    recogniser = field_recogniser(root)
    image = _surely_read_image(recogniser)
    milliseconds = round(
        median_milliseconds(lambda: recogniser.reader.answer(image), REPETITIONS), 2
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
                lab=each.lab,
                lab_images=each.lab_images,
                lab_median=None,
                seeds=1,
                article=None,
                article_time="",
                field=each.field,
                field_images=each.field_images,
            )
        )
    return rows


def _surely_read_image(recogniser: FieldRecogniser) -> Uint8Array:
    """(128, 128) uint8: a drawn hand as the reader gets it. What is no hand takes it longer."""
    photo = Photo(draw_sample(5, "R", 1).pixels)
    hand = recogniser.find(photo).hands[0]
    return recogniser.prepare(photo, hand).image


def _last_part(machine: str) -> str:
    """A machine's text ends with what computes: "x86_64, Linux, CPU"."""
    return machine.rsplit(", ", 1)[-1]


def _kilobytes(name: str, root: Path) -> float:
    return round(len(artifacts.read_verified(name, "serving.tflite", root)) / 1e3, 1)
