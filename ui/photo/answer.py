"""How one photo's answer is drawn: the words, the bars, the photo and the steps."""

import cv2
import numpy as np
import streamlit as st

from core.common.formatting import format_share
from core.common.types import CLASSES, FINGER_NAMES, IMAGE_SIZE, Side, Uint8Array
from core.hands.classifier import FINGER_JOINTS, PALM_JOINTS
from core.hands.prediction import Prediction
from core.images.decoding import PhotoError
from ui.charts.bars import draw_probability_bars
from ui.page import draw_headline, draw_picture, picture_cells
from ui.photo.reading import PhotoResult
from ui.wording import SIDE_LABELS, answer_words, format_confidence, hand_words

ENLARGED = 4

_COUNT_LABELS, _SIDE_LABELS = list(CLASSES["fingers"]), list(SIDE_LABELS.values())


def draw_answer(result: PhotoResult | PhotoError, truth: tuple[int, Side] | None = None) -> None:
    """The answer, large; or why there is none.

    It is compared with the ``truth``, count and side of a synthetic photo.
    """
    if isinstance(result, PhotoError):
        draw_headline("Cannot read this photo")
        st.error(str(result), icon=":material/broken_image:")
        return
    hands = result.recognition.hands
    for number, hand in enumerate(hands, start=1):
        words, sureness = answer_words(hand.prediction)
        draw_headline(f"{number}. {words}" if len(hands) > 1 else words)
        verdict = _verdict(hand.prediction, truth) if len(hands) == 1 else ""
        st.markdown(sureness + _details(hand.prediction) + verdict)
    if not hands:
        draw_headline("No hand found")
        st.markdown(
            "Nothing in the photo looks enough like a hand. It helps to\n"
            "- keep the whole hand in view,\n"
            "- come closer to the camera,\n"
            "- have light from the front, and hold the camera still."
        )


def _details(prediction: Prediction) -> str:
    """Which face of the hand is seen and which fingers are up, as a sentence."""
    details = prediction.details
    if details is None:
        return ""
    up = [
        name
        for name, probability in zip(FINGER_NAMES, details.extended, strict=True)
        if probability > 0.5
    ]
    fingers = ", ".join(up) if up else "none"
    return f" {details.face.capitalize()} towards the camera; fingers up: {fingers}."


def _verdict(prediction: Prediction, truth: tuple[int, Side] | None) -> str:
    """For a synthetic photo, whether it was read correctly."""
    if truth is None:
        return ""
    correct = truth == (prediction.fingers, prediction.side)
    subject = "best guess" if prediction.unsure else "answer"
    return (
        f"\n\nIt was drawn as {hand_words(*truth)}: "
        f"the {subject} is **{'correct' if correct else 'wrong'}**."
    )


def draw_photo(result: PhotoResult) -> None:
    """The photo with its boxes."""
    hands = result.recognition.hands
    boxes = {0: "", 1: " The box marks the hand."}
    numbered = f" The boxes mark the {len(hands)} hands, the most confident first."
    draw_picture(
        result.shown,
        "The photo",
        f"{result.width} × {result.height} pixels." + boxes.get(len(hands), numbered),
        f"The photo, with {len(hands)} hands in boxes."
        if hands
        else "The photo; no hand was found in it.",
    )


def with_joints(image: Uint8Array, prediction: Prediction) -> Uint8Array:
    """A prepared image, enlarged, with lines along the fingers where the model locates joints.

    It is (512, 512, 3) uint8 RGB, or the image itself where the model locates none.
    """
    if prediction.details is None:
        return image
    size = (image.shape[1] * ENLARGED, image.shape[0] * ENLARGED)
    picture = cv2.cvtColor(
        cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), cv2.COLOR_GRAY2RGB
    )
    joints = np.rint(np.array(prediction.details.joints) * ENLARGED).astype(np.int32)
    for width, colour in ((6, (0, 0, 0)), (2, (255, 255, 255))):
        for chain in (*FINGER_JOINTS, PALM_JOINTS):
            cv2.polylines(picture, [joints[list(chain)]], False, colour, width, cv2.LINE_AA)
    return np.asarray(picture, np.uint8)


def draw_probabilities(result: PhotoResult) -> None:
    """For each hand, how probable every answer is; and how long it took."""
    hands = result.recognition.hands
    if hands:
        st.header("How sure it is", anchor=False)
    for number, hand in enumerate(hands, start=1):
        if len(hands) > 1:
            st.subheader(f"Hand {number}", anchor=False)
        _draw_bars(hand.prediction)
    times = result.milliseconds
    parts = ", ".join(f"{step} {milliseconds:.0f}" for step, milliseconds in times.items())
    st.caption(f"Read in {sum(times.values()):.0f} ms: {parts}.")


def _draw_bars(prediction: Prediction) -> None:
    count, side = st.columns(2, gap="medium")
    with count:
        draw_probability_bars(
            "How many fingers",
            _COUNT_LABELS,
            prediction.fingers_probabilities,
            prediction.threshold,
        )
    with side:
        draw_probability_bars(
            "Which hand", _SIDE_LABELS, prediction.side_probabilities, prediction.threshold
        )
        st.caption(
            f"Below {format_confidence(prediction.threshold)} (dashed line) the answer is “not "
            "sure”."
        )
    with st.expander("As a table"):
        st.table(
            [
                {"answer": label, "probability": format_share(probability, 4)}
                for label, probability in zip(
                    _COUNT_LABELS + _SIDE_LABELS,
                    prediction.fingers_probabilities + prediction.side_probabilities,
                    strict=True,
                )
            ]
        )


def draw_steps(result: PhotoResult) -> None:
    """The pictures from the photo to what the model reads of each hand."""
    hands, steps = result.recognition.hands, result.recognition.steps
    st.header("How it came about", anchor=False)
    cells = picture_cells(len(steps) + len(hands), 2, "medium")
    for cell, step in zip(cells, steps, strict=False):
        with cell:
            draw_picture(
                step.picture, step.title, step.explanation, f"{step.title}: {step.explanation}"
            )
    for number, (cell, hand) in enumerate(zip(cells, hands, strict=False), start=1):
        title = f"What the model saw of hand {number}" if len(hands) > 1 else "What the model saw"
        with cell:
            draw_picture(
                with_joints(hand.prepared.image, hand.prediction),
                title,
                f"{IMAGE_SIZE} × {IMAGE_SIZE} grey pixels, enlarged. The lines connect the joints "
                "that the model sees.",
                "The hand, grey, with lines along the fingers.",
            )
