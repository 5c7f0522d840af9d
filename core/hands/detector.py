"""The hand detector: a photo of any scene -> its hands, the most confident first.

The network divides the frame into square cells. For each cell it predicts the probability that the
middle of a hand lies there, and how far that hand's box extends left, up, right and down (Zhou et
al., "Objects as Points", 2019, for the heatmap; Tian et al., "FCOS", 2019, for the offsets).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

import cv2
import numpy as np

from core.common.types import Box, Float32Array, Photo, Step, Uint8Array
from core.hands.detections import Detection, Detections, non_max_suppression
from core.hands.tflite import ServedNet
from core.images.geometry import letterbox
from core.zoo.hand_detector import CELLS, FRAME_SIZE, STRIDE

CELL_CENTRES = (np.arange(CELLS, dtype=np.float32) + np.float32(0.5)) * STRIDE
"""x or y of the cells' middles in pixels of the frame."""

MAX_PROPOSALS = 6
"""Maximum number of detections per frame, which bounds the time to classify them."""

NEARER = 0.6
"""Height and width of the parts of a photo that are searched for small hands, as a share of its
own; the four at its corners overlap by hands of a fifth of its size."""

HIGHLIGHT, HIGHLIGHT_STRENGTH = (245, 158, 11), 0.85
"""RGB of where a hand is likely, and how much it covers there."""

MIN_BOX = 2.0
"""In pixels of the photo; a thinner box is dropped."""


@dataclass(frozen=True)
class HandDetector:
    """The exported hand detector, with the minimum probability of a reported hand."""

    net: ServedNet
    threshold: float

    def detect(self, photo: Photo) -> Detections:
        """Detect the hands in a photo, with boxes in its pixels."""
        frame = letterbox(photo.pixels, FRAME_SIZE)
        outputs = self.net.answer(frame.pixels[None].astype(np.float32))[0]
        hands = []
        for proposal in decode_proposals(outputs, self.threshold):
            box = frame.in_photo(proposal.box)
            if min(box.width, box.height) >= MIN_BOX:
                hands.append(Detection(box, proposal.score))
        seen = frame.pixels[: frame.height, : frame.width]
        steps = (
            Step(
                "What the hand detector sees",
                f"The photo, shrunk to {FRAME_SIZE} pixels; it suspects the middle of a hand "
                "where the picture is orange.",
                _highlighted(seen, outputs[..., 0]),
            ),
        )
        return Detections(tuple(hands), steps)

    def detect_nearer(self, photo: Photo, around: Box | None = None) -> tuple[Detection, ...]:
        """Detect the hands in four overlapping parts of a photo, or in one around a box.

        They are larger there.
        Parts smaller than the frame that the detector sees would only be blurred: there are none.
        """
        height, width = photo.pixels.shape[:2]
        part_height, part_width = round(NEARER * height), round(NEARER * width)
        if max(part_height, part_width) < FRAME_SIZE:
            return ()
        lowest, rightmost = height - part_height, width - part_width
        corners: Iterable[tuple[int, int]] = product((0, lowest), (0, rightmost))
        if around is not None:
            top = round((around.y0 + around.y1 - part_height) / 2)
            left = round((around.x0 + around.x1 - part_width) / 2)
            corners = [(min(max(top, 0), lowest), min(max(left, 0), rightmost))]
        found = []
        for top, left in corners:
            part = photo.pixels[top : top + part_height, left : left + part_width]
            for hand in self.detect(Photo(np.ascontiguousarray(part))).hands:
                x0, y0, x1, y1 = hand.box
                box = Box(left + x0, top + y0, left + x1, top + y1)
                found.append(replace(hand, box=box))
        return non_max_suppression(found, MAX_PROPOSALS)


def decode_proposals(outputs: Float32Array, threshold: float) -> tuple[Detection, ...]:
    """The hands in a frame from (24, 24, 5) outputs, the most confident first.

    Their boxes are in pixels of the frame, their probabilities above the threshold.
    """
    logits = np.ascontiguousarray(outputs[..., 0])
    highest_around = cv2.dilate(logits, np.ones((3, 3), np.uint8))
    lowest = -float(np.log(1 / threshold - 1))
    rows, columns = np.nonzero((logits >= highest_around) & (logits > lowest))
    order = np.argsort(-logits[rows, columns], kind="stable")[: 4 * MAX_PROPOSALS]
    peaks = [
        _at_cell(outputs, int(row), int(column))
        for row, column in zip(rows[order], columns[order], strict=True)
    ]
    return non_max_suppression(peaks, MAX_PROPOSALS)


def _at_cell(outputs: Float32Array, row: int, column: int) -> Detection:
    offsets = np.exp(np.clip(outputs[row, column, 1:], -4, 4)) * STRIDE
    left, up, right, down = map(float, offsets)
    x, y = float(CELL_CENTRES[column]), float(CELL_CENTRES[row])
    score = float(1 / (1 + np.exp(-outputs[row, column, 0])))
    return Detection(Box(x - left, y - up, x + right, y + down), score)


def _highlighted(seen: Uint8Array, logits: Float32Array) -> Uint8Array:
    """The frame in grey, orange where the middle of a hand is likely."""
    probability = (1 / (1 + np.exp(-logits))).astype(np.float32)
    enlarged = cv2.resize(probability, (FRAME_SIZE, FRAME_SIZE), interpolation=cv2.INTER_LINEAR)
    share = HIGHLIGHT_STRENGTH * enlarged[: seen.shape[0], : seen.shape[1], None]
    grey = cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY)[..., None]
    return np.asarray(np.rint(grey * (1 - share) + np.array(HIGHLIGHT) * share), np.uint8)
