"""One page to leave behind after the tour, drawn with matplotlib, imported only for that."""

import io
import textwrap
from collections.abc import Sequence
from datetime import date
from typing import Any

import cv2
import numpy as np

from core.common.errors import UserError
from core.reports.tour import TourStep, figure_of
from core.reports.tour_figures import closed_figure, gap_figure
from core.zoo import zoo
from ui.page import APP_NAME
from ui.tour.hand import ShownHand
from ui.tour.slides import said_of
from ui.wording import hand_words

_A4 = (8.27, 11.69)
_ACCENT, _GREY = "#0f766e", "#475569"
_LEFT, _WORDS = 0.08, 0.42
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
    top = _draw_steps(page, steps, 0.895) - 0.02
    _draw_answers(page, shown, top)
    if with_photo:
        _draw_photo(page, shown, top - 0.03)
    _draw_gap(page)
    source = (
        f"The article: “Hand Image Classification”, {ARTICLE}. Figures: python -m core evaluate"
    )
    page.text(_LEFT, 0.03, source, size=7, color=_GREY)
    content = io.BytesIO()
    page.savefig(content, format="pdf", metadata={"Title": APP_NAME})
    return content.getvalue()


def _draw_steps(page: Any, steps: Sequence[TourStep], top: float) -> float:
    """Each step's title and figure; returns where the next part may begin."""
    for number, step in enumerate(steps, start=1):
        figure = figure_of(step)
        page.text(_LEFT, top, f"{number}. {step.title}", size=7.5, weight="bold", va="top")
        said = "" if figure is None else f"{figure.number} {figure.label}"
        lines = textwrap.wrap(said, 76)
        page.text(_WORDS, top, "\n".join(lines), size=7.5, va="top", linespacing=1.3)
        top -= _LINE * max(1, len(lines)) + 0.006
    return top


def _draw_answers(page: Any, shown: ShownHand, top: float) -> None:
    whose = "a hand drawn by the program" if shown.is_drawn else "this walk's hand"
    truth = "" if shown.truth is None else f": {hand_words(*shown.truth)}"
    words = f"What the models said of {whose}{truth}"
    page.text(_LEFT, top, words, size=10, weight="bold", color=_ACCENT, va="top")
    for row, (name, answer) in enumerate(shown.hand.answers.by_name.items(), start=2):
        said, sure, is_right = "no hand found", "", None
        if answer is not None:
            said, sure, is_right = said_of(name, answer, shown)
        mark = "" if is_right is None else ("right" if is_right else "wrong")
        words = ", ".join(filter(None, [said, sure and f"{sure} sure", mark]))
        page.text(_LEFT, top - row * _LINE, zoo()[name].title, size=8, va="top")
        page.text(0.37, top - row * _LINE, words, size=8, va="top")


def _draw_photo(page: Any, shown: ShownHand, top: float) -> None:
    """The photo, and below it the hand as the article's models saw it."""
    photo = cv2.imdecode(np.frombuffer(shown.plain, np.uint8), cv2.IMREAD_COLOR_RGB)
    for image, height in ((photo, 0.11), (shown.hand.seen, 0.09)):
        axes = page.add_axes((0.7, top - height, 0.22, height))
        axes.imshow(image, cmap="gray", vmin=0, vmax=255)
        axes.axis("off")
        top -= height + 0.005


def _draw_gap(page: Any) -> None:
    """The article's best model on the dataset and on real photos, and what closes the gap."""
    try:
        bars = (*gap_figure().bars, closed_figure().bars[-1])
    except UserError:
        return
    names = ("The article's best model, on the dataset", "The same, on real photos",
             "Hand detector and hand classifier, on real photos")  # fmt: skip
    shares = [100 * share for _, share in bars]
    axes = page.add_axes((0.42, 0.09, 0.46, 0.1))
    drawn = axes.barh(names, shares, color=[_GREY, _GREY, _ACCENT])
    axes.bar_label(drawn, [f"{share:.1f}%" for share in shares], size=8, padding=3)
    axes.invert_yaxis()
    axes.set_xlim(0, 108)
    axes.tick_params(labelsize=8)
    axes.set_xlabel("Counts right (%)", size=8)
    axes.spines[["top", "right"]].set_visible(False)
