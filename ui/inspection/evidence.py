"""What an answer depends on: Grad-CAM and the occlusion map, of this photo and of another."""

import numpy as np
import streamlit as st

from core.artifacts.store import Version, version_of
from core.common.types import IMAGE_SIZE, Float32Array, Uint8Array
from core.evaluation.occlusion import Cover, Sensitivity, sensitivity
from core.hands.loading import loaded
from core.hands.model_answers import CropSource
from core.hands.pipeline import HAND_CLASSIFIER
from core.hands.preprocessing import DATASET_BACKGROUND_MEAN, as_model_input
from core.inspection.arithmetic import softmax
from core.inspection.examples import Example, find_example
from core.inspection.gradcam import added_by_place, grad_cam, has_feature_maps, last_pictures
from core.inspection.network import Inspection
from ui.page import draw_picture
from ui.photo.examples import draw_legend, overlaid, place_words, scale_of
from ui.wording import fingers_words, format_confidence

_COVER = Cover(16, 8, round(DATASET_BACKGROUND_MEAN))
_COVER_OF_CLASSIFIER = Cover(24, 12, round(DATASET_BACKGROUND_MEAN))
"""Larger, since this network takes eight times as long as the others."""


def says_words(inspection: Inspection) -> str:
    """What a network says, in words: "3 fingers" or "Left hand"."""
    says = inspection.says
    return fingers_words(int(says)) if says.isdigit() else says.capitalize()


def draw_evidence(inspection: Inspection, title: str) -> None:
    """One photo in colour by Grad-CAM, by what each place adds and by occlusion, side by side."""
    says = says_words(inspection)
    st.markdown(f"**{title}** The network says **{says}**.")
    cam, added, covered = st.columns(3, gap="medium")
    with cam:
        _draw_grad_cam(inspection, says)
    with added:
        _draw_added(inspection, says)
    with covered:
        _draw_occlusion(inspection, says)


def _draw_grad_cam(inspection: Inspection, says: str) -> None:
    if not has_feature_maps(inspection.columns):
        draw_picture(
            inspection.image,
            "What it saw",
            "Grad-CAM weighs feature maps; this network has no convolutions.",
            "The hand as the network reads it, grey.",
        )
        return
    found = grad_cam(
        inspection.model, inspection.found, inspection.columns, inspection.answer, inspection.sign
    )
    maps = last_pictures(inspection.columns).title
    sentence = (
        f"Where the maps of “{maps}” that count for “{says}” are active: most {_where(found)}."
        if found.max() > 0
        else f"Nowhere: the active maps of “{maps}” count against “{says}” on average."
    )
    draw_picture(
        overlaid(inspection.image, _on_one_scale(found)),
        "Grad-CAM",
        sentence,
        f"The image, coloured by Grad-CAM. {sentence}",
    )


def _draw_added(inspection: Inspection, says: str) -> None:
    found = added_by_place(
        inspection.model, inspection.found, inspection.columns, inspection.answer, inspection.sign
    )
    before = last_pictures(inspection.columns).title
    sentence = (
        f"Gradient times output of “{before}”: orange speaks for “{says}”, blue against; "
        f"most for it {_where(found)}."
    )
    draw_picture(
        overlaid(inspection.image, _on_one_scale(found)),
        "What each place adds",
        sentence,
        f"The image, coloured by what each place adds to the logit. {sentence}",
    )


def _on_one_scale(found: Float32Array) -> Float32Array:
    return np.asarray(found / max(float(np.abs(found).max()), 1e-9), np.float32)


def _where(found: Float32Array) -> str:
    row, column = np.unravel_index(found.argmax(), found.shape)
    height, width = found.shape
    return f"near row {row * IMAGE_SIZE // height + 1}, column {column * IMAGE_SIZE // width + 1}"


def _draw_occlusion(inspection: Inspection, says: str) -> None:
    name = inspection.model.card.name
    found = _sensitivity(name, inspection.image, inspection.answer, version_of(name))
    if inspection.sign < 0:
        found = Sensitivity(1 - found.uncovered, 1 - found.covered, found.changed, -found.drops)
    lowest = format_confidence(float(found.covered.min()))
    sentence = (
        f"With the {place_words(found)} covered, “{says}” falls from "
        f"{format_confidence(found.uncovered)} to {lowest}."
    )
    draw_picture(
        overlaid(inspection.image, found.drops),
        "Occlusion map",
        sentence,
        f"The image, coloured where covering it changes the answer. {sentence}",
    )
    draw_legend(scale_of(found.drops))


@st.cache_data(max_entries=100, show_spinner="Covering one place after another")
def _sensitivity(
    name: str,
    image: Uint8Array,
    answer: int,
    version: Version,  # noqa: ARG001
) -> Sensitivity:
    if name != HAND_CLASSIFIER:
        probabilities = loaded(name).net.probabilities
        if loaded(name).card.task == "side":
            # Of a side, both classes come back; the lone output is the right hand's.
            return sensitivity(probabilities, image, 1, _COVER)
        return sensitivity(probabilities, image, answer, _COVER)
    net = loaded(name).net

    def answers(images: Uint8Array) -> Float32Array:
        given = as_model_input(images)
        return np.stack([softmax(net.answer(each[None])[0, :6]) for each in given])

    return sensitivity(answers, image, answer, _COVER_OF_CLASSIFIER)


@st.cache_resource(max_entries=32, show_spinner="Looking for a photo to compare with")
def other_example(
    name: str,
    crop: CropSource,
    right: bool,
    versions: tuple[Version, ...],  # noqa: ARG001
) -> Example | None:
    """A drawn photo that the network reads rightly, or wrongly; searched once."""
    return find_example(name, crop, right)
