"""The slides of the tour, as the browser shows them."""

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import cv2

from core.common.formatting import format_share
from core.common.types import SIDE_NAMES, Target, Uint8Array
from core.hands.model_answers import ModelAnswer
from core.hands.pipeline import HAND_CLASSIFIER
from core.reports.tour import TourStep, figure_of
from core.reports.tour_figures import Figure
from core.reports.tour_mistakes import MisreadImage
from core.zoo import get_spec, zoo
from ui.navigation import streamlit_pages
from ui.tour.hand import ShownHand
from ui.wording import fingers_words, format_confidence, hand_words

NOT_RECORDED = "The result for this step has not been recorded yet."

_FEW = 0.05
"""Shares as near to 0 or 100% are told to two digits."""

Panel = dict[str, Any]
"""A picture with its words, as ``picture.js`` draws it."""


def slides_of(
    steps: Sequence[TourStep], shown: ShownHand, misread: Sequence[MisreadImage]
) -> list[dict[str, Any]]:
    """All slides with a hand and the misread images, to be sent as JSON."""
    return [_slide(step, shown, misread) for step in steps]


def _slide(step: TourStep, shown: ShownHand, misread: Sequence[MisreadImage]) -> dict[str, Any]:
    figure = figure_of(step)
    if step.hand == "mistakes":
        panels = [_mistake_panel(each) for each in misread]
    else:
        panels = _hand_panels(step, shown)
    return {
        "title": step.title,
        "sentence": step.sentence,
        "notes": step.notes,
        "number": "" if figure is None else figure.number,
        "label": NOT_RECORDED if figure is None else figure.label,
        "panels": panels,
        # Two pictures fill the screen.
        "chart": None if figure is None or len(panels) > 1 else _chart(figure),
        "link": _link(step),
    }


def _hand_panels(step: TourStep, shown: ShownHand) -> list[Panel]:
    hand = shown.hand
    if step.hand == "none" or hand.seen is None:
        return []
    if step.hand == "photo":
        title = "A hand drawn by the program" if shown.is_drawn else "The photo"
        truth = "" if shown.truth is None else hand_words(*shown.truth)
        return [
            _panel(shown.plain, title, "The photo of the hand.", said=truth),
            _panel(hand.seen, "As the dataset would show it", "The hand alone, grey, on a dark "
                   "background.", detail=_cut_out_words(shown)),
        ]  # fmt: skip
    if step.hand == "tally":
        return [_tally_panel(shown, hand.seen)]
    panels = [_answer_panel(name, shown) for name in step.models if name in zoo()]
    if step.hand == "pooled" and hand.pooled is not None:
        before = _panel(hand.seen, "128 × 128 pixels", "The hand before pooling.")
        for panel in panels:
            panel["image"], panel["alt"] = _png(hand.pooled), "The hand after pooling."
        return [before, *panels]
    if step.hand == "found":
        found = _panel(shown.boxed, "Where it was found", "The photo with a box around the hand.")
        return [found, *panels]
    return panels


def _cut_out_words(shown: ShownHand) -> str:
    if shown.hand.crop == "own":
        return "Cut out by its plain background, as the article does."
    return "Its background is not plain, so the hand detector cut it out."


def _tally_panel(shown: ShownHand, seen: Uint8Array) -> Panel:
    counts = shown.hand.counts()
    most = max(set(counts), key=counts.count)
    said = f"{counts.count(most)} of {len(counts)} say {fingers_words(most)}"
    panel = _panel(seen, "On this hand", "The hand as the models see it.", said=said)
    return panel | _verdict(None if shown.truth is None else most == shown.truth[0])


def _answer_panel(name: str, shown: ShownHand) -> Panel:
    title = zoo()[name].title
    answer = shown.hand.of(name)
    if answer is None:
        return {"image": "", "alt": "", "title": title, "said": "No hand found", "detail": ""}
    said, sure, is_right = said_of(name, answer, shown)
    detail = f"{sure} sure"
    panel = _panel(answer.image, title, f"What “{title}” saw.", said=said, detail=detail)
    return panel | _verdict(is_right)


def said_of(name: str, answer: ModelAnswer, shown: ShownHand) -> tuple[str, str, bool | None]:
    """What a model says, how sure it is, and whether it is right, None where that is not known."""
    target = target_of(name)
    prediction, truth = answer.prediction, shown.truth
    unsure = prediction.fingers_unsure if target == "fingers" else prediction.side_unsure
    if target == "fingers":
        said, sure = fingers_words(prediction.fingers), max(prediction.fingers_probabilities)
        is_right = None if truth is None else prediction.fingers == truth[0]
    else:
        said = f"{SIDE_NAMES[prediction.side]} hand".capitalize()
        sure = max(prediction.side_probabilities)
        is_right = None if truth is None else prediction.side == truth[1]
    if name == HAND_CLASSIFIER:
        said = hand_words(prediction.fingers, prediction.side)
        unsure = prediction.unsure
        is_right = None if truth is None else truth == (prediction.fingers, prediction.side)
    return (f"Perhaps {said.lower()}" if unsure else said), format_confidence(sure), is_right


def target_of(name: str) -> Target:
    """What a model is asked; the hand classifier, which answers both, the count."""
    return "fingers" if name == HAND_CLASSIFIER else get_spec(name).target


def _mistake_panel(each: MisreadImage) -> Panel:
    panel = _panel(
        each.image,
        f"Drawn: {fingers_words(each.true)}" if each.is_drawn else fingers_words(each.true),
        f"A misread hand that shows {fingers_words(each.true)}.",
        said=f"Read as {each.said}",
        detail=f"by “{each.model}”",
    )
    return panel | _verdict(is_right=False)


def _panel(
    image: Uint8Array | bytes, title: str, alt: str, said: str = "", detail: str = ""
) -> Panel:
    """``image`` is JPEG, or grey pixels; ``alt`` is for those who do not see it."""
    source = _url("jpeg", image) if isinstance(image, bytes) else _png(image)
    return {"image": source, "alt": alt, "title": title, "said": said, "detail": detail}


def _verdict(is_right: bool | None) -> Panel:
    return {} if is_right is None else {"mark": "right" if is_right else "wrong"}


def _png(image: Uint8Array) -> str:
    return _url("png", cv2.imencode(".png", image)[1].tobytes())


def _url(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _chart(figure: Figure) -> dict[str, Any] | None:
    if figure.points:
        return {"title": figure.title, "points": figure.points, "x": "Training images"}
    if not figure.bars:
        return None
    highest = max(share for _, share in figure.bars)
    # Shares of right answers are drawn to 100%; so few errors would be invisible there.
    most = max(1.0, highest) if highest > _FEW else highest
    # Near 0 and 100% one digit would round mistakes away.
    digits = 2 if highest < _FEW or min(share for _, share in figure.bars) > 1 - _FEW else 1
    return {
        "title": figure.title,
        "bars": [
            {"label": label, "length": 100 * share / most, "text": format_share(share, digits)}
            for label, share in figure.bars
        ],
    }


def _link(step: TourStep) -> dict[str, str] | None:
    """The first of the step's pages that is there."""
    pages = streamlit_pages()
    name = next((each for each in step.pages if each in pages), None)
    if name is None:
        return None
    settings = urlencode(step.settings.get(name, {}))
    address = f"./{pages[name].url_path}" + (f"?{settings}" if settings else "")
    return {"label": pages[name].title, "address": address}
