"""The page "Look inside": what every layer of a network makes of one photo."""

import streamlit as st

from core.artifacts import store as artifacts
from core.common.types import SIDES, Photo
from core.hands.model_answers import CropSource
from core.hands.pipeline import DEFAULT_FINGERS_MODEL, HAND_CLASSIFIER, HAND_DETECTOR
from core.inspection.examples import is_right, read
from core.inspection.network import Inspection
from core.zoo import article_specs, hand_specs
from ui.choice import choose_one
from ui.inspection.evidence import draw_evidence, other_example, says_words
from ui.inspection.formulas import draw_formulas
from ui.inspection.summary import draw_summary
from ui.inspection.view import draw_inspection, keep_in_link, linked_place
from ui.page import Page, draw_headline, errors_shown, run_app
from ui.photo.reading import read_once
from ui.photo_input import PhotoInput, choose_photos
from ui.wording import format_confidence, hand_words

PAGE = Page(title="Look inside", icon=":material/account_tree:", order=70, group="Learn")

_CROPS: dict[CropSource, str] = {"own": "Like the dataset", "detector": "With its background"}


@errors_shown()
def render() -> None:
    """Draw the page."""
    st.title("Look inside", anchor=False)
    answer, settings = st.columns([5, 7], gap="large", vertical_alignment="bottom")
    with settings:
        photo_inputs, mirrored, name, crop = _choose()
    if not photo_inputs:
        answer.info("Take or choose a photo first.", icon=":material/back_hand:")
        return
    inspection = _inspection(photo_inputs[0], mirrored, name, crop)
    with answer:
        if inspection is None:
            draw_headline("No hand found")
            st.markdown(
                "“Like the dataset” needs one hand before a plain background. Try “With its "
                "background”, or another photo."
            )
            return
        draw_headline(f"{says_words(inspection)} · {format_confidence(inspection.probability)}")
    truth = _truth(photo_inputs[0], mirrored, inspection)
    st.markdown(
        "Every picture is what one part of the network makes of **this very photo**. Point at one "
        "to see what it is connected to; choose it to see its arithmetic."
    )
    _draw_network(inspection, truth)
    _draw_evidence(inspection, crop, truth)


def _choose() -> tuple[list[PhotoInput], bool, str, CropSource]:
    """The photo, whether it is mirrored, the network, and how the hand is cut out."""
    titles = {
        spec.name: spec.title
        for spec in [*article_specs().values(), hand_specs()[HAND_CLASSIFIER]]
        if artifacts.is_trained(spec.name)
    }
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        with st.popover("Photo", icon=":material/photo_camera:"):
            photo_inputs, mirrored = choose_photos(1)
        first = DEFAULT_FINGERS_MODEL if DEFAULT_FINGERS_MODEL in titles else None
        name = choose_one("Network", titles, "model", first, listed=True, width=240)
        crop: CropSource = "detector"
        if name != HAND_CLASSIFIER:
            crop = choose_one("The hand, cut out", _CROPS, "crop")
    return photo_inputs, mirrored, name, crop


def _inspection(
    photo_input: PhotoInput, mirrored: bool, name: str, crop: CropSource
) -> Inspection | None:
    def look(photo: Photo, _seconds: float) -> Inspection | None:
        return read(photo.mirrored() if mirrored else photo, name, crop)

    key = (photo_input.identity, mirrored, crop, _versions(name))
    return read_once("photo looked into", key, photo_input.source, look)


def _versions(name: str) -> tuple[artifacts.Version, ...]:
    """What changes with any model that takes part."""
    return tuple(map(artifacts.version_of, (name, HAND_DETECTOR, HAND_CLASSIFIER)))


def _truth(photo_input: PhotoInput, mirrored: bool, inspection: Inspection) -> int | None:
    """What a drawn photo shows, as the network counts its answers; None for other photos."""
    if photo_input.truth is None:
        return None
    fingers, side = photo_input.truth
    if inspection.model.card.task != "side":
        return fingers
    shown = SIDES.index(side)
    return len(SIDES) - 1 - shown if mirrored else shown


@st.fragment
def _draw_network(inspection: Inspection, truth: int | None) -> None:
    place = linked_place(inspection)
    draw_inspection(inspection, place, keep_in_link, key="inside")
    formulas, summary = st.columns([6, 5], gap="large")
    with formulas:
        draw_formulas(inspection, place, truth)
    with summary:
        draw_summary(inspection, place.column)


def _draw_evidence(inspection: Inspection, crop: CropSource, truth: int | None) -> None:
    st.header("Where it looks", anchor=False)
    st.markdown(
        "Colour shows what the answer depends on: the maps that speak for it (**Grad-CAM**), and "
        "the places that it needs (**occlusion**). A network that looks at the wall has learned "
        "the wall."
    )
    wrong = truth is not None and not is_right(
        inspection, truth if inspection.model.card.task != "side" else 0, SIDES[truth % 2]
    )
    known = "" if truth is None else ", read wrongly" if wrong else ", read rightly"
    draw_evidence(inspection, f"Your photo{known}.")
    name = inspection.model.card.name
    other = other_example(name, crop, wrong, _versions(name))
    verdict = "rightly" if wrong else "wrongly"
    if other is None:
        st.caption(f"No drawn photo was found that it reads {verdict}.")
        return
    shown = hand_words(other.fingers, other.side)
    draw_evidence(other.inspection, f"Another, read {verdict}: it shows {shown}.")
    st.caption(
        "The other is the first of 48 photos drawn by the program that it reads otherwise. "
        "Grad-CAM after Selvaraju et al., 2017; occlusion after Zeiler and Fergus, 2014. "
        "Probabilities are the network’s own, not calibrated."
    )


if __name__ == "__main__":
    run_app()
