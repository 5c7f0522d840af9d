"""What the visitor's browser must know of the models to answer as Python does."""

import base64
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from core.artifacts import store as artifacts
from core.common.types import IMAGE_SIZE, SIDE_NAMES, SIDES, Float32Array
from core.hands import (
    background_subtraction,
    classifier,
    detections,
    detector,
    preprocessing,
    tracking,
)
from core.hands.pipeline import (
    DEFAULT_FINGERS_MODEL,
    DEFAULT_SIDE_MODEL,
    HAND_CLASSIFIER,
    HAND_DETECTOR,
    MAX_HANDS,
)
from core.hands.prediction import ANSWER_THRESHOLD
from core.images import geometry
from core.zoo.hand_detector import CELLS, FRAME_SIZE, STRIDE


def browser_constants(root: Path = artifacts.MODELS_ROOT) -> dict[str, Any]:
    """The models' constants and calibrations, as ``ui/live/device/types.d.ts`` declares them.

    Raises:
        UserError: a model is not trained, or its card is damaged.
    """
    card = artifacts.read_card(HAND_CLASSIFIER, root)
    return {
        "detector": {
            "frame_size": FRAME_SIZE,
            "cells": CELLS,
            "stride": STRIDE,
            "threshold": artifacts.read_card(HAND_DETECTOR, root).detector_threshold,
            "max_proposals": detector.MAX_PROPOSALS,
            "min_box": detector.MIN_BOX,
            "nearer": detector.NEARER,
            "padding": geometry.PADDING,
        },
        "classifier": {
            "image_size": IMAGE_SIZE,
            "crop_margin": geometry.CROP_MARGIN,
            "count": _range(classifier.COUNT),
            "right": classifier.RIGHT,
            "back": classifier.BACK,
            "hand": classifier.HAND,
            "extended": _range(classifier.EXTENDED),
            "landmarks": _range(classifier.LANDMARKS),
            "wrist": classifier.WRIST,
            "middle_knuckle": classifier.MIDDLE_KNUCKLE,
            "finger_weight": classifier.FINGER_WEIGHT,
            "finger_joints": classifier.FINGER_JOINTS,
            "palm_joints": classifier.PALM_JOINTS,
            "landmark_margin": classifier.LANDMARK_MARGIN,
            "landmark_weight": classifier.LANDMARK_WEIGHT,
            "min_rotation": classifier.MIN_ROTATION,
            "min_confidence": classifier.MIN_CONFIDENCE,
        },
        "calibration": asdict(card.calibration),
        "fusion": asdict(card.fusion),
        "max_hands": MAX_HANDS,
        "nms_iou": detections.NMS_IOU,
        "max_overlap": detections.MAX_OVERLAP,
        "tracking": {
            "half_life": tracking.HALF_LIFE,
            "box_half_life": tracking.BOX_HALF_LIFE,
            "still": tracking.STILL,
            "min_iou": tracking.MIN_IOU,
            "max_gap": tracking.MAX_GAP,
            "min_followed_iou": tracking.MIN_FOLLOWED_IOU,
            "min_followed_score": tracking.MIN_FOLLOWED_SCORE,
            "detection_interval": tracking.DETECTION_INTERVAL,
            "search": tracking.SEARCH,
            "nearer_interval": tracking.NEARER_INTERVAL,
            "small": tracking.SMALL,
        },
        "article": {
            "count": artifacts.read_card(DEFAULT_FINGERS_MODEL, root).on_dataset.temperature,
            "side": artifacts.read_card(DEFAULT_SIDE_MODEL, root).on_dataset.temperature,
            "answer": ANSWER_THRESHOLD,
        },
        "background_subtraction": {
            "analysis_size": background_subtraction.ANALYSIS_SIZE,
            "min_side": background_subtraction.MIN_SIDE,
            "border_share": background_subtraction.BORDER_SHARE,
            "channel_weights": background_subtraction.CHANNEL_WEIGHTS,
            "border_samples": background_subtraction.BORDER_SAMPLES,
            "wrist_at_palm_radii": background_subtraction.WRIST_AT_PALM_RADII,
            "natural_lean": background_subtraction.NATURAL_LEAN,
            "min_hand_share": background_subtraction.MIN_HAND_SHARE,
            "max_hand_share": background_subtraction.MAX_HAND_SHARE,
            "min_contrast": background_subtraction.MIN_CONTRAST,
            "max_clutter": background_subtraction.MAX_CLUTTER,
        },
        "dataset": {
            "palm_radius": preprocessing.DATASET_PALM_RADIUS,
            "hand_mean": preprocessing.DATASET_HAND_MEAN,
            "hand_deviation": preprocessing.DATASET_HAND_DEVIATION,
            "max_contrast": preprocessing.MAX_CONTRAST,
            "margin": preprocessing.MARGIN,
            "background": _grey_levels(preprocessing.background()),
        },
        "sides": SIDES,
        "side_names": SIDE_NAMES,
    }


def _grey_levels(image: Float32Array) -> str:
    """An image as one byte a pixel, in base64."""
    return base64.b64encode(np.rint(image).astype(np.uint8).tobytes()).decode()


def _range(part: slice) -> tuple[int, int]:
    return (part.start, part.stop)
