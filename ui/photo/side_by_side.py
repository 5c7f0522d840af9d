"""Two models on one photo, each with its answer to the same question."""

from collections.abc import Sequence

import streamlit as st

from core.common.errors import UserError
from core.common.types import CLASSES, QUESTION_WORDS, SIDE_NAMES, Side
from core.hands.prediction import Prediction
from core.images.decoding import PhotoError
from core.reports.comparison import ModelRow
from ui.charts.bars import draw_probability_bars
from ui.choice import choose_one
from ui.page import draw_picture
from ui.photo.reading import PhotoResult, read_photos
from ui.photo_input import PhotoInput, choose_photos
from ui.server.models import ready_recogniser
from ui.wording import SIDE_LABELS, fingers_words


def draw_side_by_side(rows: Sequence[ModelRow]) -> None:
    """The hand input, a choice of two models of one question, and what each says of the photo."""
    st.header("Two models on one photo", anchor=False)
    given, shown = st.columns([5, 6], gap="large")
    with given:
        photo_inputs, mirrored = choose_photos()
    results = []
    for column, which in zip(st.columns(2, gap="large"), (0, 1), strict=True):
        with column:
            row = _choose_model(rows, which)
            # One photo is enough here, though the input takes many.
            results.append(_draw_result(row, photo_inputs[:1], mirrored))
    if results[0] is not None:
        with shown:
            draw_picture(
                results[0].shown,
                "The photo",
                "The box marks the hand that the first model found.",
                "The photo that both models read.",
            )


def _choose_model(rows: Sequence[ModelRow], which: int) -> ModelRow:
    # Settings of their own for each question, since the models to choose from are others.
    question = rows[0].question.replace(" ", "_")
    by_title = {row.title: row for row in rows}
    label, key = (("First model", "one"), ("Second model", "another"))[which]
    titles = list(by_title)
    title = choose_one(label, titles, f"{key}_{question}", titles[which], listed=True)
    return by_title[title]


def _draw_result(
    row: ModelRow, photo_inputs: Sequence[PhotoInput], mirrored: bool
) -> PhotoResult | None:
    """What one model says; returns the result where the photo can be read."""
    if not photo_inputs:
        st.info("The answer appears here.", icon=":material/back_hand:")
        return None
    try:
        result = read_photos(photo_inputs, mirrored, ready_recogniser(row.name))[0]
    except UserError as error:
        st.error(str(error), icon=":material/error:")
        return None
    if isinstance(result, PhotoError):
        st.error(str(result), icon=":material/broken_image:")
        return None
    _draw_answer(row, result, None if mirrored else photo_inputs[0].truth)
    return result


def _draw_answer(row: ModelRow, result: PhotoResult, truth: tuple[int, Side] | None) -> None:
    if not result.recognition.hands:
        st.markdown("**No hand found.**")
        return
    hand = result.recognition.hands[0]
    labels, probabilities, said, true = _answer_texts(row.question, hand.prediction, truth)
    sure = max(probabilities) >= hand.prediction.threshold
    verdict = ""
    if true is not None:
        verdict = (
            " That is right." if said == true else f" That is wrong: the correct answer is {true}."
        )
    st.markdown(f"**{said.capitalize() if sure else f'Not sure; perhaps {said}'}.**{verdict}")
    draw_probability_bars(
        row.question.capitalize(), labels, probabilities, hand.prediction.threshold
    )
    draw_picture(
        hand.prepared.image,
        "What it saw",
        "The hand as this model receives it.",
        "The hand, cropped and grey.",
    )


def _answer_texts(
    question: str, prediction: Prediction, truth: tuple[int, Side] | None
) -> tuple[list[str], tuple[float, ...], str, str | None]:
    """Labels and probabilities of the answers; the answer and the truth in words."""
    if question == QUESTION_WORDS["fingers"]:
        return (
            list(CLASSES["fingers"]),
            prediction.fingers_probabilities,
            fingers_words(prediction.fingers),
            None if truth is None else fingers_words(truth[0]),
        )
    return (
        list(SIDE_LABELS.values()),
        prediction.side_probabilities,
        f"{SIDE_NAMES[prediction.side]} hand",
        None if truth is None else f"{SIDE_NAMES[truth[1]]} hand",
    )
