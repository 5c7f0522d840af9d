"""Pictures of what a model says of a hand."""

import cv2
import numpy as np

from core.common.types import Uint8Array
from core.hands.prediction import Prediction

BONES = (
    (0, 1, 2, 3, 4),
    (0, 5, 6, 7, 8),
    (9, 10, 11, 12),
    (13, 14, 15, 16),
    (0, 17, 18, 19, 20),
    (5, 9, 13, 17),
)
"""Chains of landmarks in MediaPipe's order, along the fingers and across the palm."""

ENLARGED = 4


def with_joints(image: Uint8Array, prediction: Prediction) -> Uint8Array:
    """A prepared image, enlarged, with lines along the fingers where the model locates joints.

    Args:
        image: (128, 128) uint8.
        prediction: of that image.

    Returns:
        (512, 512, 3) uint8 RGB, or the image itself where the model locates none.
    """
    if prediction.details is None:
        return image
    size = (image.shape[1] * ENLARGED, image.shape[0] * ENLARGED)
    picture = cv2.cvtColor(
        cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), cv2.COLOR_GRAY2RGB
    )
    joints = np.rint(np.array(prediction.details.joints) * ENLARGED).astype(np.int32)
    for width, colour in ((6, (0, 0, 0)), (2, (255, 255, 255))):
        for chain in BONES:
            cv2.polylines(picture, [joints[list(chain)]], False, colour, width, cv2.LINE_AA)
    return np.asarray(picture, np.uint8)
