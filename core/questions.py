"""Which trained model can be asked what about a prepared image, and how it is asked."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core import artifacts
from core.artifacts import MODELS_ROOT
from core.field.reader import load_reader
from core.field.reading import ReaderCalibration, as_prediction
from core.model_spec import QUESTION_WORDS, TARGETS, Target
from core.occlusion import Answers
from core.recognition import READER
from core.serving import serve
from core.types import Float32Array, Uint8Array
from core.zoo import all_specs, field_specs


@dataclass(frozen=True)
class Question:
    """One model and what it is asked.

    Attributes:
        model: its name in the zoo.
        title: for people; no two questions have the same.
        target: what is asked.
        of_the_article: whether the model learned from the dataset alone.
    """

    model: str
    title: str
    target: Target
    of_the_article: bool


def questions(root: Path = MODELS_ROOT) -> tuple[Question, ...]:
    """All that trained models can be asked: the article's first, then the reader, twice."""
    found = [
        Question(spec.name, spec.title, spec.target, of_the_article=True)
        for spec in all_specs().values()
        if artifacts.is_trained(spec.name, root)
    ]
    if artifacts.is_trained(READER, root):
        title = field_specs()[READER].title
        found += [
            Question(READER, f"{title}: {QUESTION_WORDS[target]}", target, of_the_article=False)
            for target in TARGETS
        ]
    return tuple(found)


@cache
def answers_to(question: Question, root: Path = MODELS_ROOT) -> Answers:
    """What answers a question, loaded once a process.

    The article's models answer with the probabilities that their networks give, the reader with
    calibrated ones.

    Raises:
        UserError: the model is not trained, or its file is damaged.
    """
    if question.of_the_article:
        return serve(question.model, root).probabilities
    return _reader_answers(question.target, root)


def _reader_answers(target: Target, root: Path) -> Answers:
    reader = load_reader(artifacts.read_verified(READER, "serving.tflite", root))
    calibration = ReaderCalibration.of(artifacts.read_field_card(READER, root))

    def answers(images: Uint8Array) -> Float32Array:
        said = [as_prediction(reader.answer(image), calibration) for image in images]
        return np.array(
            [
                each.fingers_probabilities if target == "fingers" else each.side_probabilities
                for each in said
            ],
            np.float32,
        )

    return answers
