"""Two models on one photo, each with its answer to the same question."""

from collections.abc import Sequence

import streamlit as st

import ui
from core.common.errors import UserError
from core.common.types import FINGER_COUNTS, QUESTION_WORDS, SIDE_NAMES, SIDES, Side
from core.hands.prediction import Prediction
from core.images.decoding import PhotoError
from core.reports.comparison import ModelRow
from ui.readings import PhotoInput, PhotoResult, read_photos, ready_recogniser_with


def draw_side_by_side(rows: Sequence[ModelRow]) -> None:
    """The hand input, a choice of two models, and what each says of the photo.

    Args:
        rows: the models of one question, at least two.
    """
    st.header("Two models on one photo", anchor=False)
    given, shown = st.columns([5, 6], gap="large")
    with given:
        photos_in, mirrored = ui.choose_photos()
    readings = []
    for column, which in zip(st.columns(2, gap="large"), (0, 1), strict=True):
        with column:
            row = _choose_model(rows, which)
            # One photo is enough here, though the input takes many.
            readings.append(_draw_reading(row, photos_in[:1], mirrored))
    if readings[0] is not None:
        with shown:
            ui.picture(
                readings[0].shown,
                "The photo",
                "The box is where the first of the two models looks.",
                "The photo that both models read.",
            )


def _choose_model(rows: Sequence[ModelRow], which: int) -> ModelRow:
    # Settings of their own for each question, since the models to choose from are others.
    question = rows[0].question.replace(" ", "_")
    by_title = {row.title: row for row in rows}
    title = st.selectbox(
        ("One model", "Another model")[which],
        list(by_title),
        index=which,
        key=f"{('one', 'another')[which]}_{question}",
        bind="query-params",
    )
    return by_title[title]


def _draw_reading(
    row: ModelRow, photos_in: Sequence[PhotoInput], mirrored: bool
) -> PhotoResult | None:
    """What one model says; returns the reading where the photo can be read."""
    if not photos_in:
        st.info("The answer appears here.", icon=":material/back_hand:")
        return None
    try:
        reading = read_photos(photos_in, mirrored, ready_recogniser_with(row.name))[0]
    except UserError as error:
        st.error(str(error), icon=":material/error:")
        return None
    if isinstance(reading, PhotoError):
        st.error(str(reading), icon=":material/broken_image:")
        return None
    _draw_answer(row, reading, None if mirrored else photos_in[0].truth)
    return reading


def _draw_answer(row: ModelRow, reading: PhotoResult, truth: tuple[int, Side] | None) -> None:
    if not reading.recognition.hands:
        st.markdown("**No hand found.**")
        return
    hand = reading.recognition.hands[0]
    labels, probabilities, said, true = _in_words(row.question, hand.prediction, truth)
    sure = max(probabilities) >= hand.prediction.threshold
    verdict = ""
    if true is not None:
        verdict = " That is right." if said == true else f" That is wrong: it shows {true}."
    st.markdown(f"**{said.capitalize() if sure else f'Not sure; perhaps {said}'}.**{verdict}")
    ui.probability_bars(row.question.capitalize(), labels, probabilities, hand.prediction.threshold)
    ui.picture(
        hand.prepared.image,
        "What it saw",
        "The hand as this model is given it.",
        "The hand, cut out and grey.",
    )


def _in_words(
    question: str, prediction: Prediction, truth: tuple[int, Side] | None
) -> tuple[list[str], tuple[float, ...], str, str | None]:
    """Labels and probabilities of the answers, and in words what was said and what is true."""
    if question == QUESTION_WORDS["fingers"]:
        return (
            [str(count) for count in FINGER_COUNTS],
            prediction.fingers_probabilities,
            ui.fingers_words(prediction.fingers),
            None if truth is None else ui.fingers_words(truth[0]),
        )
    return (
        [SIDE_NAMES[side].capitalize() for side in SIDES],
        prediction.side_probabilities,
        f"{SIDE_NAMES[prediction.side]} hand",
        None if truth is None else f"{SIDE_NAMES[truth[1]]} hand",
    )
