"""A hand that the hand detector found, cut out and made to look like the Fingers dataset's.

For measuring only: it gives the article's models the finding of the hand for nothing.
"""

import cv2
import numpy as np

from core.common.types import BoolArray, Photo, Uint8Array
from core.hands.background_subtraction import measured_mask
from core.hands.classifier import FINGER_JOINTS, MIDDLE_KNUCKLE, PALM_JOINTS, WRIST
from core.hands.pipeline import HandResult
from core.hands.preprocessing import preprocess_like_dataset
from core.images.decoding import to_grey
from core.images.geometry import square_around, warp

ROUNDS = 4
"""Of GrabCut; more change hardly a pixel."""

FINGER_WIDTH = 0.3
"""Of the distance from the wrist to the middle knuckle: what lies so near a joint may be hand."""

REACH = 2.5
"""Of that width: what lies farther from every joint is background."""


def like_dataset(photo: Photo, hand: HandResult) -> Uint8Array:
    """The hand alone, upright, as large, light and on such a background as the dataset's.

    GrabCut (Rother, Kolmogorov and Blake, 2004) separates it from any background, beginning from
    the joints that the hand classifier sees.

    Returns:
        (128, 128) grey uint8; what the hand classifier read where it sees no joints.
    """
    details = hand.prediction.details
    if photo.prepared or details is None:
        return hand.prepared.image
    square = square_around(hand.detection.box)
    cropped = warp(photo.pixels, square.placement(), cv2.BORDER_REPLICATE)
    joints = np.array(details.joints, np.float64)
    mask = _segmented(cropped, joints)
    towards_arm = joints[WRIST] - joints[MIDDLE_KNUCKLE]
    length = float(np.linalg.norm(towards_arm))
    if not mask.any() or length < 1:
        return hand.prepared.image
    x, y = map(float, towards_arm / length)
    measured = measured_mask(mask, 1.0, lambda _mask, _x, _y: (x, y))
    if not measured.mask.any():
        return hand.prepared.image
    return preprocess_like_dataset(to_grey(cropped), measured).image


def _segmented(
    cropped: Uint8Array, joints: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> BoolArray:
    """(128, 128) bool: the hand in an RGB crop, given its joints in pixels."""
    width = max(2.0, FINGER_WIDTH * float(np.linalg.norm(joints[WRIST] - joints[MIDDLE_KNUCKLE])))
    labels = np.full(cropped.shape[:2], cv2.GC_BGD, np.uint8)
    points = np.rint(joints).astype(np.int32)
    for label, thickness in (
        (cv2.GC_PR_BGD, round(REACH * width)),
        (cv2.GC_PR_FGD, round(width)),
        (cv2.GC_FGD, 1),
    ):
        for chain in (*FINGER_JOINTS, PALM_JOINTS):
            cv2.polylines(labels, [points[list(chain)]], False, label, thickness)
        if label == cv2.GC_PR_FGD:
            cv2.fillPoly(labels, [points[list(PALM_JOINTS)]], label)
    # GrabCut begins with k-means, which draws lots.
    cv2.setRNGSeed(0)
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    bgr = np.ascontiguousarray(cropped[:, :, ::-1])
    # It starts from the labels, not from a rectangle.
    anywhere = (0, 0, 0, 0)
    cv2.grabCut(bgr, labels, anywhere, background, foreground, ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
