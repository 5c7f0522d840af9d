"""The page "Try it": a photo in; the answer, and how it came about, out."""

import streamlit as st

import ui
from core.artifacts.cards import Card
from core.artifacts.store import cached_card
from core.common.errors import UserError
from core.common.types import QUESTION_WORDS
from core.hands.pipeline import HAND_CLASSIFIER
from core.images.decoding import PhotoError
from ui.answers import draw_answer, draw_photo, draw_steps
from ui.hard_photos import draw_hard_photos
from ui.photo_table import draw_many
from ui.readings import (
    PhotoInput,
    PhotoResult,
    read_photos,
    ready_article_recogniser,
    ready_recogniser,
)

PAGE = ui.Page(title="Try it", icon=":material/back_hand:", order=10)


def render() -> None:
    """Draw the page."""
    st.title(ui.APP_NAME, anchor=False)
    st.markdown(
        "Hold up a hand, or both: palm or back, near or far, in any room. The program says how "
        "many fingers are up, and which hand it is."
    )
    left, right = st.columns([5, 6], gap="large")
    with left:
        photos_in, mirrored = ui.choose_photos()
        compared = st.toggle(
            "Compare with the article's models",
            key="compare",
            bind="query-params",
            help="Reads the same photo with the two networks that were trained on the Fingers "
            "dataset alone.",
        )
    try:
        with right:
            readings = read_photos(photos_in, mirrored, ready_recogniser())
    except UserError as error:
        right.error(str(error), icon=":material/error:")
        return
    if not readings:
        right.info("The answer appears here.", icon=":material/back_hand:")
        _draw_models()
        return
    chosen = 0
    if len(readings) == 1:
        with right:
            draw_answer(readings[0], None if mirrored else photos_in[0].truth)
    else:
        chosen = draw_many([photo_in.name for photo_in in photos_in], readings, right)
        draw_answer(readings[chosen])
    reading = readings[chosen]
    if isinstance(reading, PhotoResult):
        draw_photo(reading)
        if compared:
            _draw_comparison(photos_in[chosen], mirrored)
        draw_steps(reading)
    _draw_models()


def _draw_comparison(photo_in: PhotoInput, mirrored: bool) -> None:
    st.header("The same photo, read by the article's models", anchor=False)
    (reading,) = read_photos([photo_in], mirrored, ready_article_recogniser())
    if isinstance(reading, PhotoError):
        return
    if not reading.recognition.hands:
        st.markdown(
            "**No hand found.** They need one hand that stands out from a plain background."
        )
    for hand in reading.recognition.hands:
        words, sureness = ui.answer_words(hand.prediction)
        picture, answer = st.columns([1, 3], gap="large")
        with picture:
            ui.picture(
                hand.prepared.image,
                "What they saw",
                "Cut out and toned like the dataset.",
                "The hand alone, upright and grey, before a dark background.",
            )
        answer.markdown(f"**{words}**\n\n{sureness}")
    st.caption(
        "“CNN with BatchNorm” and “Hand side by transfer”, trained on the Fingers "
        "dataset alone, with the hand detector that needs a plain background."
    )


def _draw_models() -> None:
    card = cached_card(HAND_CLASSIFIER)
    facts = card.on_photos
    if facts.comparison:
        st.header("In the lab, in the field", anchor=False)
        st.dataframe(
            [
                {
                    "model": row.title,
                    "lab": row.on_dataset,
                    "field": row.on_photos,
                    "question": QUESTION_WORDS[row.target],
                }
                for row in sorted(facts.comparison, key=lambda row: -row.on_photos)
            ],
            height="content",
            column_config={
                "lab": st.column_config.NumberColumn("in the lab", format="percent"),
                "field": st.column_config.NumberColumn("in the field", format="percent"),
            },
            hide_index=True,
            alt="For each model, the share read right in the lab and in the field.",
        )
        on_dataset, on_photos = facts.comparison[0].dataset_images, facts.comparison[0].photo_images
        st.caption(
            f"Lab: the {on_dataset:,} test images of the Fingers dataset. Field: {on_photos:,} real photos of "
            "people, rooms and cameras that no training saw, from the photo to the answer; a hand "
            "that is not found counts as wrong. Measured with `python -m core evaluate field`."
        )
    draw_hard_photos(facts)
    with st.expander("What the models know, and what they do not", icon=":material/info:"):
        st.markdown(_told(card))


def _told(card: Card) -> str:
    facts = card.on_photos
    photos = sum(facts.data.photos.values())
    return (
        f"A **hand detector** looks for hands in the whole photo, and a **hand classifier** of "
        f"{card.parameters:,} parameters looks at each hand. They learned from {photos:,} photos "
        f"of {len(facts.data.photos)} datasets and {facts.data.synthetic_frames:,} drawn frames of all "
        "32 combinations of fingers.\n\n"
        "A finger counts when it is clearly extended, the thumb too. They are weak where they had "
        "few examples: hands smaller than a tenth of the picture, hands that hold something or "
        "each other, gloves, hands seen from the edge. There the answer should be "
        "“not sure”; it is not always."
    )


if __name__ == "__main__":
    # Streamlit runs this file itself where a link to it is the server's first visit.
    import streamlit_app

    streamlit_app.main()
