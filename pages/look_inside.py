"""The page "Look inside": what every layer of a network makes of one photo."""

import streamlit as st

from core.artifacts import store as artifacts
from core.common.errors import UserError
from core.common.types import SIDES, Photo, Side, Uint8Array
from core.hands.model_answers import CropSource
from core.hands.pipeline import DEFAULT_FINGERS_MODEL, HAND_CLASSIFIER, HAND_DETECTOR
from core.inspection.examples import EXAMPLES, cut_out, is_right
from core.inspection.layers import inspectable
from core.inspection.network import Inspection, inspect
from ui.choice import choose_one
from ui.inspection.evidence import draw_evidence, other_example, says_words
from ui.inspection.formulas import draw_formulas
from ui.inspection.places import keep_in_link, linked_place
from ui.inspection.summary import draw_summary
from ui.inspection.view import draw_inspection
from ui.page import Page, draw_headline, errors_shown, run_app
from ui.photo.reading import read_once
from ui.photo_input import PhotoInput, choose_photos
from ui.wording import format_confidence, hand_words

PAGE = Page(title="Look inside", icon=":material/account_tree:", order=48, group="Learn")

_CROPS: dict[CropSource, str] = {"own": "Like the dataset", "detector": "With its background"}
_OTHER: dict[CropSource, CropSource] = {"own": "detector", "detector": "own"}

Hand = tuple[int, Side]


@errors_shown()
def render() -> None:
    """Draw the page."""
    st.title("Look inside", anchor=False)
    answer, settings = st.columns([4, 7], gap="medium", vertical_alignment="center")
    with settings:
        photo_inputs, mirrored, name, crop = _choose()
    if not photo_inputs:
        answer.info("Take or choose a photo first.", icon=":material/back_hand:")
        return
    image = _image(photo_inputs[0], mirrored, crop)
    with answer:
        if image is None:
            draw_headline("No hand found")
            st.markdown(
                "“Like the dataset” needs one hand before a plain background. Try “With its "
                "background”, or another photo."
            )
            return
        inspection = inspect(name, image)
        draw_headline(says_words(inspection))
        st.markdown(
            f"Its probability, by the network: {format_confidence(inspection.probability)}."
        )
    shown = _shown(photo_inputs[0], mirrored)
    st.markdown(
        "Every picture is what one part of the network makes of **this very photo**. Point at one "
        "to see what it is connected to; choose it to see its arithmetic."
    )
    _draw_network(name, image, shown)
    otherwise = None
    if name != HAND_CLASSIFIER:
        otherwise = _image(photo_inputs[0], mirrored, _OTHER[crop])
    _draw_evidence(inspection, otherwise, shown, crop)


def _choose() -> tuple[list[PhotoInput], bool, str, CropSource]:
    """The photo, whether it is mirrored, the network, and how the hand is cut out."""
    titles = inspectable()
    if not titles:
        raise UserError("No model is trained yet. Train one with: python -m core train cnn")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        with st.popover("Photo", icon=":material/photo_camera:"):
            photo_inputs, mirrored = choose_photos(1)
        first = DEFAULT_FINGERS_MODEL if DEFAULT_FINGERS_MODEL in titles else None
        name = choose_one("Network", titles, "model", first, listed=True, width=215)
        crop: CropSource = "detector"
        if name != HAND_CLASSIFIER:
            crop = choose_one("The hand, cut out", _CROPS, "crop")
    return photo_inputs, mirrored, name, crop


def _image(photo_input: PhotoInput, mirrored: bool, crop: CropSource) -> Uint8Array | None:
    def look(photo: Photo, _seconds: float) -> Uint8Array | None:
        return cut_out(photo.mirrored() if mirrored else photo, crop)

    key = (photo_input.identity, mirrored, _versions(HAND_CLASSIFIER))
    return read_once(f"hand looked into, {crop}", key, photo_input.source, look)


def _versions(name: str) -> tuple[artifacts.Version, ...]:
    """What changes with any model that takes part."""
    return tuple(map(artifacts.version_of, (name, HAND_DETECTOR, HAND_CLASSIFIER)))


def _shown(photo_input: PhotoInput, mirrored: bool) -> Hand | None:
    """The count and side that a drawn photo shows; None for other photos."""
    if photo_input.truth is None:
        return None
    fingers, side = photo_input.truth
    return fingers, SIDES[1 - SIDES.index(side)] if mirrored else side


@st.fragment
@errors_shown()
def _draw_network(name: str, image: Uint8Array, shown: Hand | None) -> None:
    # Streamlit keeps what a fragment is given: an image is small, its activations are not.
    inspection = inspect(name, image)
    place = linked_place(inspection)
    draw_inspection(inspection, place, keep_in_link, key="inside")
    formulas, summary = st.columns([6, 5], gap="large")
    with formulas:
        draw_formulas(inspection, place, shown)
    with summary:
        draw_summary(inspection, place.column)


def _draw_evidence(
    inspection: Inspection, otherwise: Uint8Array | None, shown: Hand | None, crop: CropSource
) -> None:
    """The photo, and one that is read otherwise: cut out in the other way, or a drawn one."""
    st.header("Where it looks", anchor=False)
    st.markdown(
        "Colour shows what the answer rests on: the maps that count for it (**Grad-CAM**), what "
        "each place adds to its logit, and the places that it needs (**occlusion**). A network "
        "that looks at the wall has learned the wall."
    )
    right = None if shown is None else is_right(inspection, *shown)
    draw_evidence(inspection, f"Your photo{_verdict(right)}.")
    name = inspection.model.card.name
    other = None if otherwise is None else inspect(name, otherwise)
    if other is not None and other.says != inspection.says:
        way = _CROPS[_OTHER[crop]].lower()
        verdict = None if shown is None else is_right(other, *shown)
        draw_evidence(other, f"The same photo, cut out {way}{_verdict(verdict)}.")
    else:
        _draw_example(name, crop, right is False)
    st.caption(
        "Grad-CAM after Selvaraju et al., 2017; what each place adds (HiResCAM) after Draelos and "
        "Carin, 2020; occlusion after Zeiler and Fergus, 2014. "
        "Probabilities are the network’s own, not calibrated, and of one look at the photo."
    )


def _draw_example(name: str, crop: CropSource, right: bool) -> None:
    example = other_example(name, crop, right, _versions(name))
    if example is None:
        how = "rightly" if right else "wrongly"
        st.caption(f"It reads none of {EXAMPLES} photos drawn by the program {how}.")
        return
    words = hand_words(example.fingers, example.side)
    title = f"Drawn by the program: {words}{_verdict(right)}."
    draw_evidence(inspect(name, example.image), title)


def _verdict(right: bool | None) -> str:
    return "" if right is None else f", read {'rightly' if right else 'wrongly'}"


if __name__ == "__main__":
    run_app()
