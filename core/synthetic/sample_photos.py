"""Synthetic photos of a hand as people would show it, for the page, calibration and tests."""

from core.common.types import Side
from core.synthetic.photo import PhotoSettings, RenderedPhoto, draw_photo
from core.synthetic.pose import DATASET_GESTURES


def draw_sample(
    fingers: int, side: Side, seed: int, width: int = 640, height: int = 480
) -> RenderedPhoto:
    """A nearly upright palm and its arm before a plain background, in colour.

    It shows 0 to 5 fingers in the dataset's gestures.
    """
    settings = PhotoSettings(
        width=width,
        height=height,
        fingers=DATASET_GESTURES[fingers],
        side=side,
        face="palm",
        tilt=(-15.0, 15.0),
        size=(0.5, 0.75),
        arm="bare",
        background="plain",
        disturbance=0.3,
    )
    return draw_photo(seed, settings)
