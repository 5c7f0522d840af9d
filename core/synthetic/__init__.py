"""Procedurally rendered hands: images in the Fingers dataset's style, and colour photos.

A posed skeleton with anthropometric measures is covered with round cones, rendered as a height
field, shaded, and placed before a background. Everything follows from a seed. The package imports
``images`` and ``common``.
"""

from core.synthetic.background import BACKGROUNDS, Background
from core.synthetic.dataset_look import draw_dataset_image
from core.synthetic.fingers import (
    ALL_COMBINATIONS,
    DATASET_GESTURES,
    NATURAL_COMBINATIONS,
    Fingers,
)
from core.synthetic.photo import (
    PhotoSettings,
    RenderedHand,
    RenderedPhoto,
    draw_photo,
)
from core.synthetic.scene import ARMS, Arm

__all__ = [
    "ALL_COMBINATIONS",
    "ARMS",
    "BACKGROUNDS",
    "DATASET_GESTURES",
    "NATURAL_COMBINATIONS",
    "Arm",
    "Background",
    "Fingers",
    "PhotoSettings",
    "RenderedHand",
    "RenderedPhoto",
    "draw_dataset_image",
    "draw_photo",
]
