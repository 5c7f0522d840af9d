"""What is written down about a trained model: the facts of its card."""

from dataclasses import dataclass
from statistics import median

from core.common.errors import UserError


class ArtifactError(UserError):
    """What a training left is missing or damaged."""


@dataclass(frozen=True)
class SeedRun:
    """The outcome of one seed's training.

    ``synthetic_accuracy`` is the share of hands on drawn photos that the seed reads right.
    """

    seed: int
    epochs: int
    test_loss: float
    test_accuracy: float
    errors: int
    synthetic_accuracy: float
    seconds: float


@dataclass(frozen=True)
class TrainingData:
    """The dataset a model was trained and tested on."""

    name: str
    origin: str
    rendered: bool
    fingerprint: str
    train_images: int
    test_images: int


@dataclass(frozen=True)
class Card:
    """The facts of a trained model; every one can be recomputed from its files and the dataset.

    Attributes:
        classes: the labels of the outputs, in order.
        recipe: which of the model's recipes was followed, "article" or "fast".
        epochs: passes through the images that were learned from; 1 for a fit.
        batch_size, learning_rate: of a training; None for a fit.
        cosine_decay: whether the learning rate fell from epoch to epoch.
        mirrored: whether images were mirrored by lot.
        c: scikit-learn's C, of a fit; None for a training.
        train_images_used: how many of the train images were learned from.
        quantized_weights: whether the weights are rounded as ``core.training.quantization`` does.
        confusion_matrix: rows are true classes, columns predicted ones; test images counted.
        temperature: divides the logarithms of the probabilities, so that they are honest.
        synthetic_accuracy: share of hands on drawn photos that are read right.
        answered: the share of those that get an answer rather than "not sure".
        answered_precision: the share of right answers among those.
        export_difference: the largest difference between the outputs of Keras and of the exported
            model on ``export_images`` images.
        sha256: of the files beside the card, by file name.
    """

    name: str
    title: str
    target: str
    classes: tuple[str, ...]
    parameters: int
    trainable_parameters: int
    seed: int
    runs: tuple[SeedRun, ...]
    recipe: str
    epochs: int
    batch_size: int | None
    learning_rate: float | None
    cosine_decay: bool
    horizontal_flip: bool
    c: float | None
    train_images_used: int
    quantized_weights: bool
    backbone: str | None
    backbone_sha256: str | None
    data: TrainingData
    preprocessing_version: int
    test_loss: float
    test_accuracy: float
    errors: int
    confusion_matrix: tuple[tuple[int, ...], ...]
    temperature: float
    synthetic_accuracy: float
    answered: float
    answered_precision: float
    export_difference: float
    export_images: int
    versions: dict[str, str]
    machine: str
    created: str
    sha256: dict[str, str]

    def __post_init__(self) -> None:
        if sum(map(sum, self.confusion_matrix)) != self.data.test_images:
            raise ArtifactError(f"The card of '{self.name}' does not count every test image.")
        if not 1 <= self.temperature < 1000:
            raise ArtifactError(f"The card of '{self.name}' has an impossible temperature.")
        if not self.runs:
            raise ArtifactError(f"The card of '{self.name}' names no seed.")
        if (self.c is None) == (self.batch_size is None or self.learning_rate is None):
            raise ArtifactError(f"The card of '{self.name}' tells neither a training nor a fit.")

    @property
    def median_accuracy(self) -> float:
        """Of all seeds on the test images, 0 to 1: what another training would give."""
        return median(run.test_accuracy for run in self.runs)

    @property
    def median_errors(self) -> float:
        """Of all seeds: test images read wrongly."""
        return median(run.errors for run in self.runs)


@dataclass(frozen=True)
class MetricScore:
    """One figure of the two models for any camera, and the baseline's on the same images.

    Attributes:
        data: what was read.
        measure: what is counted.
        images: how many images were read.
        value: a share, 0 to 1.
        baseline: MediaPipe's share, where it was measured.
        needed: what the project asks for, in words; empty where it asks for nothing.
    """

    data: str
    measure: str
    images: int
    value: float
    baseline: float | None = None
    needed: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 1 or not (self.baseline is None or 0 <= self.baseline <= 1):
            raise ArtifactError(f"A score is a share from 0 to 1: {self}")


CORRUPTED_PHOTOS = "held-out photos, "
"""How the names of photos that were made harder begin; then comes what makes them hard."""


@dataclass(frozen=True)
class DomainComparison:
    """One model on the dataset's test images and on real photos.

    Attributes:
        title: the model's.
        target: what was asked: "fingers" or "side".
        on_dataset, dataset_images: share of test images read right, and their number.
        on_photos, photo_images: share of held-out real photos read right, where the hand has to be
            found, too, and their number.
    """

    title: str
    target: str
    on_dataset: float
    dataset_images: int
    on_photos: float
    photo_images: int

    def __post_init__(self) -> None:
        if not (0 <= self.on_dataset <= 1 and 0 <= self.on_photos <= 1):
            raise ArtifactError(f"A share is 0 to 1: {self}")


@dataclass(frozen=True)
class PhotoTrainingData:
    """What a model for any camera learned from.

    Attributes:
        photos: how many of each dataset, held-out ones left out.
        held_out: how many of each were left out.
        fingerprint: SHA-256 of the pack of photos.
        synthetic_frames: frames of drawn hands.
        rendering_version: of the renderer's settings.
    """

    photos: dict[str, int]
    held_out: dict[str, int]
    fingerprint: str
    synthetic_frames: int
    rendering_version: int


@dataclass(frozen=True)
class HandModelCard:
    """The facts of a model for any camera.

    Attributes:
        task: "find" or "read".
        samples: how many were drawn for an epoch.
        thresholds: below which a place is not looked at again, a hand is not reported, or an
            answer is "not sure".
        hand_weights: how much each opinion says of a place being a hand, see
            ``core.hands.postprocessing``; empty in the hand detector's card.
        temperatures: by which the logits of each answer are divided, so that they are honest.
        scores: on images that no training saw.
        comparison: models on the dataset and on real photos.
        export_difference: the largest difference between the outputs of Keras and of the exported
            model, after the sigmoid or softmax, on ``export_images`` frames.
        sha256: of the files beside the card, by file name.
    """

    name: str
    title: str
    task: str
    parameters: int
    trainable_parameters: int
    seed: int
    epochs: int
    samples: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    data: PhotoTrainingData
    preprocessing_version: int
    thresholds: dict[str, float]
    temperatures: dict[str, float]
    hand_weights: dict[str, float]
    scores: tuple[MetricScore, ...]
    comparison: tuple[DomainComparison, ...]
    export_difference: float
    export_images: int
    versions: dict[str, str]
    machine: str
    created: str
    sha256: dict[str, str]

    def __post_init__(self) -> None:
        if not all(0 < value < 1 for value in self.thresholds.values()):
            raise ArtifactError(f"The card of '{self.name}' has an impossible threshold.")
        if not all(0.1 <= value < 1000 for value in self.temperatures.values()):
            raise ArtifactError(f"The card of '{self.name}' has an impossible temperature.")

    @property
    def of_corrupted_photos(self) -> dict[str, MetricScore]:
        """The scores on photos that were made harder, by what makes them hard."""
        return {
            score.data.removeprefix(CORRUPTED_PHOTOS): score
            for score in self.scores
            if score.data.startswith(CORRUPTED_PHOTOS)
        }
