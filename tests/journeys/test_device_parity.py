"""The browser's engine, in a real Chromium, says what Python says of the same photos."""

import pytest
from playwright.sync_api import Page

from core.hands.pipeline import hand_recogniser
from tests.helpers.browser_engine import drawn_photos, engine, measure_parity

pytestmark = pytest.mark.browser

PHOTOS = 30
"""``make measure-parity`` takes ten times as many."""


def test_browser_and_python_agree(page: Page, address: str) -> None:
    with engine(page, address) as read:
        parity = measure_parity(drawn_photos(PHOTOS), read, hand_recogniser())
    print(parity)
    assert parity.hands >= PHOTOS / 2
    assert parity.same_number >= 0.995 * parity.photos
    assert parity.same_count >= 0.995 * parity.hands
    assert parity.same_side >= 0.995 * parity.hands
    assert sum(parity.overlaps) >= 0.95 * parity.hands
