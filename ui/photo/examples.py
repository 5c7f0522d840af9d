"""Images that a model read, each beside its mirror image, and what one answer depends on."""

from collections.abc import Sequence

import cv2
import numpy as np
import streamlit as st

from core.artifacts.store import Version
from core.common.types import Float32Array, Uint8Array
from core.evaluation.error_analysis import (
    Example,
    Findings,
    Predictor,
    drawn_equivalent,
    load_predictor,
    mirrored,
    read_all,
)
from core.evaluation.occlusion import Cover, Sensitivity, sensitivity
from core.evaluation.synthetic_sets import LabelledImages, synthetic_hands, synthetic_photos
from core.hands.pipeline import ArticleRecogniser, Recogniser, recogniser_with
from core.hands.preprocessing import DATASET_BACKGROUND_MEAN
from ui.charts.bars import draw_probability_bars
from ui.choice import choose_one
from ui.page import draw_picture, draw_thumbnail, picture_cells
from ui.server.models import ready_recogniser
from ui.wording import class_labels, format_confidence

Versions = tuple[Version, ...]

ENLARGED = 4
FOR, AGAINST = (245, 158, 11), (59, 130, 246)
"""RGB of what supports the answer and of what speaks against it; safe for the colour-blind."""

MIN_SCALE = 0.02
"""Smaller changes of a probability are not blown up to full colour."""

_STRONGEST = 0.8
_PLACES = (("upper left", "top", "upper right"), ("left", "middle", "right"),
           ("lower left", "bottom", "lower right"))  # fmt: skip

dataset_style_hands = st.cache_resource(show_spinner="Drawing hands that look like the dataset")(
    synthetic_hands
)

_FIRST_COVER = 16
_COVERS = {size: f"{size} × {size}" for size in (8, 16, 32)}


@st.cache_resource(max_entries=2, show_spinner="Drawing photos of hands")
def _photo_style_hands(_recogniser: Recogniser, versions: Versions | None) -> LabelledImages:  # noqa: ARG001
    """Synthetic photos, their hands found and prepared as the models expect."""
    return synthetic_photos(_recogniser)


def read_synthetic(predictor: Predictor, photos: bool) -> Findings:
    """What a model says of all synthetic hands, or photos.

    Raises:
        UserError: the model is not trained or its file is damaged.
    """
    return _read_synthetic(predictor, photos, _versions(predictor))


@st.cache_resource(max_entries=64, show_spinner="Reading the hands")
def _read_synthetic(predictor: Predictor, photos: bool, versions: Versions) -> Findings:
    given = dataset_style_hands()
    if photos:
        # The article's models take no part in finding a hand.
        given = (
            _photo_style_hands(ArticleRecogniser(), None)
            if predictor.of_the_article
            else _photo_style_hands(ready_recogniser(), versions)
        )
    return read_all(predictor, load_predictor(predictor), given)


def _versions(predictor: Predictor) -> Versions:
    """What changes with any of the models that a predictor's answers depend on."""
    return tuple(model.version for model in recogniser_with(predictor.model).models)


def draw_pairs(predictor: Predictor, examples: Sequence[Example]) -> None:
    """Every image beside its mirror image, with what the model says of both."""
    answers, labels = load_predictor(predictor), class_labels(predictor.target)
    cells = picture_cells(2 * len(examples))
    for example in examples:
        for shown in (example, mirrored(example, predictor, answers)):
            assert shown.image is not None
            with next(cells):
                words = _answer_words(shown, labels)
                prefix = "mirrored: " if shown is not example else ""
                draw_thumbnail(
                    shown.image, f"{prefix}{words}", f"{shown.name}: {words}.".capitalize()
                )


def draw_equivalents(predictor: Predictor, examples: Sequence[Example]) -> None:
    """Drawn hands in the place of images that are not here, with what the model said of those."""
    labels = class_labels(predictor.target)
    cells = picture_cells(len(examples))
    for seed, example in enumerate(examples):
        image = drawn_equivalent(example, seed).image
        assert image is not None
        with next(cells):
            words = _answer_words(example, labels)
            draw_thumbnail(image, words, f"Drawn in the place of {example.name}: {words}.")


