"""The audience's hand: chosen beside the slides, and read once by all models while it is shown."""

from dataclasses import dataclass

import streamlit as st

from core.artifacts.store import version_of
from core.common.errors import UserError
from core.common.types import Photo, Side
from core.hands.pipeline import HAND_CLASSIFIER
from core.reports.tour_hand import TourHand, read_hand
from core.synthetic.sample_photos import draw_sample
from core.zoo import article_specs
from ui.photo.reading import photo_with_boxes, read_once
from ui.photo_input import FIRST_SAMPLE, PhotoInput, choose_photos
from ui.server.models import ready_recogniser

Truth = tuple[int, Side]


@dataclass(frozen=True)
class ShownHand:
    """A hand as the slides show it.

    Attributes:
        plain, boxed: the photo, and the photo with a box around the hand, as JPEG.
        is_drawn: whether the program drew it.
        truth: count and side of a drawn hand.
        problem: why it is not the photo that was given; empty if it is.
    """

    plain: bytes
    boxed: bytes
    hand: TourHand
    is_drawn: bool
    truth: Truth | None
    problem: str = ""


def choose_hand() -> ShownHand:
    """A button that opens the photo input; the chosen hand, a drawn one until there is a photo.

    Raises:
        UserError: a model is damaged, or the models are busy.
    """
    with st.popover("Your hand", icon=":material/photo_camera:"):
        given, mirrored = choose_photos(most=1)
        message = st.empty()
    if not given:
        return _drawn_first()
    try:
        shown = _read(given[0], mirrored)
    except UserError as error:
        problem = str(error)
    else:
        if shown.hand.seen is not None:
            return shown
        problem = "No hand was found in the photo. Show the whole hand, closer to the camera."
    message.error(problem, icon=":material/broken_image:")
    return _drawn_first(problem)


def _drawn_first(problem: str = "") -> ShownHand:
    fingers, side, person = FIRST_SAMPLE
    photo = Photo(draw_sample(fingers, side, person).pixels)
    hand = PhotoInput("Drawing", f"first {FIRST_SAMPLE}", photo, truth=(fingers, side))
    return _read(hand, mirrored=False, problem=problem)


def _read(given: PhotoInput, mirrored: bool, problem: str = "") -> ShownHand:
    ready_recogniser()
    versions = tuple(version_of(name) for name in (*article_specs(), HAND_CLASSIFIER))
    key = (given.identity, mirrored, problem, versions)
    truth = None if mirrored else given.truth
    is_drawn = isinstance(given.source, Photo)

    def read(photo: Photo, _seconds: float) -> ShownHand:
        if mirrored:
            photo = photo.mirrored()
        hand = read_hand(photo)
        boxes = [hand.answers.box] if hand.answers.box else []
        pictures = photo_with_boxes(photo, []), photo_with_boxes(photo, boxes)
        return ShownHand(*pictures, hand, is_drawn, truth, problem)

    return read_once("hand of the tour", key, given.source, read)
