"""Two models on one photo, each with its answer to the same question."""

from collections.abc import Sequence

import streamlit as st

import ui
from core.comparison import ModelRow
from core.errors import UserError
from core.photos import PhotoError
from core.prediction import Prediction
from core.types import FINGER_COUNTS, SIDE_NAMES, SIDES, Side
from ui.readings import Arrival, Reading, read_arrivals, ready_recogniser_with


def draw_side_by_side(rows: Sequence[ModelRow]) -> None:
    """The hand input, a choice of two models, and what each says of the photo.

    Args:
        rows: the models of one question, at least two, the first of them read any camera.
    """
    st.header("Two models on one photo", anchor=False)
    by_name = {row.name: row for row in rows}
    names = list(by_name)
    with st.columns([5, 6], gap="large")[0]:
        arrivals, mirrored = ui.choose_photos()
    labels = ("One model", "Another model")
    for column, label, first in zip(st.columns(2, gap="large"), labels, names[:2], strict=True):
        with column:
            chosen = st.selectbox(
                label,
                names,
                index=names.index(first),
                format_func=lambda name: by_name[name].title,
                key=label.split()[0].lower(),
                bind="query-params",
            )
            # One photo is enough here, though the input takes many.
            _draw_reading(by_name[chosen or first], arrivals[:1], mirrored)


def _draw_reading(row: ModelRow, arrivals: Sequence[Arrival], mirrored: bool) -> None:
    if not arrivals:
        st.info("The answer appears here.", icon=":material/back_hand:")
        return
    try:
        reading = read_arrivals(arrivals, mirrored, ready_recogniser_with(row.name))[0]
    except UserError as error:
        st.error(str(error), icon=":material/error:")
        return
    if isinstance(reading, PhotoError):
        st.error(str(reading), icon=":material/broken_image:")
    else:
        _draw_answer(row, reading, None if mirrored else arrivals[0].truth)


def _draw_answer(row: ModelRow, reading: Reading, truth: tuple[int, Side] | None) -> None:
    if not reading.recognition.hands:
        st.markdown("**No hand found.**")
        return
    hand = reading.recognition.hands[0]
    labels, probabilities, said, true = _in_words(row.question, hand.prediction, truth)
    sure = max(probabilities) >= hand.prediction.threshold
    verdict = ""
    if true is not None:
        verdict = f" It is {'right' if said == true else 'wrong'}: drawn was {true}."
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
    if question == "how many":
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
