"""Every trained model in one table: size, speed, and accuracy on the dataset and photos."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.cards import Card
from core.artifacts.photo_facts import DomainComparison
from core.artifacts.store import HandEpoch
from core.benchmarks.timing import median_milliseconds
from core.common.metrics import wilson_interval
from core.common.types import IMAGE_SIZE, QUESTION_WORDS, Photo
from core.experiments.deduplicated_split import DeduplicatedSplitRecord
from core.experiments.records.cut_outs import CutOutRecord, CutOutResult
from core.experiments.records.store import EXPERIMENTS_ROOT, MissingRecordError, read_record
from core.experiments.stability import StabilityRecord
from core.hands.loading import serve
from core.hands.pipeline import HAND_CLASSIFIER, hand_recogniser, recognise
from core.synthetic.sample_photos import draw_sample
from core.zoo import ArticleSpec, HandSpec, article_specs, hand_specs

RUNS = 20

SAME_SHARE = 1e-4
"""Shares closer than this are of the same measurement, which is rounded in its record."""


@dataclass(frozen=True, kw_only=True)
class ModelRow:
    """One model and one question; one attribute per possible column.

    Attributes:
        question: "how many" or "which hand".
        training_seconds: of the shipped seed.
        trained_on: the hardware of that training: "CPU" or a graphics card.
        milliseconds: median time to classify one preprocessed image on this machine.
        on_dataset: share of correctly classified test images.
        dataset_median: the median of that share over the seeds; None if only one was trained.
        article, article_time: accuracy and training time that the article reports; None and empty
            if it does not.
        on_photos: share of correctly classified held-out real photos; None if not measured.
        photo_images: number of these photos.
        cut_outs: the same photos with the model's own finding, with the hand detector's cut-out and
            with that in the dataset's look; None if not measured.
        deduplicated: share of correctly classified held-out images of the deduplicated split, after
            training again on that split; None if not measured.
        loss_increase: the factor by which the test loss rises from one epoch to the next, as the
            geometric mean over a training (1 if it never rises), the median of the seeds; None
            if not measured.
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
    dataset_median: float | None = None
    seeds: int = 1
    article: float | None = None
    article_time: str = ""
    on_photos: float | None = None
    photo_images: int = 0
    cut_outs: CutOutResult | None = None
    deduplicated: float | None = None
    loss_increase: float | None = None

    @property
    def dataset_interval(self) -> tuple[float, float]:
        """The 95% interval of ``on_dataset``."""
        return wilson_interval(self.on_dataset, self.dataset_images)

    @property
    def photos_interval(self) -> tuple[float, float] | None:
        """The 95% interval of ``on_photos``, with people as groups where they are known."""
        if self.on_photos is None:
            return None
        own = None if self.cut_outs is None else self.cut_outs.own
        if own is not None and abs(own.value - self.on_photos) < SAME_SHARE:
            return own.low, own.high
        return wilson_interval(self.on_photos, self.photo_images)


def compare_models(experiments: Path = EXPERIMENTS_ROOT) -> tuple[ModelRow, ...]:
    """Every trained model that classifies hands, those for any camera first.

    Raises:
        ArtifactError: a card or a file is damaged.
        RecordError: a record of an experiment is damaged.
    """
    deduplicated, loss_increases = {}, {}
    with suppress(MissingRecordError):
        split = read_record("deduplicated_split", DeduplicatedSplitRecord, experiments)
        deduplicated = {each.name: each.accuracy for each in split.results}
    with suppress(MissingRecordError):
        stability = read_record("stability", StabilityRecord, experiments)
        loss_increases = {net.name: net.mean_loss_increase for net in stability.nets}
    cut_outs: dict[tuple[str, str], CutOutResult] = {}
    with suppress(MissingRecordError):
        record = read_record("cut_outs", CutOutRecord, experiments)
        cut_outs = {(each.name, QUESTION_WORDS[each.target]): each for each in record.results}
    measured = artifacts.read_card(HAND_CLASSIFIER).on_photos.comparison
    rows: list[ModelRow] = []
    for spec in hand_specs().values():
        if spec.task == "classify" and artifacts.is_trained(spec.name):
            rows += _hand_rows(spec, measured)
    for model in article_specs().values():
        if artifacts.is_trained(model.name):
            row = replace(_row(model, measured), deduplicated=deduplicated.get(model.name))
            rows.append(replace(row, loss_increase=loss_increases.get(model.name)))
    return tuple(replace(row, cut_outs=cut_outs.get((row.name, row.question))) for row in rows)


def _row(spec: ArticleSpec, measured: Sequence[DomainComparison]) -> ModelRow:
    card = artifacts.read_card(spec.name)
    facts = card.on_dataset
    (shipped,) = [run for run in facts.runs if run.seed == card.seed]
    served = serve(spec.name)
    image = np.zeros((1, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    row = ModelRow(
        **_of_card(card),
        question=QUESTION_WORDS[card.task],
        training_seconds=shipped.seconds,
        milliseconds=round(median_milliseconds(lambda: served.probabilities(image), RUNS), 2),
        on_dataset=facts.test_accuracy,
        dataset_images=facts.data.test_images,
        dataset_median=facts.median_accuracy if len(facts.runs) > 1 else None,
        seeds=len(facts.runs),
        article=None if spec.article is None else spec.article.accuracy,
        article_time="" if spec.article is None else spec.article.time,
    )
    for each in measured:
        if (each.title, each.target) == (card.title, card.task):
            return replace(row, on_photos=each.on_photos, photo_images=each.photo_images)
    return row


def _hand_rows(spec: HandSpec, measured: Sequence[DomainComparison]) -> list[ModelRow]:
    """One row per question, since the hand classifier answers both at once."""
    card = artifacts.read_card(spec.name)
    recogniser = hand_recogniser()
    # A synthetic hand as the classifier gets it; an unclear one takes longer.
    photo = Photo(draw_sample(5, "R", 1).pixels)
    image = recognise(photo, recogniser).hands[0].prepared.image
    classify = partial(recogniser.classifier.classify, image)
    milliseconds = round(median_milliseconds(classify, RUNS), 2)
    seconds = sum(epoch.seconds for epoch in artifacts.read_history(HandEpoch, spec.name))
    return [
        ModelRow(
            **_of_card(card),
            question=QUESTION_WORDS[each.target],
            training_seconds=seconds,
            milliseconds=milliseconds,
            on_dataset=each.on_dataset,
            dataset_images=each.dataset_images,
            on_photos=each.on_photos,
            photo_images=each.photo_images,
        )
        for each in measured
        if each.title == card.title
    ]


def _of_card(card: Card) -> dict[str, Any]:
    size = len(artifacts.read_verified(card.name, "serving.tflite"))
    return {
        "name": card.name,
        "title": card.title,
        "parameters": card.parameters,
        "kilobytes": round(size / 1e3, 1),
        # A machine's description, such as "x86_64, Linux, CPU", ends in its hardware.
        "trained_on": card.machine.rsplit(", ", 1)[-1],
    }
