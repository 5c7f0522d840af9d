"""The page "Look inside": what every layer of a network makes of one photo."""

import streamlit as st

from core.artifacts import store as artifacts
from core.common.types import Photo, Uint8Array
from core.hands.model_answers import CropSource, answers_of_models
from core.hands.pipeline import DEFAULT_FINGERS_MODEL, HAND_CLASSIFIER
from core.inspection.network import Inspection, inspect
from core.zoo import article_specs, hand_specs
from ui.choice import choose_one
from ui.inspection.payload import Place
from ui.inspection.view import checked_place, draw_inspection, first_place
from ui.page import Page, draw_headline, errors_shown, run_app
from ui.photo.reading import read_once
from ui.photo_input import PhotoInput, choose_photos
from ui.wording import format_confidence, fingers_words

PAGE = Page(title="Look inside", icon=":material/account_tree:", order=70, group="Learn")

_CROPS: dict[CropSource, str] = {"own": "Like the dataset", "detector": "With its background"}


@errors_shown()
def render() -> None:
    """Draw the page."""
    st.title("Look inside", anchor=False)
    st.markdown(
        "Every picture below is what one part of the network makes of **this very photo**. Point "
        "at one to see what it is connected to; choose it to see its arithmetic, number by number."
    )
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        with st.popover("Choose a photo", icon=":material/photo_camera:"):
            photo_inputs, mirrored = choose_photos(1)
        name, crop = _choose_model()
    if not photo_inputs:
        st.info("Take or choose a photo first.", icon=":material/back_hand:")
        return
    image = _prepared(photo_inputs[0], mirrored, name, crop)
    if image is None:
        draw_headline("No hand found")
        st.markdown(
            "“Like the dataset” needs one hand before a plain background. Try “With its "
            "background”, or another photo."
        )
        return
    inspection = inspect(name, image)
    _draw_answer(inspection)
    _draw_network(inspection)


def _choose_model() -> tuple[str, CropSource]:
    titles = {
        spec.name: spec.title
        for spec in [*article_specs().values(), hand_specs()[HAND_CLASSIFIER]]
        if artifacts.is_trained(spec.name)
    }
    first = DEFAULT_FINGERS_MODEL if DEFAULT_FINGERS_MODEL in titles else None
    name = choose_one("Network", titles, "model", first, listed=True, width=320)
    if name == HAND_CLASSIFIER:
        return name, "detector"
    return name, choose_one("How the hand is cut out", _CROPS, "crop")


def _prepared(
    photo_input: PhotoInput, mirrored: bool, name: str, crop: CropSource
) -> Uint8Array | None:
    def read(photo: Photo, _seconds: float) -> Uint8Array | None:
        if mirrored:
            photo = photo.mirrored()
        answer = answers_of_models(photo, [name], crop).by_name[name]
        return None if answer is None else answer.image

    key = (photo_input.identity, mirrored, name, crop, artifacts.version_of(name))
    return read_once("image looked into", key, photo_input.source, read)


def _draw_answer(inspection: Inspection) -> None:
    says = inspection.says
    words = fingers_words(int(says)) if says.isdigit() else says.capitalize()
    draw_headline(f"{words} · {format_confidence(inspection.probability)}")


@st.fragment
def _draw_network(inspection: Inspection) -> None:
    place = checked_place(inspection, _linked()) or first_place(inspection)
    draw_inspection(inspection, place, _keep_in_link, key="inside")


def _linked() -> dict[str, object]:
    """The place that the link names, not yet checked."""
    given = st.query_params
    pixel = given.get("pixel", "").split("-")
    return {
        "column": given.get("layer"),
        "number": _whole(given.get("map", "1")) - 1,
        "channel": _whole(given.get("from", "1")) - 1,
        "row": _whole(pixel[0]) - 1,
        "at": _whole(pixel[-1]) - 1,
    }


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _keep_in_link(place: Place) -> None:
    st.query_params.update(
        {
            "layer": place.column,
            "map": f"{place.number + 1}",
            "from": f"{place.channel + 1}",
            "pixel": f"{place.row + 1}-{place.at + 1}",
        }
    )


if __name__ == "__main__":
    run_app()
