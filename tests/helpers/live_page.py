"""The live page in AppTest, and what its browser sends."""

import base64
import json
from typing import Any

from streamlit.testing.v1 import AppTest

from core.common.types import Side
from core.synthetic.sample_photos import draw_sample
from tests.helpers.browser import encoded
from tests.helpers.single_page import page_test

JPEG_HEAD = "data:image/jpeg;base64,"


def message(content: bytes, sequence: int = 7, taken: float = 1000.0) -> dict[str, object]:
    """A frame with this picture; the time in milliseconds."""
    jpeg = JPEG_HEAD + base64.b64encode(content).decode()
    return {"sequence": sequence, "taken": taken, "jpeg": jpeg}


def synthetic_photo(fingers: int, side: Side, seed: int) -> bytes:
    """A small JPEG of a hand."""
    return encoded(draw_sample(fingers, side, seed, 320, 240).pixels)


def open_live(mode: str = "Watch") -> AppTest:
    """The page with a mode in the link; not yet run."""
    at = page_test("live")
    at.query_params["mode"] = mode
    return at


def send(at: AppTest, sent: object) -> AppTest:
    """Run the page with what the browser sent as a frame."""
    at.session_state["live"] = {"frame": sent}
    at.run()
    assert not at.exception
    return at


def data_of(at: AppTest) -> Any:
    """What the browser is told."""
    return json.loads(at.get("bidi_component")[0].proto.json)
