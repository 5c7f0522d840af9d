"""What trained models answer to an image, and their errors on test images and synthetic hands."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.artifacts import store as artifacts
from core.artifacts.store import MODELS_ROOT
from core.common.metrics import ConfusionMatrix, error_count
from core.common.types import (
    CLASSES,
    QUESTION_WORDS,
    SIDES,
    TARGETS,
    Float32Array,
    Target,
    Uint8Array,
)
from core.datasets.browsing import images_by_name
from core.datasets.importing import IMPORTED_NAME
from core.datasets.store import Dataset, open_store_if_any
from core.evaluation.metrics import summarise, true_classes
from core.evaluation.occlusion import Answers
from core.evaluation.synthetic_sets import LabelledImages
from core.hands.classifier import HandClassifier
from core.hands.loading import loaded, serve
from core.hands.pipeline import HAND_CLASSIFIER
from core.hands.postprocessing import as_prediction
from core.synthetic.dataset_look import draw_dataset_image
from core.zoo import article_specs, hand_specs

CORRECT_EXAMPLES = 12
"""Correctly classified test images shown of each class."""


_ENDING = re.compile(r"_(?P<fingers>[0-5])(?P<side>[LR])\.png$")


@dataclass(frozen=True)
class Predictor:
    """One model and its target; those of the article were trained on the dataset alone."""

    model: str
    title: str
    target: Target
    of_the_article: bool


def predictors() -> tuple[Predictor, ...]:
    """All predictors of trained models: the article's first, then both of the hand classifier."""
    found = [
        Predictor(spec.name, spec.title, spec.target, of_the_article=True)
        for spec in article_specs().values()
        if artifacts.is_trained(spec.name)
    ]
    if artifacts.is_trained(HAND_CLASSIFIER):
        title = hand_specs()[HAND_CLASSIFIER].title
        found += [
            Predictor(
                HAND_CLASSIFIER, f"{title}: {QUESTION_WORDS[target]}", target, of_the_article=False
            )
            for target in TARGETS
        ]
    return tuple(found)


def load_predictor(predictor: Predictor) -> Answers:
    """The model behind a predictor, as it is published now.

    The article's models return uncalibrated probabilities, the hand classifier calibrated ones.

    Raises:
        UserError: the model is not trained, or its file is damaged.
    """
    if predictor.of_the_article:
        return serve(predictor.model).probabilities
    model = loaded(HAND_CLASSIFIER)
    classifier, calibration = HandClassifier(model.net), model.card.calibration

    def answers(images: Uint8Array) -> Float32Array:
        said = [as_prediction(classifier.classify(image), calibration) for image in images]
        field = f"{predictor.target}_probabilities"
        return np.array([getattr(each, field) for each in said], np.float32)

    return answers


@dataclass(frozen=True)
class Example:
    """One grey image (128, 128) uint8, None if not available, with its class and the answer."""

    name: str
    image: Uint8Array | None
    true: int
    probabilities: tuple[float, ...]

    @property
    def predicted(self) -> int:
        """Index of the most probable class."""
        return int(np.argmax(self.probabilities))

    @property
    def is_error(self) -> bool:
        """Whether the model misclassifies it."""
        return self.predicted != self.true


@dataclass(frozen=True)
class Findings:
    """One model's answers on a set of images.

    The examples are every misclassified image, and some or all of the others; in ``not_found``
    further photos no hand was detected.
    """

    images: int
    confusion_matrix: ConfusionMatrix
    examples: tuple[Example, ...]
    not_found: int = 0

    @property
    def errors(self) -> int:
        """Number of misclassified images."""
        return error_count(self.confusion_matrix)

    def cell(self, true: int, predicted: int) -> tuple[Example, ...]:
        """The examples of the class ``true`` that were classified as ``predicted``."""
        return tuple(
            each for each in self.examples if (each.true, each.predicted) == (true, predicted)
        )

    @property
    def mistakes(self) -> tuple[Example, ...]:
        """The misclassified examples, the most confident error first."""
        errors = [each for each in self.examples if each.is_error]
        return tuple(sorted(errors, key=lambda each: -max(each.probabilities)))


def read_all(predictor: Predictor, answers: Answers, given: LabelledImages) -> Findings:
    """Classify labelled images with a model."""
    probabilities = answers(given.images)
    true = given.classes(predictor.target)
    summary = summarise(predictor.target, true, probabilities, list(given.names))
    examples = _examples(given.names, given.images, true, probabilities)
    return Findings(summary.images, summary.confusion_matrix, examples, given.not_found)


