"""What is written down about a trained model: the facts of its card."""

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from core.common.errors import UserError
from core.zoo import Task

if TYPE_CHECKING:
    from core.datasets.store import Dataset


class ArtifactError(UserError):
    """What a training left is missing or damaged."""


Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """One layer, as Keras told it when the model was recorded.

    Attributes:
        name: in the network.
        kind: Keras's class.
        output: shape of what it gives, without the batch: height, width and channels, or numbers.
        parameters: how many numbers it has, those that are not trained included.
        trainable: whether this network's training changed it.
    """

    name: str
    kind: str
    output: Shape
    parameters: int
    trainable: bool


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

    @classmethod
    def of(cls, dataset: "Dataset") -> "TrainingData":
        """What is written down of a dataset."""
        facts = dataset.facts
        return cls(
            name=facts.name,
            origin=facts.origin,
            rendered=facts.rendered,
            fingerprint=facts.fingerprint,
            train_images=len(dataset.indices("train")),
            test_images=len(dataset.indices("test")),
        )


@dataclass(frozen=True)
class DatasetFacts:
    """What a model of the article learned from the dataset, and how it answers there.

    Attributes:
        classes: the labels of the outputs, in order.
        runs: every seed's outcome.
        recipe: which of the model's recipes was followed, "article" or "fast".
        cosine_decay: whether the learning rate fell from epoch to epoch.
        horizontal_flip: whether images were flipped at random.
        c: scikit-learn's C, of a fit; None for a training.
        train_images_used: how many of the train images were learned from.
        quantized_weights: whether the weights are rounded as ``core.training.quantization`` does.
        confusion_matrix: rows are true classes, columns predicted ones; test images counted.
        temperature: divides the logarithms of the probabilities, so that they are honest.
        synthetic_accuracy: share of hands on drawn photos that are read right.
        answered: the share of those that get an answer rather than "not sure".
        answered_precision: the share of right answers among those.
    """

    classes: tuple[str, ...]
    runs: tuple[SeedRun, ...]
    recipe: str
    cosine_decay: bool
    horizontal_flip: bool
    c: float | None
    train_images_used: int
    quantized_weights: bool
    backbone: str | None
    backbone_sha256: str | None
    data: TrainingData
    test_loss: float
    test_accuracy: float
    errors: int
    confusion_matrix: tuple[tuple[int, ...], ...]
    temperature: float
    synthetic_accuracy: float
    answered: float
    answered_precision: float

    def __post_init__(self) -> None:
        if sum(map(sum, self.confusion_matrix)) != self.data.test_images:
            raise ValueError("it does not count every test image")
        if not 1 <= self.temperature < 1000:
            raise ValueError("it has an impossible temperature")
        if not self.runs:
            raise ValueError("it names no seed")

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
            raise ValueError(f"a score is a share from 0 to 1: {self}")


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
            raise ValueError(f"a share is 0 to 1: {self}")


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
class PhotoFacts:
    """What a model for any camera learned from photos and drawn frames, and how it answers there.

    Attributes:
        samples: how many were drawn for an epoch.
        weight_decay: AdamW's.
        thresholds: below which a place is not looked at again, a hand is not reported, or an
            answer is "not sure".
        temperatures: by which the logits of each answer are divided, so that they are honest.
        hand_weights: how much each score says of a place being a hand, see
            ``core.hands.postprocessing``; empty in the hand detector's card.
        scores: on images that no training saw.
        comparison: models on the dataset and on real photos.
    """

    samples: int
    weight_decay: float
    data: PhotoTrainingData
    thresholds: dict[str, float]
    temperatures: dict[str, float]
    hand_weights: dict[str, float]
    scores: tuple[MetricScore, ...]
    comparison: tuple[DomainComparison, ...]

    def __post_init__(self) -> None:
        if not all(0 < value < 1 for value in self.thresholds.values()):
            raise ValueError("it has an impossible threshold")
        if not all(0.1 <= value < 1000 for value in self.temperatures.values()):
            raise ValueError("it has an impossible temperature")

    @property
    def of_corrupted_photos(self) -> dict[str, MetricScore]:
        """The scores on photos that were made harder, by what makes them hard."""
        return {
            score.data.removeprefix(CORRUPTED_PHOTOS): score
            for score in self.scores
            if score.data.startswith(CORRUPTED_PHOTOS)
        }


@dataclass(frozen=True)
class Card:
    """The facts of a trained model; every one can be recomputed from its files and its data.

    Attributes:
        task: what it does.
        layers: from its input to its output.
        epochs: passes through the images or samples that were learned from; 1 for a fit.
        batch_size, learning_rate: of a training; None for a fit.
        dataset: of a model of the article; None for one for any camera.
        photos: of a model for any camera; None for one of the article.
        export_difference: the largest difference between the outputs of Keras and of the exported
            model, after the sigmoid or softmax, on ``export_images`` images.
        sha256: of the files beside the card, by file name.
    """

    name: str
    title: str
    task: Task
    parameters: int
    trainable_parameters: int
    layers: tuple[Layer, ...]
    seed: int
    epochs: int
    batch_size: int | None
    learning_rate: float | None
    preprocessing_version: int
    dataset: DatasetFacts | None
    photos: PhotoFacts | None
    export_difference: float
    export_images: int
    versions: dict[str, str]
    machine: str
    created: str
    sha256: dict[str, str]

    def __post_init__(self) -> None:
        if (self.dataset is None) == (self.photos is None):
            raise ValueError("it is either a model of the dataset or one for any camera")
        fitted = self.dataset is not None and self.dataset.c is not None
        if fitted != (self.batch_size is None or self.learning_rate is None):
            raise ValueError("it tells neither a training nor a fit")

    @property
    def on_dataset(self) -> DatasetFacts:
        """What it learned from the dataset.

        Raises:
            ArtifactError: it is a model for any camera.
        """
        if self.dataset is None:
            raise ArtifactError(f"The card of '{self.name}' is not one of a model of the article.")
        return self.dataset

    @property
    def on_photos(self) -> PhotoFacts:
        """What it learned from photos.

        Raises:
            ArtifactError: it is a model of the article.
        """
        if self.photos is None:
            raise ArtifactError(f"The card of '{self.name}' is not one of a model for any camera.")
        return self.photos