def _answer_words(example: Example, labels: Sequence[str]) -> str:
    sure = format_confidence(max(example.probabilities))
    true, said = labels[example.true], labels[example.predicted]
    return f"{true} read as {said}, {sure}" if example.is_error else f"{true} ✓ {sure}"


def prepare_occlusion(predictor: Predictor, example: Example) -> None:
    """Find out what the answer depends on, so that the page has it at once."""
    if example.image is not None:
        versions = _versions(predictor)
        _sensitivity(predictor, example.image, example.predicted, _FIRST_COVER, versions)


def draw_occlusion(predictor: Predictor, example: Example) -> None:
    """One image with what its answer depends on, and the answers for it and its mirror image."""
    assert example.image is not None
    labels = class_labels(predictor.target)
    size = choose_one("Size of the covering square, in pixels", _COVERS, "cover", _FIRST_COVER)
    found = _sensitivity(predictor, example.image, example.predicted, size, _versions(predictor))
    said = labels[example.predicted]
    picture, bars = st.columns([5, 6], gap="large")
    with picture:
        sentence = _sentence(found, said)
        draw_picture(
            overlaid(example.image, found.drops),
            f"What “{said}” depends on",
            sentence,
            f"The image in colour where covering it changes the answer. {sentence}",
        )
        draw_legend(scale_of(found.drops))
    with bars:
        other = mirrored(example, predictor, load_predictor(predictor))
        for shown, title in ((example, "The model’s answer"), (other, "For the mirror image")):
            draw_probability_bars(
                f"{title} (shown: {labels[shown.true]})", labels, shown.probabilities
            )


@st.cache_data(max_entries=200, show_spinner="Covering one place after another")
def _sensitivity(
    predictor: Predictor,
    image: Uint8Array,
    shown: int,
    size: int,
    versions: Versions,  # noqa: ARG001
) -> Sensitivity:
    cover = Cover(size, size // 2, round(DATASET_BACKGROUND_MEAN))
    return sensitivity(load_predictor(predictor), image, shown, cover)


def _sentence(found: Sensitivity, said: str) -> str:
    lowest = format_confidence(float(found.covered.min()))
    return (
        f"With the {place_words(found)} covered, “{said}” falls from "
        f"{format_confidence(found.uncovered)} "
        f"to {lowest}. At {int(found.changed.sum())} of {found.changed.size} places another "
        "answer wins."
    )


def scale_of(drops: Float32Array) -> float:
    """The change of probability that is drawn in full colour."""
    return max(MIN_SCALE, float(np.abs(drops).max()))


def overlaid(image: Uint8Array, drops: Float32Array) -> Uint8Array:
    """The image, enlarged to (512, 512, 3) uint8 RGB, in colour where covering changed the answer.

    ``drops`` says by how much covering each of its pixels lowered the probability.
    """
    size = (image.shape[1] * ENLARGED, image.shape[0] * ENLARGED)
    grey = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    strength = cv2.resize(drops / np.float32(scale_of(drops)), size)
    share = _STRONGEST * np.abs(strength)[..., None]
    colour = np.where(strength[..., None] > 0, np.array(FOR), np.array(AGAINST))
    return np.asarray(np.rint(grey[..., None] * (1 - share) + colour * share), np.uint8)


def draw_legend(scale: float) -> None:
    """What the colours mean, in percentage points."""
    points = f"{100 * scale:.0f}" if scale >= 0.1 else f"{100 * scale:.1f}"
    stops = ", ".join(f"rgb{colour}" for colour in (AGAINST, (128, 128, 128), FOR))
    st.html(
        f'<div style="height:.75rem;border-radius:4px;background:linear-gradient(90deg,{stops})">'
        "</div>"
        '<div style="display:flex;justify-content:space-between;gap:1em;font-size:.875rem;'
        'padding-top:.25em">'
        f"<span>covered: +{points} points</span><span>no change</span>"
        f'<span style="text-align:right">covered: −{points} points</span></div>'
    )


def place_words(found: Sensitivity) -> str:
    """Where covering takes most from the answer."""
    row, column = np.unravel_index(found.covered.argmin(), found.covered.shape)
    rows, columns = found.covered.shape
    return _PLACES[int(3 * row // rows)][int(3 * column // columns)]
