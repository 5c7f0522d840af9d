"""What the visitor's browser must know of the models to answer as Python does."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.artifacts import store as artifacts
from core.common.types import IMAGE_SIZE, SIDE_NAMES, SIDES
from core.hands import classifier, detections, detector, tracking
from core.hands.pipeline import HAND_CLASSIFIER, HAND_DETECTOR, MAX_HANDS
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
            "min_iou": tracking.MIN_IOU,
            "max_gap": tracking.MAX_GAP,
            "min_followed_iou": tracking.MIN_FOLLOWED_IOU,
            "min_followed_score": tracking.MIN_FOLLOWED_SCORE,
            "detection_interval": tracking.DETECTION_INTERVAL,
            "search": tracking.SEARCH,
        },
        "sides": SIDES,
        "side_names": SIDE_NAMES,
    }


def _range(part: slice) -> tuple[int, int]:
    return (part.start, part.stop)
