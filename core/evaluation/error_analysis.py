"""A model's mistakes with their images: on the test images, and on drawn hands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.store import MODELS_ROOT
from core.common.metrics import ConfusionMatrix, error_count
from core.common.types import SIDES, Uint8Array
from core.datasets.browsing import images_by_name
from core.datasets.importing import IMPORTED_NAME
from core.datasets.store import Dataset, open_store, store_exists
from core.evaluation.metrics import summarise, true_classes
from core.evaluation.occlusion import Answers
from core.evaluation.predictors import Predictor
from core.evaluation.synthetic_sets import LabelledImages
from core.hands.tflite import CLASSES

RIGHT_ONES = 12
"""So many test images of each class are shown that are read right."""


@dataclass(frozen=True)
class Example:
    """One image and what a model says of it.

    Attributes:
        name: of its file, or of its drawing.
        image: (128, 128) uint8, grey; None where it is not at hand.
        true: index of the class it shows.
        probabilities: of the classes.
    """

    name: str
    image: Uint8Array | None
    true: int
    probabilities: tuple[float, ...]

    @property
    def predicted(self) -> int:
        """Index of the most probable class."""
        return int(np.argmax(self.probabilities))

    @property
    def errors(self) -> bool:
        """Whether the model errs."""
        return self.predicted != self.true


@dataclass(frozen=True)
class Findings:
    """What one model says of a set of images.

    Attributes:
        images: how many were read.
        confusion_matrix: of all of them; rows are true classes, columns predicted ones.
        examples: every misread one, and some or all of the others.
        not_found: photos beside these, in which no hand was found.
    """

    images: int
    confusion_matrix: ConfusionMatrix
    examples: tuple[Example, ...]
    not_found: int = 0

    def __post_init__(self) -> None:
        if sum(map(sum, self.confusion_matrix)) != self.images or self.images < 1:
            raise ValueError("the confusion matrix does not count every image")
        if sum(example.errors for example in self.examples) != self.errors:
            raise ValueError("not every mistake is an example, or some are no mistakes")

    @property
    def errors(self) -> int:
        """How many were misread."""
        return error_count(self.confusion_matrix)

    def cell(self, true: int, predicted: int) -> tuple[Example, ...]:
        """The examples of one class that were taken for one class."""
        return tuple(
            each for each in self.examples if (each.true, each.predicted) == (true, predicted)
        )

    @property
    def mistakes(self) -> tuple[Example, ...]:
        """The misread examples, the surest mistake first."""
        errors = [each for each in self.examples if each.errors]
        return tuple(sorted(errors, key=lambda each: -max(each.probabilities)))


def read_all(predictor: Predictor, answers: Answers, given: LabelledImages) -> Findings:
    """Have a model read labelled images."""
    probabilities = answers(given.images)
    true = given.classes(predictor.target)
    summary = summarise(predictor.target, true, probabilities, list(given.names))
    examples = tuple(
        Example(name, image, int(label), tuple(map(float, row)))
        for name, image, label, row in zip(
            given.names, given.images, true, probabilities, strict=True
        )
    )
    return Findings(summary.images, summary.confusion_matrix, examples, given.not_found)


def on_test_images(
    predictor: Predictor, answers: Callable[[], Answers], root: Path = MODELS_ROOT
) -> Findings:
    """What was recorded of the test images, with those images that are at hand.

    Args:
        question: to a model of the article.
        answers: gives what reads some of the images that were read right; not asked for where the
            dataset is not imported.
        root: where the models are.

    Raises:
        UserError: the model is not trained, its files or the imported dataset are damaged.
    """
    card = artifacts.read_card(predictor.model, root)
    mistakes = artifacts.read_mistakes(predictor.model, root)
    dataset = _tested_on(card.data.fingerprint)
    at_hand = {} if dataset is None else images_by_name([each.file for each in mistakes])
    classes = CLASSES[predictor.target]
    errors = [
        Example(each.file, at_hand.get(each.file), classes.index(each.true), each.probabilities)
        for each in mistakes
    ]
    right: tuple[Example, ...] = ()
    if dataset is not None:
        right = _right_ones(predictor, answers(), dataset, {each.file for each in mistakes})
    return Findings(card.data.test_images, card.confusion_matrix, (*errors, *right))


def has_test_images(predictor: Predictor, root: Path = MODELS_ROOT) -> bool:
    """Whether the dataset that a model of the article was tested on is imported.

    Raises:
        UserError: the model is not trained, or the imported dataset is damaged.
    """
    return _tested_on(artifacts.read_card(predictor.model, root).data.fingerprint) is not None


def _tested_on(fingerprint: str) -> Dataset | None:
    if not store_exists(IMPORTED_NAME):
        return None
    dataset = open_store(IMPORTED_NAME)
    return dataset if dataset.facts.fingerprint == fingerprint else None


def _right_ones(
    predictor: Predictor, answers: Answers, dataset: Dataset, misread: set[str]
) -> tuple[Example, ...]:
    """Some test images of each class that were read right."""
    test = dataset.indices("test")
    true = true_classes(predictor.target, dataset)[test]
    chosen: list[int] = []
    for label in range(len(CLASSES[predictor.target])):
        of_class = [
            int(index) for index in test[true == label] if dataset.file_name(index) not in misread
        ]
        chosen += of_class[:: max(1, len(of_class) // RIGHT_ONES)][:RIGHT_ONES]
    images = dataset.images[chosen]
    examples = [
        Example(dataset.file_name(index), image, int(label), tuple(map(float, row)))
        for index, image, label, row in zip(
            chosen,
            images,
            true_classes(predictor.target, dataset)[chosen],
            answers(images),
            strict=True,
        )
    ]
    # What is borderline may be read otherwise on another processor.
    return tuple(example for example in examples if not example.errors)


def mirrored(example: Example, predictor: Predictor, answers: Answers) -> Example:
    """The mirror image of an example, which shows the other hand, and what the model says of it.

    Raises:
        ValueError: the example has no image.
    """
    if example.image is None:
        raise ValueError(f"the image of '{example.name}' is not at hand")
    image = np.ascontiguousarray(example.image[:, ::-1])
    return replace(
        example,
        name=f"{example.name}, mirrored",
        image=image,
        true=len(SIDES) - 1 - example.true if predictor.target == "side" else example.true,
        probabilities=tuple(map(float, answers(image[None])[0])),
    )


def without_mirror_images(examples: Sequence[Example]) -> list[Example]:
    """The examples that have an image, but none that is the mirror image of one before it."""
    kept: list[Example] = []
    mirror_images: set[bytes] = set()
    for example in examples:
        if example.image is None or example.image.tobytes() in mirror_images:
            continue
        kept.append(example)
        mirror_images.add(np.ascontiguousarray(example.image[:, ::-1]).tobytes())
    return kept
