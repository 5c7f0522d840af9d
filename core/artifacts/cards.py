"""Model cards: what is recorded about a trained model."""

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Annotated, TypeVar

from msgspec import Meta

from core.artifacts.photo_facts import ClassifierCalibration, PhotoFacts, ScoreFusion
from core.common.errors import UserError
from core.common.metrics import error_count
from core.common.serialization import (
    AtLeastOne,
    Count,
    NotNegative,
    Sha256,
    Share,
    Text,
    Timestamp,
)
from core.common.types import CLASSES, PREPROCESSING_VERSION, TARGETS
from core.zoo import RecipeName, Task, net_shapes

if TYPE_CHECKING:
    from core.datasets.store import Dataset


class ArtifactError(UserError):
    """A model's files are missing or damaged."""


T = TypeVar("T")

REQUIRED_FILES = frozenset({"weights.keras", "serving.tflite"})

Shape = Annotated[tuple[Annotated[int, Meta(ge=1, le=10**6)], ...], Meta(max_length=5)]
TestAnswers = tuple[tuple[float, ...], ...]
FileName = Annotated[str, Meta(pattern=r"\A[a-z_]+\.[a-z]+\Z")]
Seed = Annotated[int, Meta(ge=0, lt=2**32)]


@dataclass(frozen=True)
class Layer:
    """One layer, as Keras described it when the model was published.

    The output is without the batch, all parameters count, and it is trainable if this network's
    training changed it.
    """

    name: Text
    kind: Text
    output: Shape
    parameters: Count
    trainable: bool


@dataclass(frozen=True)
class SeedRun:
    """The outcome of one seed's training.

    ``synthetic_accuracy`` is the share of correctly classified hands on synthetic photos.
    """

    seed: Seed
    epochs: AtLeastOne
    test_loss: NotNegative
    test_accuracy: Share
    errors: Count
    synthetic_accuracy: Share
    seconds: NotNegative


