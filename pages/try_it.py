"""The page "Try it": a photo in; the answer, and how it came about, out."""

import base64
import csv
import io
from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import ui
from core.artifacts import Card, cached_card
from core.errors import UserError
from core.photos import PhotoError
from core.prediction import ANSWER_THRESHOLD, Prediction
from core.recognition import Reader
from core.types import FINGER_COUNTS, IMAGE_SIZE, SIDE_NAMES, SIDES, Side
from ui.readings import Reading, read_arrivals, ready_reader

PAGE = ui.Page(title="Try it", icon=":material/back_hand:", order=10)

_COUNT_LABELS = [str(count) for count in FINGER_COUNTS]
_SIDE_LABELS = [SIDE_NAMES[side].capitalize() for side in SIDES]
_COLUMNS = ("file", "fingers", "hand", "sure", "fingers confidence", "hand confidence", "note")

Cell = str | int | float | None


def render() -> None:
    """Draw the page."""
    st.title(ui.APP_NAME, anchor=False)
    st.markdown(
        "Hold up one hand, **palm to the camera**, all of it in view, before a plain background. "
        "The program says how many fingers are up, and whether it is your left or right hand."
    )
    left, right = st.columns([5, 6], gap="large")
    with left:
        arrivals, mirrored = ui.choose_photos()
    try:
        with right:
            reader = ready_reader()
            readings = read_arrivals(arrivals, mirrored, reader)
    except UserError as error:
        right.error(str(error), icon=":material/error:")
        return
    if not readings:
        right.info("The answer appears here.", icon=":material/back_hand:")
        return
    reading = readings[0]
    if len(readings) == 1:
        with right:
            _draw_answer(reading, None if mirrored else arrivals[0].truth)
    else:
        reading = _draw_many([arrival.name for arrival in arrivals], readings, right)
        _draw_answer(reading)
    if isinstance(reading, Reading):
        _draw_photo(reading)
        _draw_steps(reading)
    _draw_models(reader)


def _draw_answer(reading: Reading | PhotoError, truth: tuple[int, Side] | None = None) -> None:
    if isinstance(reading, PhotoError):
        ui.headline("Not readable")
        st.error(str(reading), icon=":material/broken_image:")
        return
    for hand in reading.recognition.hands:
        words, sureness = ui.answer_words(hand.prediction)
        ui.headline(words)
        st.markdown(sureness + _verdict(hand.prediction, truth))
        _draw_probabilities(hand.prediction)
    if not reading.recognition.hands:
        ui.headline("No hand found")
        st.markdown(
            "Nothing stands out from the background as one hand would. Try this:\n"
            "- a plain background of another colour than your skin,\n"
            "- the whole hand in view, the palm to the camera,\n"
            "- even light, without hard shadows."
        )
    _draw_times(reading)


def _verdict(prediction: Prediction, truth: tuple[int, Side] | None) -> str:
    """For a drawn photo, whether it was read right."""
    if truth is None:
        return ""
    correct = truth == (prediction.fingers, prediction.side)
    subject = "best guess" if prediction.unsure else "answer"
    return (
        f"\n\nIt was drawn as {ui.hand_words(*truth)}: "
        f"the {subject} is **{'correct' if correct else 'wrong'}**."
    )


def _draw_times(reading: Reading) -> None:
    times = reading.milliseconds
    parts = ", ".join(f"{step} {milliseconds:.0f}" for step, milliseconds in times.items())
    st.caption(f"Read in {sum(times.values()):.0f} ms: {parts}.")


def _draw_photo(reading: Reading) -> None:
    hands = reading.recognition.hands
    photo, model = st.columns([4, 3], gap="large")
    with photo:
        ui.picture(
            reading.shown,
            "The photo",
            f"{reading.width} × {reading.height} pixels."
            + (" The box is around what was read." if hands else ""),
            "The photo, with the hand in a box."
            if hands
            else "The photo; no hand was found in it.",
        )
    for hand in hands:
        with model:
            ui.picture(
                hand.prepared.image,
                "What the models saw",
                f"{IMAGE_SIZE} × {IMAGE_SIZE} pixels, grey; enlarged here.",
                "The hand alone, upright and grey, before a dark background.",
            )


def _draw_probabilities(prediction: Prediction) -> None:
    count, side = st.columns(2, gap="medium")
    with count:
        ui.probability_bars("How many fingers", _COUNT_LABELS, prediction.fingers_probabilities)
    with side:
        ui.probability_bars("Which hand", _SIDE_LABELS, prediction.side_probabilities)
        st.caption(
            f"Below {ui.percent(ANSWER_THRESHOLD)}, the dashed line, the answer is “not sure”."
        )
    with st.expander("As a table"):
        st.table(
            [
                {"answer": label, "probability": f"{probability:.4%}"}
                for label, probability in zip(
                    _COUNT_LABELS + _SIDE_LABELS,
                    prediction.fingers_probabilities + prediction.side_probabilities,
                    strict=True,
                )
            ]
        )


