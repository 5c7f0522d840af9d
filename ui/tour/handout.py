"""One page to leave behind after the tour, drawn with matplotlib, imported only for that."""

import io
import textwrap
from collections.abc import Sequence
from datetime import date
from typing import Any

import cv2
import numpy as np

from core.reports.tour import TourStep, figure_of
from core.zoo import zoo
from ui.page import APP_NAME
from ui.tour.hand import ShownHand
from ui.tour.slides import said_of
from ui.wording import hand_words

_A4 = (8.27, 11.69)
_ACCENT, _GREY = "#0f766e", "#475569"
_LEFT, _RIGHT = 0.08, 0.92
_LINE = 0.0135
"""Of the page's height: one line of small print."""

ARTICLE = "tanselarif.com/category/neural-networks"


def handout_pdf(steps: Sequence[TourStep], shown: ShownHand, *, with_photo: bool) -> bytes:
    """A page of A4 as a PDF file: the tour's figures, and what each model said of the hand.

    No picture of the hand is in it, cut-outs included, unless ``with_photo``.
    """
    from matplotlib.figure import Figure

    page = Figure(figsize=_A4)
    page.text(_LEFT, 0.945, APP_NAME, size=22, weight="bold", color=_ACCENT)
    day = f"{date.today():%d %B %Y}"
    page.text(_LEFT, 0.925, f"The guided tour in {len(steps)} steps, {day}", size=10, color=_GREY)
    bottom = _draw_steps(page, steps, 0.9)
    _draw_hand(page, shown, bottom - 0.02, with_photo=with_photo)
    page.text(_LEFT, 0.03, f"The article: “Hand Image Classification”, {ARTICLE}. All figures were "
              "measured by this program; what the models said is of this hand.",
              size=7, color=_GREY)  # fmt: skip
    content = io.BytesIO()
    page.savefig(content, format="pdf", metadata={"Title": APP_NAME})
    return content.getvalue()


def _draw_steps(page: Any, steps: Sequence[TourStep], top: float) -> float:
    """Each step's title and figure; returns where the next part may begin."""
    for number, step in enumerate(steps, start=1):
        figure = figure_of(step)
        page.text(_LEFT, top, f"{number}. {step.title}", size=8.5, weight="bold", va="top")
        said = "" if figure is None else f"{figure.number} {figure.label}"
        lines = textwrap.wrap(said, 78)[:3]
        page.text(0.42, top, "\n".join(lines), size=8, va="top", linespacing=1.25)
        top -= _LINE * max(1, len(lines)) + 0.008
    return top


def _draw_hand(page: Any, shown: ShownHand, top: float, *, with_photo: bool) -> None:
    whose = "a hand drawn by the program" if shown.is_drawn else "this walk's hand"
    truth = "" if shown.truth is None else f" ({hand_words(*shown.truth)})"
    page.text(_LEFT, top, f"What the models said of {whose}{truth}", size=11, weight="bold",
              color=_ACCENT, va="top")  # fmt: skip
    left = _LEFT
    if with_photo and shown.hand.seen is not None:
        height = 0.14
        photo = cv2.imdecode(np.frombuffer(shown.plain, np.uint8), cv2.IMREAD_COLOR_RGB)
        for image, width in ((photo, 0.25), (shown.hand.seen, 0.17)):
            axes = page.add_axes((left, top - height - 0.03, width, height))
            axes.imshow(image, cmap="gray", vmin=0, vmax=255)
            axes.axis("off")
            left += width + 0.01
    for row, (name, answer) in enumerate(shown.hand.answers.by_name.items()):
        y = top - 0.03 - row * _LINE
        said, sure, is_right = ("no hand found", "", None)
        if answer is not None:
            said, sure, is_right = said_of(name, answer, shown)
        mark = "" if is_right is None else ("right" if is_right else "wrong")
        words = ", ".join(filter(None, [said, sure and f"{sure} sure", mark]))
        page.text(left, y, zoo()[name].title, size=8, va="top")
        page.text(left + (_RIGHT - left) * 0.5, y, words, size=8, va="top")