@dataclass(frozen=True)
class TrainingData:
    """The dataset a model was trained and tested on."""

    name: Text
    origin: Text
    rendered: bool
    fingerprint: Sha256
    train_images: AtLeastOne
    test_images: AtLeastOne

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
    recipe: RecipeName
    cosine_decay: bool
    horizontal_flip: bool
    c: Annotated[float, Meta(gt=0, le=1e18)] | None
    train_images_used: AtLeastOne
    quantized_weights: bool
    backbone: Text | None
    backbone_sha256: Sha256 | None
    data: TrainingData
    test_loss: NotNegative
    test_accuracy: Share
    errors: Count
    confusion_matrix: tuple[tuple[Count, ...], ...]
    temperature: Annotated[float, Meta(ge=1, lt=1000)]
    synthetic_accuracy: Share
    answered: Share
    answered_precision: Share

    def __post_init__(self) -> None:
        sides = {len(self.confusion_matrix), *map(len, self.confusion_matrix)}
        if sides != {len(self.classes)}:
            raise ValueError("its confusion matrix does not have a row and a column for each class")
        if sum(map(sum, self.confusion_matrix)) != self.data.test_images:
            raise ValueError("its confusion matrix does not add up to the test images")
        if error_count(self.confusion_matrix) != self.errors:
            raise ValueError("its confusion matrix has another number of errors")
        if (self.backbone is None) != (self.backbone_sha256 is None):
            raise ValueError("it has a backbone without a checksum, or the other way round")
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
class Card:
    """The facts of a trained model; each can be recomputed from its files and its data.

    Attributes:
        layers: from input to output.
        epochs: passes through the training images or samples; 1 if the model was fitted.
        batch_size, learning_rate: None if the model was fitted.
        dataset, photos: the one for a model of the article, the other for one for any camera.
        export_difference: the largest difference between the outputs of Keras and of the exported
            model, after the sigmoid or softmax, on ``export_images`` images.
        test_answers: outputs of the exported model, as ``core.hands.tflite`` makes them; a model
            that is loaded must give them again.
        sha256: of the files beside the card, by file name.
    """

    name: Text
    title: Text
    task: Task
    parameters: Count
    trainable_parameters: Count
    layers: Annotated[tuple[Layer, ...], Meta(min_length=2, max_length=1000)]
    seed: Seed
    epochs: AtLeastOne
    batch_size: AtLeastOne | None
    learning_rate: Annotated[float, Meta(gt=0, le=1000)] | None
    preprocessing_version: int
    dataset: DatasetFacts | None
    photos: PhotoFacts | None
    export_difference: NotNegative
    export_images: AtLeastOne
    test_answers: TestAnswers
    versions: Annotated[dict[Text, Text], Meta(min_length=1)]
    machine: Text
    created: Timestamp
    sha256: dict[FileName, Sha256]

    def __post_init__(self) -> None:
        if (self.dataset is None) == (self.photos is None):
            raise ValueError("it must describe either a model of the article or one for any camera")
        if (self.dataset is not None) != (self.task in TARGETS):
            raise ValueError(f"it does not describe a model that can '{self.task}'")
        fitted = self.dataset is not None and self.dataset.c is not None
        if {self.batch_size is None, self.learning_rate is None} != {fitted}:
            raise ValueError("it describes neither a training nor a fit")
        if self.preprocessing_version != PREPROCESSING_VERSION:
            raise ValueError("its model was trained on images that were preprocessed differently")
        if not self.sha256.keys() >= REQUIRED_FILES:
            raise ValueError(f"it lacks the checksums of {', '.join(sorted(REQUIRED_FILES))}")
        self._check_layers()
        self._check_answers()

    def _check_layers(self) -> None:
        given, answers = net_shapes(self.task)
        if (self.layers[0].output, self.layers[-1].output) != (given[1:], answers[1:]):
            raise ValueError("its first or last layer does not fit its task")
        if len({layer.name for layer in self.layers}) != len(self.layers):
            raise ValueError("two of its layers have the same name")
        if sum(layer.parameters for layer in self.layers) != self.parameters:
            raise ValueError("its layers do not add up to its parameters")
        if self.trainable_parameters > self.parameters:
            raise ValueError("it has more trainable parameters than parameters")

    def _check_answers(self) -> None:
        if self.photos is not None and (self.photos.fusion is None) == (self.task == "classify"):
            raise ValueError("it has the calibration of another model")
        if self.dataset is None:
            return
        if self.dataset.classes != CLASSES["side" if self.task == "side" else "fingers"]:
            raise ValueError("its classes are not the answers to its task")
        if self.seed not in {run.seed for run in self.dataset.runs}:
            raise ValueError("its seed is none of those that were trained")

    @property
    def on_dataset(self) -> DatasetFacts:
        """The facts of a model of the article.

        Raises:
            ArtifactError: it is a model for any camera.
        """
        return self._given(self.dataset, "model of the article")

    @property
    def on_photos(self) -> PhotoFacts:
        """The facts of a model for any camera.

        Raises:
            ArtifactError: it is a model of the article.
        """
        return self._given(self.photos, "model for any camera")

    @property
    def detector_threshold(self) -> float:
        """The minimum probability of a detection.

        Raises:
            ArtifactError: it is not the hand detector's card.
        """
        return self._given(self.on_photos.detector_threshold, "hand detector")

    @property
    def calibration(self) -> ClassifierCalibration:
        """How answers become probabilities.

        Raises:
            ArtifactError: it is not the hand classifier's card.
        """
        return self._given(self.on_photos.calibration, "hand classifier")

    @property
    def fusion(self) -> ScoreFusion:
        """How scores become the probability of a hand.

        Raises:
            ArtifactError: it is not the hand classifier's card.
        """
        return self._given(self.on_photos.fusion, "hand classifier")

    def _given(self, facts: T | None, kind: str) -> T:
        if facts is None:
            raise ArtifactError(f"'{self.name}' is not a {kind}.")
        return facts
