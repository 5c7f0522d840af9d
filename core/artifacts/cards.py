"""Model cards: what is recorded about a trained model."""

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from core.common.errors import UserError
from core.common.serialization import Share
from core.zoo import Task

if TYPE_CHECKING:
    from core.datasets.store import Dataset


class ArtifactError(UserError):
    """A model's files are missing or damaged."""


Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """One layer, as Keras described it when the model was published.

    The output is without the batch, all parameters count, and it is trainable if this network's
    training changed it.
    """

    name: str
    kind: str
    output: Shape
    parameters: int
    trainable: bool


@dataclass(frozen=True)
class SeedRun:
    """The outcome of one seed's training.

    ``synthetic_accuracy`` is the share of correctly classified hands on synthetic photos.
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
        """What a card records about a dataset."""
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
    """How a model of the article was trained on the dataset, and its scores there.

    Attributes:
        recipe: which of the model's recipes was used, "article" or "fast".
        cosine_decay, horizontal_flip: as in ``Recipe``.
        c: scikit-learn's C if the model was fitted; None if it was trained.
        quantized_weights: whether the weights are rounded as ``core.training.quantization`` does.
        confusion_matrix: of the test images; rows are true classes, columns predicted ones.
        temperature: divides the log-probabilities, which calibrates them.
        synthetic_accuracy: share of correctly classified hands on synthetic photos.
        answered: the share of those that get an answer rather than "not sure".
        answered_precision: the share of correct answers among those.
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
    temperature: Annotated[float, Meta(ge=1, lt=1000)]
    synthetic_accuracy: float
    answered: float
    answered_precision: float

    def __post_init__(self) -> None:
        if sum(map(sum, self.confusion_matrix)) != self.data.test_images:
            raise ValueError("its confusion matrix does not add up to the test images")
        if not self.runs:
            raise ValueError("it has no seed")

    @property
    def median_accuracy(self) -> float:
        """Median test accuracy of all seeds, 0 to 1: what to expect of another training."""
        return median(run.test_accuracy for run in self.runs)

    @property
    def median_errors(self) -> float:
        """Median number of misclassified test images over all seeds."""
        return median(run.errors for run in self.runs)


@dataclass(frozen=True)
class MetricScore:
    """A share that the models for any camera reach, and MediaPipe's on the same images if measured.

    What the images are and what the project requires is in words.
    """

    data: str
    measure: str
    images: int
    value: Share
    baseline: Share | None = None
    needed: str = ""


CORRUPTED_PHOTOS = "held-out photos, "
"""Prefix of the names of corrupted photos; the name of the corruption follows."""


@dataclass(frozen=True)
class DomainComparison:
    """One model on the dataset's test images and on real photos.

    Attributes:
        target: what was asked: "fingers" or "side".
        on_dataset: share of correctly classified test images.
        on_photos: the same of held-out real photos, in which the hand also has to be detected.
    """

    title: str
    target: str
    on_dataset: Share
    dataset_images: int
    on_photos: Share
    photo_images: int


@dataclass(frozen=True)
class PhotoTrainingData:
    """What a model for any camera was trained on: photos of each dataset, and those held out.

    Also the SHA-256 of the pack of photos, and the version of the renderer's settings.
    """

    photos: dict[str, int]
    held_out: dict[str, int]
    fingerprint: str
    synthetic_frames: int
    rendering_version: int


@dataclass(frozen=True)
class PhotoFacts:
    """How a model for any camera was trained on real and synthetic photos, and its scores.

    Attributes:
        thresholds: below which a detection gets no second pass, a hand is not reported, or an
            answer is "not sure".
        temperatures: by which the logits of each answer are divided, which calibrates them.
        hand_weights: of the score fusion, see ``core.hands.postprocessing``; empty in the hand
            detector's card.
        scores: on held-out images.
    """

    samples: int
    weight_decay: float
    data: PhotoTrainingData
    thresholds: dict[str, Annotated[float, Meta(gt=0, lt=1)]]
    temperatures: dict[str, Annotated[float, Meta(ge=0.1, lt=1000)]]
    hand_weights: dict[str, float]
    scores: tuple[MetricScore, ...]
    comparison: tuple[DomainComparison, ...]

    @property
    def of_corrupted_photos(self) -> dict[str, MetricScore]:
        """The scores on corrupted photos, by corruption."""
        return {
            score.data.removeprefix(CORRUPTED_PHOTOS): score
            for score in self.scores
            if score.data.startswith(CORRUPTED_PHOTOS)
        }


@dataclass(frozen=True)
class Card:
    """The facts of a trained model; each can be recomputed from its files and its data.

    Attributes:
        layers: from input to output.
        epochs: passes through the training images or samples; 1 if the model was fitted.
        batch_size, learning_rate: None if the model was fitted.
        dataset, photos: the one for a model of the article, the other for one for any camera.
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
            raise ValueError("it must describe either a model of the article or one for any camera")
        fitted = self.dataset is not None and self.dataset.c is not None
        if fitted != (self.batch_size is None or self.learning_rate is None):
            raise ValueError("it describes neither a training nor a fit")

    @property
    def on_dataset(self) -> DatasetFacts:
        """The facts of a model of the article.

        Raises:
            ArtifactError: it is a model for any camera.
        """
        if self.dataset is None:
            raise ArtifactError(f"'{self.name}' is not a model of the article.")
        return self.dataset

    @property
    def on_photos(self) -> PhotoFacts:
        """The facts of a model for any camera.

        Raises:
            ArtifactError: it is a model of the article.
        """
        if self.photos is None:
            raise ArtifactError(f"'{self.name}' is not a model for any camera.")
        return self.photos