def _draw_steps(reading: Reading) -> None:
    steps = list(reading.recognition.steps)
    for hand in reading.recognition.hands:
        steps += hand.prepared.steps
    st.header("How it got there", anchor=False)
    for number, (cell, step) in enumerate(zip(_cells(len(steps)), steps, strict=True), start=1):
        with cell:
            ui.picture(
                step.picture,
                f"{number}. {step.title}",
                step.explanation,
                f"{step.title}: {step.explanation}",
            )


def _cells(count: int) -> list[DeltaGenerator]:
    """Places for pictures: four in a row, on narrow screens two."""
    cells: list[DeltaGenerator] = []
    while len(cells) < count:
        for half in st.columns(2, gap="medium"):
            cells += half.columns(2, gap="medium", wrap=False)
    return cells[:count]


def _draw_many(
    names: Sequence[str], readings: Sequence[Reading | PhotoError], summary: DeltaGenerator
) -> Reading | PhotoError:
    """Draw what was read of many photos; returns the one that is to be looked at."""
    rows = [_row(name, reading) for name, reading in zip(names, readings, strict=True)]
    with summary:
        ui.headline(f"{len(rows)} photos")
        sure = sum(row["sure"] == "yes" for row in rows)
        unsure = sum(row["sure"] == "no" for row in rows)
        neither = len(rows) - sure - unsure
        st.markdown(f"{sure} read surely, {unsure} not surely, {neither} without an answer.")
        st.download_button(
            "Download as CSV",
            as_csv(rows),
            file_name="how_many_fingers.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
    thumbnails = [{"photo": _thumbnail(reading)} for reading in readings]
    st.dataframe(
        [thumbnail | row for thumbnail, row in zip(thumbnails, rows, strict=True)],
        column_config={
            "photo": st.column_config.ImageColumn(width="small"),
            "fingers confidence": st.column_config.NumberColumn(format="percent"),
            "hand confidence": st.column_config.NumberColumn(format="percent"),
        },
        hide_index=True,
        row_height=56,
        placeholder="",
        alt="The answer for each photo; the CSV file holds the same.",
    )
    chosen = st.selectbox(
        "Look at one photo",
        range(len(names)),
        format_func=lambda index: f"{index + 1}. {names[index]}",
    )
    return readings[chosen]


def _row(name: str, reading: Reading | PhotoError) -> dict[str, Cell]:
    row: dict[str, Cell] = dict.fromkeys(_COLUMNS, None)
    row["file"] = name
    if isinstance(reading, PhotoError):
        return row | {"note": str(reading)}
    if not reading.recognition.hands:
        return row | {"note": "No hand found."}
    prediction = reading.recognition.hands[0].prediction
    return row | {
        "fingers": prediction.fingers,
        "fingers confidence": round(max(prediction.fingers_probabilities), 3),
        "hand": SIDE_NAMES[prediction.side],
        "hand confidence": round(max(prediction.side_probabilities), 3),
        "sure": "no" if prediction.unsure else "yes",
    }


def _thumbnail(reading: Reading | PhotoError) -> Cell:
    """A small picture as a data URL, the form in which a table shows one."""
    if isinstance(reading, PhotoError):
        return None
    return "data:image/jpeg;base64," + base64.b64encode(reading.thumbnail).decode()


def as_csv(rows: Sequence[dict[str, Cell]]) -> bytes:
    """The table as a CSV file that spreadsheet programs open without running anything in it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({column: _harmless(value) for column, value in row.items()})
    # Spreadsheet programs take a file for UTF-8 by its byte order mark.
    return text.getvalue().encode("utf-8-sig")


def _harmless(value: str | float | None) -> str | float | None:
    """A cell that no spreadsheet program takes for a formula."""
    formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if formula else value


def _draw_models(reader: Reader) -> None:
    with st.expander("What the models know, and what they do not", icon=":material/info:"):
        for model in (reader.fingers_model, reader.side_model):
            st.markdown(_facts(cached_card(model)))
        st.markdown(
            "They know one kind of picture: a hand without its arm, palm to the camera, before a "
            "dark background. Every photo is therefore turned into such a picture first. Where "
            "that fails, the answer fails: a busy background, a hand cut off by the frame, the "
            "back of the hand, a hand turned far from upright, or a gesture that the dataset does "
            "not have. Without a hand, anything that stands out is read as if it were one.\n\n"
            "A perfect score on test images says nothing about your camera."
        )


def _facts(card: Card) -> str:
    data = card.data
    origin = (
        "drawn images only, never on a photo of a hand"
        if data.rendered
        else f"one dataset alone, “{data.name}” ({data.train_images:,} images)"
    )
    return (
        f"**{card.title}** was trained on {origin}. Of its {data.test_images:,} test images it "
        f"reads {data.test_images - card.wrong:,} right. Of drawn photos like the samples here, "
        f"which pass through the whole way from photo to answer, it reads "
        f"{card.drawn_accuracy:.0%} right; it is sure of {card.answered:.0%} of them, and right in "
        f"{card.answered_precision:.0%} of the answers it is sure of."
    )


if __name__ == "__main__":
    # Streamlit runs this file itself where a link to it is the server's first visit.
    import streamlit_app

    streamlit_app.main()