def _examples(
    names: Iterable[str], images: Uint8Array, true: Uint8Array, probabilities: Float32Array
) -> tuple[Example, ...]:
    return tuple(
        Example(name, image, int(label), tuple(map(float, row)))
        for name, image, label, row in zip(names, images, true, probabilities, strict=True)
    )


def on_test_images(
    predictor: Predictor, answers: Callable[[], Answers], root: Path = MODELS_ROOT
) -> Findings:
    """The recorded errors of one of the article's models, with those images that are available.

    ``answers`` returns the model, which classifies some correctly classified images again; it is
    not called if the dataset is not imported.

    Raises:
        UserError: the model is not trained, its files or the imported dataset are damaged.
    """
    facts = artifacts.read_card(predictor.model, root).on_dataset
    mistakes = artifacts.read_mistakes(predictor.model, root)
    dataset = _tested_on(facts.data.fingerprint)
    at_hand = {} if dataset is None else images_by_name([each.file for each in mistakes])
    classes = CLASSES[predictor.target]
    errors = [
        Example(each.file, at_hand.get(each.file), classes.index(each.true), each.probabilities)
        for each in mistakes
    ]
    correct: tuple[Example, ...] = ()
    if dataset is not None:
        correct = _correct_examples(predictor, answers(), dataset, {each.file for each in mistakes})
    return Findings(facts.data.test_images, facts.confusion_matrix, (*errors, *correct))


def has_test_images(predictor: Predictor, root: Path = MODELS_ROOT) -> bool:
    """Whether the dataset that a model of the article was tested on is imported.

    Raises:
        UserError: the model is not trained, or the imported dataset is damaged.
    """
    facts = artifacts.read_card(predictor.model, root).on_dataset
    return _tested_on(facts.data.fingerprint) is not None


def _tested_on(fingerprint: str) -> Dataset | None:
    dataset = open_store_if_any(IMPORTED_NAME)
    return dataset if dataset is not None and dataset.facts.fingerprint == fingerprint else None


def _correct_examples(
    predictor: Predictor, answers: Answers, dataset: Dataset, misclassified: set[str]
) -> tuple[Example, ...]:
    """Some test images of each class that were classified correctly."""
    test = dataset.indices("test")
    true = true_classes(predictor.target, dataset)[test]
    chosen: list[int] = []
    for label in range(len(CLASSES[predictor.target])):
        of_class = [
            int(index)
            for index in test[true == label]
            if dataset.file_name(index) not in misclassified
        ]
        chosen += of_class[:: max(1, len(of_class) // CORRECT_EXAMPLES)][:CORRECT_EXAMPLES]
    images, labels = dataset.images[chosen], true_classes(predictor.target, dataset)[chosen]
    examples = _examples(map(dataset.file_name, chosen), images, labels, answers(images))
    # A borderline image may be classified differently on another processor.
    return tuple(example for example in examples if not example.is_error)


def mirrored(example: Example, predictor: Predictor, answers: Answers) -> Example:
    """The mirror image of an example, which shows the other hand, classified by the model.

    Raises:
        ValueError: the example has no image.
    """
    if example.image is None:
        raise ValueError(f"the image of '{example.name}' is not available")
    image = np.ascontiguousarray(example.image[:, ::-1])
    return replace(
        example,
        name=f"{example.name}, mirrored",
        image=image,
        true=len(SIDES) - 1 - example.true if predictor.target == "side" else example.true,
        probabilities=tuple(map(float, answers(image[None])[0])),
    )


def drawn_equivalent(example: Example, seed: int) -> Example:
    """An example without an image, with a drawn hand of what its file's name says.

    Raises:
        ValueError: the name does not end as the dataset's names do.
    """
    ending = _ENDING.search(example.name)
    if ending is None:
        raise ValueError(f"'{example.name}' is not named like a file of the dataset")
    fingers, side = int(ending["fingers"]), SIDES[SIDES.index(ending["side"])]
    return replace(example, image=draw_dataset_image(fingers, side, seed))


def without_mirror_images(examples: Sequence[Example]) -> list[Example]:
    """The examples with an image, without mirror images of earlier ones."""
    kept: list[Example] = []
    mirror_images: set[bytes] = set()
    for example in examples:
        if example.image is None or example.image.tobytes() in mirror_images:
            continue
        kept.append(example)
        mirror_images.add(np.ascontiguousarray(example.image[:, ::-1]).tobytes())
    return kept
