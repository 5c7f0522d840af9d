"""The part of a card that only models for any camera have: calibration, data and scores."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from core.common.metrics import wilson_interval
from core.common.serialization import (
    AtLeastOne,
    Count,
    NotNegative,
    Sha256,
    Share,
    Text,
    Timestamp,
)
from core.common.types import Target

Threshold = Annotated[float, Meta(gt=0, lt=1)]
Temperature = Annotated[float, Meta(ge=0.1, lt=1000)]
Weight = Annotated[float, Meta(ge=-100, le=100)]


@dataclass(frozen=True)
class ClassifierCalibration:
    """How the hand classifier's logits become probabilities, fitted on held-out photos.

    Attributes:
        count, side, face: temperatures by which the logits are divided.
        answer: a less probable answer is reported as "not sure".
    """

    count: Temperature
    side: Temperature
    face: Temperature
    answer: Threshold


@dataclass(frozen=True)
class ScoreFusion:
    """Two logistic regressions that fuse three scores into one probability of a hand.

    ``core.hands.postprocessing`` computes them.

    Attributes:
        detector_weight, first_pass_weight, first_pass_bias: of the detector's logit and the
            classifier's logit in the first pass.
        fused_weight, second_pass_weight, bias: of the first regression's logit and the classifier's
            logit in the second pass.
        first_pass_threshold: minimum probability of a hand after the first pass.
        threshold: minimum probability of a reported hand.
    """

    detector_weight: Weight
    first_pass_weight: Weight
    first_pass_bias: Weight
    fused_weight: Weight
    second_pass_weight: Weight
    bias: Weight
    first_pass_threshold: Threshold
    threshold: Threshold


@dataclass(frozen=True)
class MetricScore:
    """One score of the two models for any camera, and the baseline's on the same images.

    Attributes:
        data: the images.
        measure: what is measured.
        images: number of images.
        value: a share, 0 to 1.
        baseline: MediaPipe's share, if it was measured.
        needed: the project's requirement, in words; empty if there is none.
    """

    data: Text
    measure: Text
    images: AtLeastOne
    value: Share
    baseline: Share | None = None
    needed: str = ""

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of ``value``."""
        return wilson_interval(self.value, self.images)


CORRUPTED_PHOTOS = "held-out photos, "
"""Prefix of the names of corrupted photos; the name of the corruption follows."""


@dataclass(frozen=True)
class DomainComparison:
    """One model on the dataset's test images and on real photos.

    Attributes:
        title: of the model.
        target: what was asked.
        on_dataset, dataset_images: share of correctly classified test images, and their number.
        on_photos, photo_images: share of correctly classified held-out real photos, in which the
            hand also has to be detected, and their number.
    """

    title: Text
    target: Target
    on_dataset: Share
    dataset_images: AtLeastOne
    on_photos: Share
    photo_images: AtLeastOne


@dataclass(frozen=True)
class PhotoTrainingData:
    """What a model for any camera was trained on.

    Attributes:
        photos: number of training photos from each dataset.
        held_out: number of held-out photos of each dataset.
        fingerprint: SHA-256 of the pack of photos.
        synthetic_frames: number of synthetic frames.
        rendering_version: of the renderer's settings.
    """

    photos: dict[Text, Count]
    held_out: dict[Text, Count]
    fingerprint: Text
    synthetic_frames: Count
    rendering_version: Count


@dataclass(frozen=True)
class EarlierTraining:
    """The training from whose weights a model was fine-tuned, as its card described it.

    Attributes:
        epochs: of this training alone.
        weights_sha256: of its ``weights.keras``.
    """

    seed: Count
    epochs: AtLeastOne
    samples: AtLeastOne
    batch_size: AtLeastOne
    learning_rate: NotNegative
    data: PhotoTrainingData
    machine: Text
    versions: dict[Text, Text]
    created: Timestamp
    weights_sha256: Sha256


@dataclass(frozen=True)
class PhotoFacts:
    """How a model for any camera was trained on real and synthetic photos, and its scores.

    Attributes:
        samples: per epoch.
        weight_decay: AdamW's.
        detector_threshold: minimum probability of a detection; None for the hand classifier.
        calibration, fusion: of the hand classifier; None for the hand detector.
        scores: on held-out images.
        comparison: of models on the dataset and on real photos.
        earlier: the trainings from whose weights it was fine-tuned, the first one first; the other
            facts and those of its card, but the epochs of all, are of the last training.
    """

    samples: AtLeastOne
    weight_decay: NotNegative
    data: PhotoTrainingData
    detector_threshold: Threshold | None
    calibration: ClassifierCalibration | None
    fusion: ScoreFusion | None
    scores: tuple[MetricScore, ...]
    comparison: tuple[DomainComparison, ...]
    earlier: tuple[EarlierTraining, ...] = ()

    def __post_init__(self) -> None:
        of_classifier = {self.calibration is not None, self.fusion is not None}
        if of_classifier != {self.detector_threshold is None}:
            raise ValueError("it has the calibration of neither of the two models")

    @property
    def of_corrupted_photos(self) -> dict[str, MetricScore]:
        """The scores on corrupted photos, by corruption."""
        return {
            score.data.removeprefix(CORRUPTED_PHOTOS): score
            for score in self.scores
            if score.data.startswith(CORRUPTED_PHOTOS)
        }
