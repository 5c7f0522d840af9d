"""All models on one photo: what each saw, what it says, and whether it is sure."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.artifacts.store import version_of
from core.common.errors import UserError
from core.common.types import CLASSES, QUESTION_WORDS, SIDE_NAMES, Photo, Side
from core.hands.model_answers import CropSource, ModelAnswer, ModelAnswers, answers_of_models
from core.hands.prediction import Prediction
from core.reports.comparison import ModelRow
from ui.charts.bars import draw_probability_bars
from ui.choice import choose_one
from ui.page import draw_picture, draw_thumbnail, picture_cells
from ui.photo.reading import photo_with_boxes, read_once
from ui.photo_input import PhotoInput, choose_photos
from ui.server.models import ready_recogniser
from ui.wording import SIDE_LABELS, fingers_words, format_confidence

CROP_WORDS: dict[CropSource, str] = {
    "own": "Its own way",
    "detector": "The same cut-out for all",
    "dataset": "That, in the dataset’s look",
}

Truth = tuple[int, Side]


@dataclass(frozen=True)
class _Answers:
    """The photo with its box, as JPEG, and what the models say of it."""

    shown: bytes
    models: ModelAnswers


def draw_tiles(rows: Sequence[ModelRow]) -> None:
    """The hand input, and a tile for each model of one question."""
    given, shown = st.columns([5, 6], gap="large")
    with given:
        photo_inputs, mirrored = choose_photos(most=1)
        crop = choose_one(
            "How each model finds the hand",
            CROP_WORDS,
            key="cut_out",
            width="stretch",
            help="The article's models find a hand by its plain background. With the hand "
            "detector's cut-out they only have to read it; in the dataset's look it is the hand "
            "alone, upright, on a background like the dataset's.",
        )
    if not photo_inputs:
        shown.info("The answers appear here.", icon=":material/back_hand:")
        return
    (photo_input,) = photo_inputs
    try:
        with shown:
            answers = _read(photo_input, mirrored, [row.name for row in rows], crop)
    except UserError as error:
        shown.error(str(error), icon=":material/broken_image:")
        return
    truth = None if mirrored else photo_input.truth
    with shown:
        draw_picture(
            answers.shown, "The photo", _tally_words(rows, answers, truth), "The photo being read."
        )
    for cell, row in zip(picture_cells(len(rows)), rows, strict=False):
        with cell.container(border=True, height="stretch"):
            _draw_tile(row, answers.models.by_name[row.name], truth)
    with st.expander("Look closer at one model", icon=":material/bar_chart:"):
        _draw_closer(rows, answers.models)


def _read(
    photo_input: PhotoInput, mirrored: bool, names: Sequence[str], crop: CropSource
) -> _Answers:
    """What all models say of a photo, read once while it is shown.

    Raises:
        PhotoError: it cannot be decoded.
        UserError: a model is not trained or its file is damaged.
    """
    ready_recogniser()

    def read(photo: Photo, _seconds: float) -> _Answers:
        if mirrored:
            photo = photo.mirrored()
        models = answers_of_models(photo, names, crop)
        return _Answers(photo_with_boxes(photo, [models.box] if models.box else []), models)

    key = (photo_input.identity, mirrored, crop, tuple(map(version_of, names)))
    return read_once("answers of all models", key, photo_input.source, read)


def _draw_tile(row: ModelRow, answer: ModelAnswer | None, truth: Truth | None) -> None:
    if answer is None:
        st.markdown(f"{row.title}\n\n**No hand found**")
        return
    draw_thumbnail(answer.image, "", f"What “{row.title}” saw: a grey square.")
    labels = _labels(row.question, answer.prediction)
    share = format_confidence(max(labels.probabilities))
    said = labels.said.capitalize() if labels.is_sure else f"Not sure; perhaps {labels.said}"
    st.markdown(f"{row.title}\n\n**{said}** ({share})\n\n{_verdict(labels.said, row, truth)}")


def _verdict(said: str, row: ModelRow, truth: Truth | None) -> str:
    if truth is None:
        return ""
    if said == _true_words(row.question, truth):
        return ":material/check: Right"
    return f":material/close: Wrong: {_true_words(row.question, truth)}"


def _tally_words(rows: Sequence[ModelRow], answers: _Answers, truth: Truth | None) -> str:
    found = [
        (row, answer) for row in rows if (answer := answers.models.by_name[row.name]) is not None
    ]
    if truth is None:
        return f"{len(found)} of {len(rows)} models found a hand."
    right = sum(
        _labels(row.question, answer.prediction).said == _true_words(row.question, truth)
        for row, answer in found
    )
    return f"{right} of {len(rows)} models are right."


def _draw_closer(rows: Sequence[ModelRow], answers: ModelAnswers) -> None:
    question = rows[0].question.replace(" ", "_")
    by_title = {row.title: row for row in rows}
    title = choose_one("Model", list(by_title), f"closer_{question}", listed=True)
    answer = answers.by_name[by_title[title].name]
    if answer is None:
        st.markdown("**No hand found.**")
        return
    labels = _labels(rows[0].question, answer.prediction)
    draw_probability_bars(
        rows[0].question.capitalize(),
        labels.classes,
        labels.probabilities,
        answer.prediction.threshold,
    )


@dataclass(frozen=True)
class _Labels:
    """A prediction in words: its classes with their probabilities, and the most probable."""

    classes: list[str]
    probabilities: tuple[float, ...]
    said: str
    is_sure: bool


def _labels(question: str, prediction: Prediction) -> _Labels:
    if question == QUESTION_WORDS["fingers"]:
        classes, probabilities = list(CLASSES["fingers"]), prediction.fingers_probabilities
        said = fingers_words(prediction.fingers)
    else:
        classes, probabilities = list(SIDE_LABELS.values()), prediction.side_probabilities
        said = f"{SIDE_NAMES[prediction.side]} hand"
    return _Labels(classes, probabilities, said, max(probabilities) >= prediction.threshold)


def _true_words(question: str, truth: Truth) -> str:
    fingers, side = truth
    if question == QUESTION_WORDS["fingers"]:
        return fingers_words(fingers)
    return f"{SIDE_NAMES[side]} hand"
