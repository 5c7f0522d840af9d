"""Images that a model read, each beside its mirror image, and what one answer depends on."""

from collections.abc import Sequence

import streamlit as st

from core.common.types import Uint8Array
from core.evaluation.error_analysis import Example, Findings, mirrored, read_all
from core.evaluation.occlusion import Cover, Sensitivity, sensitivity
from core.evaluation.predictors import Predictor, load_predictor
from core.evaluation.synthetic_sets import LabelledImages, synthetic_hands, synthetic_photos
from core.hands.pipeline import ArticleRecogniser
from core.hands.preprocessing import DATASET_BACKGROUND_MEAN
from ui.charts.bars import draw_probability_bars
from ui.choice import choose_one
from ui.page import draw_picture
from ui.photo.occlusion_overlay import draw_legend, overlaid, place_words, scale_of
from ui.server.models import ready_recogniser
from ui.thumbnails import draw_thumbnail, thumbnail_cells
from ui.wording import class_labels, format_confidence

_COVERS = {size: f"{size} × {size}" for size in (8, 16, 32)}


@st.cache_resource(show_spinner="Drawing hands that look like the dataset")
def dataset_style_hands() -> LabelledImages:
    """Synthetic hands that look like the dataset."""
    return synthetic_hands()


@st.cache_resource(show_spinner="Drawing photos of hands")
def photo_style_hands(of_the_article: bool) -> LabelledImages:
    """Synthetic photos, their hands found and prepared as the models expect.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    return synthetic_photos(ArticleRecogniser() if of_the_article else ready_recogniser())


@st.cache_resource(max_entries=64, show_spinner="Reading the hands")
def read_synthetic(predictor: Predictor, photos: bool) -> Findings:
    """What a model says of all synthetic hands, or photos.

    Raises:
        UserError: the model is not trained or its file is damaged.
    """
    given = photo_style_hands(predictor.of_the_article) if photos else dataset_style_hands()
    return read_all(predictor, load_predictor(predictor), given)


def draw_pairs(predictor: Predictor, examples: Sequence[Example]) -> None:
    """Every image beside its mirror image, with what the model says of both."""
    answers, labels = load_predictor(predictor), class_labels(predictor.target)
    cells = thumbnail_cells(2 * len(examples))
    for example in examples:
        for shown in (example, mirrored(example, predictor, answers)):
            assert shown.image is not None
            with next(cells):
                words = _answer_words(shown, labels)
                prefix = "mirrored: " if shown is not example else ""
                draw_thumbnail(
                    shown.image, f"{prefix}{words}", f"{shown.name}: {words}.".capitalize()
                )


def _answer_words(example: Example, labels: Sequence[str]) -> str:
    sure = format_confidence(max(example.probabilities))
    true, said = labels[example.true], labels[example.predicted]
    return f"{true} read as {said}, {sure}" if example.is_error else f"{true} ✓ {sure}"


def draw_occlusion(predictor: Predictor, example: Example) -> None:
    """One image with what its answer depends on, and the probabilities for it and its mirror image.

    Args:
        predictor: a model with its question.
        example: with its image.
    """
    assert example.image is not None
    labels = class_labels(predictor.target)
    size = choose_one(
        "Size of the covering square, in pixels",
        list(_COVERS),
        default=16,
        format_func=_COVERS.__getitem__,
        key="cover",
    )
    found = _sensitivity(predictor, example.image, example.predicted, size)
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
def _sensitivity(predictor: Predictor, image: Uint8Array, shown: int, size: int) -> Sensitivity:
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
