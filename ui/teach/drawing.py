"""The drawing of what is frozen and what learns."""

import html

import streamlit as st

from core.artifacts.store import read_card
from core.few_shot.learning import Head
from core.hands.pipeline import HAND_CLASSIFIER
from core.zoo.hand_classifier import FEATURES

_FROZEN, _LEARNS = "#808080", "#0d9488"
"""Both stand at 3:1 or more on the light background and on the dark one (WCAG 1.4.11)."""


def draw_transfer(head: Head | None, names: tuple[str, ...]) -> None:
    """Draw the hand, the frozen layers, their features, the new head, and its answers."""
    layers = read_card(HAND_CLASSIFIER).layers
    frozen = sum(each.parameters for each in layers[:-1])
    answers = len(names) + 1
    learned = (FEATURES + 1) * answers if head is None else head.learned
    text = (
        f"The hand as 128 by 128 grey pixels goes through the hand classifier's layers, whose "
        f"{frozen:,} numbers are frozen, and becomes {FEATURES} features. A new softmax head with "
        f"{learned:,} learnt numbers turns them into {answers} probabilities."
    )
    listed = ", ".join((*names, "none of these"))
    blocks = (
        _block("Your hand", "128 × 128 grey pixels", "currentColor", "dotted"),
        _block("Frozen", f"the classifier’s layers: {frozen:,} numbers stay", _FROZEN, "dashed"),
        _block(f"{FEATURES} features", "what these layers see in a hand", _FROZEN, "dashed"),
        _block("Learns", f"a new softmax head: {learned:,} numbers", _LEARNS, "solid"),
        _block(
            f"{answers} answers",
            html.escape(listed),
            "currentColor",
            "dotted",
        ),
    )
    arrow = '<span style="align-self:center;font-size:1.5rem">→</span>'
    st.markdown("**What is frozen, and what learns**")
    st.html(
        f'<div role="img" aria-label="{html.escape(text)}" style="display:flex;flex-wrap:wrap;'
        f'gap:.5rem;align-items:stretch">{arrow.join(blocks)}</div>'
    )


def _block(title: str, words: str, colour: str, line: str) -> str:
    return (
        f'<div style="flex:1 1 8rem;padding:.5rem .75rem;border:3px {line} {colour};'
        f'border-radius:8px;overflow-wrap:anywhere"><b>{title}</b><br>{words}</div>'
    )
