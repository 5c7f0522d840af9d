"""Counts, hands and confidences in words."""

import re

from core.common.formatting import format_share
from core.common.types import CLASSES, SIDE_NAMES, Side, Target
from core.hands.prediction import Prediction

SIDE_LABELS: dict[Side, str] = {side: name.capitalize() for side, name in SIDE_NAMES.items()}


def hand_words(fingers: int, side: Side) -> str:
    """What a hand shows, in words."""
    return f"{fingers_words(fingers)}, {SIDE_NAMES[side]} hand"


def fingers_words(fingers: int) -> str:
    """A count in words."""
    return "1 finger" if fingers == 1 else f"{fingers} fingers"


def class_labels(target: Target) -> list[str]:
    """The classes of what a model answers, in a word each."""
    if target == "side":
        return list(SIDE_NAMES.values())
    return list(CLASSES["fingers"])


def format_confidence(probability: float) -> str:
    """A probability as a whole percentage, never rounded to certainty."""
    if probability > 0.99:
        return "over 99%"
    return "under 1%" if probability < 0.01 else format_share(probability, 0)


def answer_words(prediction: Prediction) -> tuple[str, str]:
    """The answer for one hand: a headline, and a sentence on its confidence."""
    count, hand = fingers_words(prediction.fingers), f"{SIDE_NAMES[prediction.side]} hand"
    count_share = format_confidence(max(prediction.fingers_probabilities))
    hand_share = format_confidence(max(prediction.side_probabilities))
    if prediction.fingers_unsure and prediction.side_unsure:
        return "Not sure", f"Perhaps {count} ({count_share}), {hand} ({hand_share})."
    if prediction.fingers_unsure:
        return f"Not sure how many · {hand}", (
            f"Perhaps {count} ({count_share}). Confidence in the hand: {hand_share}."
        )
    if prediction.side_unsure:
        return f"{count} · not sure which hand", (
            f"Confidence in the count: {count_share}. Perhaps a {hand} ({hand_share})."
        )
    return f"{count} · {hand}", (
        f"Confidence: {count_share} in the count, {hand_share} in the hand."
    )


def as_text(words: str) -> str:
    """A visitor's words as they are, where Streamlit would read them as Markdown."""
    return re.sub(r"([\\`*_{}\[\]()<>#+.!|:~$&-])", r"\\\1", words)
