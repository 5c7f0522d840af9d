"""The page "Mistakes": which images a model misreads, and what its answers depend on."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from core.evaluation.error_analysis import (
    Example,
    Findings,
    Predictor,
    has_test_images,
    load_predictor,
    on_test_images,
    predictors,
    without_mirror_images,
)
from ui.charts.confusion_matrix import choose_cell
from ui.choice import choose_one
from ui.page import Page, draw_headline, errors_shown, run_app
from ui.photo.examples import (
    draw_equivalents,
    draw_occlusion,
    draw_pairs,
    prepare_occlusion,
    read_synthetic,
)
from ui.wording import class_labels

_PREFERRED = "cnn_batch_norm"


def _prepare() -> None:
    for each in predictors():
        if each.model == _PREFERRED:
            mistakes = without_mirror_images(read_synthetic(each, photos=False).mistakes)
            for first in mistakes[:1]:
                prepare_occlusion(each, first)


PAGE = Page(
    title="Mistakes",
    icon=":material/troubleshoot:",
    order=80,
    group="Learn",
    prepare=_prepare,
)

ImageSource = Literal["test", "drawn", "photos"]

_SOURCES: dict[ImageSource, str] = {
    "test": "Test images",
    "drawn": "Drawn lookalikes",
    "photos": "Drawn photos",
}
_SHOWN = (6, 12, 24, 48)
# Longer tables are scrolled; their height, in pixels, is that of the matrix.
_ROWS, _TABLE_HEIGHT = 10, 400


@errors_shown()
def render() -> None:
    """Draw the page."""
    st.title("Mistakes", anchor=False)
    asked = predictors()
    if not asked:
        st.info("No model is trained yet: `python -m core train cnn_batch_norm`")
        return
    predictor = _choose_question(asked)
    at_hand = predictor.of_the_article and has_test_images(predictor)
    sources = dict(_SOURCES)
    if not predictor.of_the_article:
        del sources["test"]
    # Without the dataset drawn images come first.
    source = choose_one("Images", sources, "images", "test" if at_hand else "drawn")
    _draw(predictor, source, at_hand)


def _choose_question(asked: Sequence[Predictor]) -> Predictor:
    titles = {each.title: each for each in asked}
    preferred = next((each.title for each in asked if each.model == _PREFERRED), None)
    return titles[choose_one("Model", list(titles), "model", preferred, listed=True)]


def _draw(predictor: Predictor, source: ImageSource, at_hand: bool) -> None:
    if source == "test":
        findings = on_test_images(predictor, lambda: load_predictor(predictor))
    else:
        findings = read_synthetic(predictor, photos=source == "photos")
    draw_headline(f"{findings.errors:,} of {findings.images:,} misread")
    st.markdown(_source_words(predictor, source, at_hand, findings))
    matrix, names = st.columns([5, 7], gap="large")
    labels = class_labels(predictor.target)
    with matrix:
        shown = "Fingers shown" if predictor.target == "fingers" else "Hand shown"
        st.markdown("**Confusion matrix**")
        cell = choose_cell(labels, findings.confusion_matrix, (shown, "Read as"), "cell")
    chosen = findings.mistakes if cell is None else findings.cell(*cell)
    with names:
        _draw_names(predictor, chosen)
    pictured = _draw_examples(predictor, chosen)
    if pictured:
        _draw_one(predictor, pictured)
    _draw_source(predictor, source)


def _source_words(
    predictor: Predictor, source: ImageSource, at_hand: bool, findings: Findings
) -> str:
    if source == "test":
        words = (
            f"**{predictor.title}** on the {findings.images:,} test images of the Fingers dataset."
        )
        if not findings.errors:
            words += " It makes no mistakes there; hands drawn by the program show where it fails."
        if not at_hand:
            words += (
                " The dataset is not imported here, so its images cannot be shown: "
                "`python -m core data import PATH`"
            )
        return words
    if source == "drawn":
        missing = (
            "The test images are not imported here (`python -m core data import PATH`); these are "
            if predictor.of_the_article and not at_hand
            else "These are "
        )
        return (
            f"{missing}{findings.images // 2:,} hands drawn by the program to look like the "
            f"dataset, and their mirror images, read by **{predictor.title}**. It never saw them "
            "in training."
        )
    lost = f" In {findings.not_found} others no hand was found." if findings.not_found else ""
    return (
        f"{findings.images:,} photos drawn by the program, each of a hand and its arm in front of "
        "a plain wall; the hand is found and cropped as in any photo, then read by "
        f"**{predictor.title}**.{lost}"
    )


def _draw_examples(predictor: Predictor, examples: Sequence[Example]) -> list[Example]:
    """Draw some with their mirror images; returns those that were drawn."""
    at_hand = without_mirror_images(examples)
    if at_hand or not examples:
        st.markdown("**Each image beside its mirror image**")
    if not examples:
        st.info(
            "There are no mistakes. Choose a cell to see images that were read correctly.",
            icon=":material/check_circle:",
        )
    elif not at_hand:
        shown = examples[: _SHOWN[0]]
        draw_equivalents(predictor, shown)
        st.caption(
            f"The dataset is not imported here. These hands are drawn by the program in the place "
            f"of {len(shown)} of its images, with what the model said of the images themselves; "
            "the names are above."
        )
    if not at_hand:
        return []
    most = _SHOWN[0]
    if len(at_hand) > most:
        choices = [each for each in _SHOWN if each < len(at_hand)] + [len(at_hand)]
        question = f"How many of the {len(at_hand):,} to show"
        most = choose_one(question, choices[:4], "most", listed=True)
    pictured = at_hand[:most]
    draw_pairs(predictor, pictured)
    return pictured


def _draw_one(predictor: Predictor, pictured: Sequence[Example]) -> None:
    st.header("What an answer depends on", anchor=False)
    st.markdown(
        "One square of the image after another is covered with the grey of the background, and the "
        "model is asked again. Where it becomes less confident, its answer depended on what was "
        "there."
    )
    names = {each.name: each for each in pictured}
    name = st.selectbox("Image", list(names), key="image")
    draw_occlusion(predictor, names[name])


def _draw_names(predictor: Predictor, examples: Sequence[Example]) -> None:
    if not examples:
        return
    labels = class_labels(predictor.target)
    st.markdown("**Names and probabilities**")
    st.dataframe(
        [
            {"image": each.name, "shown": labels[each.true], "read as": labels[each.predicted]}
            | {
                label: round(probability, 4)
                for label, probability in zip(labels, each.probabilities, strict=True)
            }
            for each in examples
        ],
        hide_index=True,
        height=_TABLE_HEIGHT if len(examples) > _ROWS else "auto",
        column_config={label: st.column_config.NumberColumn(format="percent") for label in labels},
        alt="The images with what they show, what they were read as, and all probabilities.",
    )


def _draw_source(predictor: Predictor, source: ImageSource) -> None:
    where = (
        f"Recorded by `python -m core train {predictor.model}` on the test images"
        if source == "test"
        else "Read by the shipped model on this server just now; the drawings are always the same"
    )
    kind = (
        "those of the network"
        if predictor.of_the_article
        else "calibrated, over the image and its mirror image"
    )
    st.expander("How this was measured", icon=":material/straighten:").caption(
        f"{where}. Probabilities are {kind}. Covering: occlusion sensitivity after Zeiler and "
        "Fergus, “Visualizing and Understanding Convolutional Networks”, 2014; squares overlap by "
        "half, and a pixel’s colour is the mean over all squares that cover it."
    )


if __name__ == "__main__":
    run_app()
