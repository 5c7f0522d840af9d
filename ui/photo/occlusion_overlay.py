"""What an answer depends on, drawn over the image, with its legend."""

import cv2
import numpy as np
import streamlit as st

from core.common.types import Float32Array, Uint8Array
from core.evaluation.occlusion import Sensitivity

ENLARGED = 4
FOR, AGAINST = (245, 158, 11), (59, 130, 246)
"""RGB of what supports the answer and of what speaks against it; safe for the colour-blind."""

MIN_SCALE = 0.02
"""Smaller changes of a probability are not blown up to full colour."""

_STRONGEST = 0.8
_PLACES = (("upper left", "top", "upper right"), ("left", "middle", "right"),
           ("lower left", "bottom", "lower right"))  # fmt: skip


def scale_of(drops: Float32Array) -> float:
    """The change of probability that is drawn in full colour."""
    return max(MIN_SCALE, float(np.abs(drops).max()))


def overlaid(image: Uint8Array, drops: Float32Array) -> Uint8Array:
    """The image, enlarged, in colour where covering changed the answer.

    Args:
        image: (128, 128) uint8, grey.
        drops: (128, 128) float32, by how much covering lowered the probability.

    Returns:
        (512, 512, 3) uint8 RGB.
    """
    size = (image.shape[1] * ENLARGED, image.shape[0] * ENLARGED)
    grey = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    strength = cv2.resize(drops / np.float32(scale_of(drops)), size)
    share = _STRONGEST * np.abs(strength)[..., None]
    colour = np.where(strength[..., None] > 0, np.array(FOR), np.array(AGAINST))
    return np.asarray(np.rint(grey[..., None] * (1 - share) + colour * share), np.uint8)


def draw_legend(scale: float) -> None:
    """What the colours mean, in percentage points."""
    points = f"{100 * scale:.0f}" if scale >= 0.1 else f"{100 * scale:.1f}"
    stops = ", ".join(f"rgb{colour}" for colour in (AGAINST, (128, 128, 128), FOR))
    st.html(
        f'<div style="height:.75rem;border-radius:4px;background:linear-gradient(90deg,{stops})">'
        "</div>"
        '<div style="display:flex;justify-content:space-between;gap:1em;font-size:.875rem;'
        'padding-top:.25em">'
        f"<span>covered: +{points} points</span><span>no change</span>"
        f'<span style="text-align:right">covered: −{points} points</span></div>'
    )


def place_words(found: Sensitivity) -> str:
    """Where covering takes most from the answer."""
    row, column = np.unravel_index(found.covered.argmin(), found.covered.shape)
    rows, columns = found.covered.shape
    return _PLACES[int(3 * row // rows)][int(3 * column // columns)]
