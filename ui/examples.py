"""Images that a model read, each beside its mirror image, and one of them closely."""

from collections.abc import Sequence

import streamlit as st

import ui
from core.drawn_sets import LabelledImages, drawn_hands, drawn_photos
from core.mistakes import Example, Findings, mirrored, read_all
from core.occlusion import Cover, Sensitivity, sensitivity
from core.preparation import DATASET_BACKGROUND_MEAN
from core.questions import Question, answers_to
from core.recognition import LabRecogniser
from core.types import Uint8Array
from ui import teaching
from ui.choosing import choose_one
from ui.overlay import draw_legend, overlaid, place_words, scale_of
from ui.readings import ready_recogniser

_COVERS = {size: f"{size} × {size}" for size in (8, 16, 32)}


@st.cache_resource(show_spinner="Drawing hands in the look of the dataset")
def drawn_in_the_look() -> LabelledImages:
    """Drawn hands that look like the dataset."""
    return drawn_hands()


@st.cache_resource(show_spinner="Drawing photos of hands")
def drawn_as_photos(of_the_article: bool) -> LabelledImages:
    """Drawn photos, their hands found and prepared as the models expect.

    Raises:
        UserError: a model is not trained or its file is damaged.
    """
    return drawn_photos(LabRecogniser() if of_the_article else ready_recogniser())


@st.cache_resource(max_entries=64, show_spinner="Reading the drawn hands")
def read_drawn(question: Question, photos: bool) -> Findings:
    """What a model says of all drawn hands, or photos.

    Raises:
        UserError: the model is not trained or its file is damaged.
    """
    given = drawn_as_photos(question.of_the_article) if photos else drawn_in_the_look()
    return read_all(question, answers_to(question), given)


def draw_pairs(question: Question, examples: Sequence[Example]) -> None:
    """Every image beside its mirror image, with what the model says of both."""
    answers, labels = answers_to(question), ui.class_labels(question.target)
    cells = teaching.small_cells(2 * len(examples))
    for example in examples:
        for shown in (example, mirrored(example, question, answers)):
            assert shown.image is not None
            with next(cells):
                words = _answer_words(shown, labels)
                prefix = "mirrored: " if shown is not example else ""
                teaching.small_picture(
                    shown.image, f"{prefix}{words}", f"{shown.name}: {words}.".capitalize()
                )


def _answer_words(example: Example, labels: Sequence[str]) -> str:
    sure = ui.percent(max(example.probabilities))
    true, said = labels[example.true], labels[example.predicted]
    return f"{true} read as {said}, {sure}" if example.wrong else f"{true} ✓ {sure}"


def draw_closely(question: Question, example: Example) -> None:
    """One image with what its answer hung on, and the probabilities of it and its mirror image.

    Args:
        question: that the model was asked.
        example: with its image.
    """
    assert example.image is not None
    labels = ui.class_labels(question.target)
    size = choose_one(
        "Cover squares of, in pixels",
        list(_COVERS),
        default=16,
        format_func=_COVERS.__getitem__,
        key="cover",
    )
    found = _sensitivity(question, example.image, example.predicted, size)
    said = labels[example.predicted]
    picture, bars = st.columns([5, 6], gap="large")
    with picture:
        sentence = _sentence(found, said)
        ui.picture(
            overlaid(example.image, found.drops),
            f"What “{said}” hung on",
            sentence,
            f"The image in colour where covering it changes the answer. {sentence}",
        )
        draw_legend(scale_of(found.drops))
    with bars:
        other = mirrored(example, question, answers_to(question))
        for shown, title in ((example, "The model’s answer"), (other, "For the mirror image")):
            ui.probability_bars(
                f"{title} (shown: {labels[shown.true]})", labels, shown.probabilities
            )


@st.cache_data(max_entries=200, show_spinner="Covering one place after the other")
def _sensitivity(question: Question, image: Uint8Array, shown: int, size: int) -> Sensitivity:
    cover = Cover(size, size // 2, round(DATASET_BACKGROUND_MEAN))
    return sensitivity(answers_to(question), image, shown, cover)


def _sentence(found: Sensitivity, said: str) -> str:
    lowest = ui.percent(float(found.covered.min()))
    return (
        f"Covered at the {place_words(found)}, “{said}” falls from {ui.percent(found.uncovered)} "
        f"to {lowest}. At {int(found.changed.sum())} of {found.changed.size} places another "
        "answer wins."
    )
