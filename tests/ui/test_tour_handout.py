"""The page to leave behind after the tour."""

import re

import pytest

from core.common.types import Photo
from core.reports.tour import STEPS
from core.reports.tour_hand import read_hand
from core.synthetic.sample_photos import draw_sample
from ui.photo.reading import photo_with_boxes
from ui.tour.hand import ShownHand
from ui.tour.handout import handout_pdf

IMAGES = rb"/Subtype /Image"


@pytest.fixture(scope="module")
def shown() -> ShownHand:
    photo = Photo(draw_sample(2, "L", 3, 320, 240).pixels)
    jpeg = photo_with_boxes(photo, [])
    return ShownHand(jpeg, jpeg, read_hand(photo), is_drawn=True, truth=(2, "L"))


def test_it_is_one_page_and_holds_no_picture_unless_wanted(shown: ShownHand) -> None:
    content = handout_pdf(STEPS, shown, with_photo=False)
    assert content.startswith(b"%PDF-")
    assert re.findall(rb"/Count (\d+)", content) == [b"1"]
    assert IMAGES not in content


def test_it_holds_the_photo_and_the_cut_out_if_wanted(shown: ShownHand) -> None:
    assert handout_pdf(STEPS, shown, with_photo=True).count(IMAGES) == 2
