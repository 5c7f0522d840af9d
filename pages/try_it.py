"""The page "Try it": a photo in; the answer, and how it came about, out."""

import streamlit as st

from core.artifacts.cards import Card
from core.common.errors import UserError
from core.common.types import QUESTION_WORDS
from core.hands.loading import loaded
from core.hands.pipeline import HAND_CLASSIFIER
from core.images.decoding import PhotoError
from ui.charts.bars import draw_corruption_bars
from ui.page import APP_NAME, Page, draw_picture, run_app
from ui.photo.answer import draw_answer, draw_photo, draw_probabilities, draw_steps
from ui.photo.reading import PhotoResult, read_photos
from ui.photo.table import draw_many
from ui.photo_input import PhotoInput, choose_photos
from ui.server.models import ready_article_recogniser, ready_recogniser
from ui.wording import answer_words

PAGE = Page(title="Try it", icon=":material/back_hand:", order=10)


def render() -> None:
    """Draw the page."""
    st.title(APP_NAME, anchor=False)
    st.markdown(
        "Hold up one hand or both: palm or back, near or far, in any room. The program tells you "
        "how many fingers are up, and which hand it is."
    )
    # The answer comes first on a phone, too, where columns are below each other.
    answer, photo, given = st.columns([5, 6, 5], gap="large")
    with given:
        photo_inputs, mirrored = choose_photos()
        compared = st.toggle(
            "Compare with the article's models",
            key="compare",
            bind="query-params",
            help="Also reads the photo with two networks that were trained only on the Fingers "
            "dataset.",
        )
    try:
        with answer:
            results = read_photos(photo_inputs, mirrored, ready_recogniser())
    except UserError as error:
        answer.error(str(error), icon=":material/error:")
        return
    if not results:
        answer.info("The answer appears here.", icon=":material/back_hand:")
        _draw_models()
        return
    chosen = 0
    if len(results) > 1:
        chosen = draw_many([photo_input.name for photo_input in photo_inputs], results, answer)
        answer, photo = st.columns([5, 11], gap="large")
    result = results[chosen]
    with answer:
        is_drawn = len(results) == 1 and not mirrored
        draw_answer(result, photo_inputs[0].truth if is_drawn else None)
    if isinstance(result, PhotoResult):
        with photo:
            draw_photo(result)
        draw_steps(result)
        draw_probabilities(result)
        if compared:
            _draw_comparison(photo_inputs[chosen], mirrored)
    _draw_models()


def _draw_comparison(photo_input: PhotoInput, mirrored: bool) -> None:
    st.header("The same photo, read by the article's models", anchor=False)
    (result,) = read_photos([photo_input], mirrored, ready_article_recogniser())
    if isinstance(result, PhotoError):
        return
    if not result.recognition.hands:
        st.markdown(
            "**No hand found.** They need one hand that stands out from a plain background."
        )
    for hand in result.recognition.hands:
        words, sureness = answer_words(hand.prediction)
        picture, answer = st.columns([1, 3], gap="large")
        with picture:
            draw_picture(
                hand.prepared.image,
                "What they saw",
                "Cropped, with the brightness of the dataset.",
                "The hand alone, upright and grey, on a dark background.",
            )
        answer.markdown(f"**{words}**\n\n{sureness}")
    st.caption(
        "“CNN with BatchNorm” and “Hand side by transfer” were trained only on the Fingers "
        "dataset. They find the hand by its plain background."
    )


def _draw_models() -> None:
    card = loaded(HAND_CLASSIFIER).card
    facts = card.on_photos
    if facts.comparison:
        st.header("On the dataset and on real photos", anchor=False)
        st.dataframe(
            [
                {
                    "model": row.title,
                    "on_dataset": row.on_dataset,
                    "on_photos": row.on_photos,
                    "question": QUESTION_WORDS[row.target],
                }
                for row in sorted(facts.comparison, key=lambda row: -row.on_photos)
            ],
            height="content",
            column_config={
                "on_dataset": st.column_config.NumberColumn("on the dataset", format="percent"),
                "on_photos": st.column_config.NumberColumn("on real photos", format="percent"),
            },
            hide_index=True,
            alt="For each model, its share of correct answers on the dataset and on real photos.",
        )
        on_dataset, on_photos = facts.comparison[0].dataset_images, facts.comparison[0].photo_images
        st.caption(
            f"The {on_dataset:,} test images of the Fingers dataset, and {on_photos:,} real photos "
            "of people, rooms and cameras that were not used in training. On photos a model has "
            "to find the hand, too; a missed hand counts as wrong. Measured with "
            "`python -m core evaluate photos`."
        )
    draw_corruption_bars(facts)
    with st.expander("What the models can and cannot do", icon=":material/info:"):
        st.markdown(_limits_words(card))


def _limits_words(card: Card) -> str:
    facts = card.on_photos
    photos = sum(facts.data.photos.values())
    return (
        f"A **hand detector** finds the hands in the whole photo, and a **hand classifier** with "
        f"{card.parameters:,} parameters reads each of them. They learned from {photos:,} photos "
        f"from {len(facts.data.photos)} datasets, and from {facts.data.synthetic_frames:,} frames "
        "drawn by the program, with all 32 combinations of fingers.\n\n"
        "A finger counts when it is clearly extended; so does the thumb. The models are weakest "
        "where they saw few examples: hands smaller than a tenth of the picture, hands holding "
        "something or each other, gloves, and hands seen edge-on. There the answer should be "
        "“not sure”, but it is not always."
    )


if __name__ == "__main__":
    run_app()
