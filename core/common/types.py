"""Constants and small data types that the whole program shares."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

IMAGE_SIZE = 128
"""Height and width, in pixels, of the grey image that every model reads."""

FINGER_COUNTS = (0, 1, 2, 3, 4, 5)
"""The classes of the count, in the order of a model's outputs."""

Side = Literal["L", "R"]

SIDES: tuple[Side, Side] = ("L", "R")
"""The person's own left and right hand, in the order of a model's outputs."""

SIDE_NAMES: dict[Side, str] = {"L": "left", "R": "right"}

Target = Literal["fingers", "side"]
"""A question about one hand: its count, or whether it is a right hand."""

TARGETS: tuple[Target, ...] = get_args(Target)

CLASSES: dict[Target, tuple[str, ...]] = {
    "fingers": tuple(map(str, FINGER_COUNTS)),
    "side": SIDES,
}
"""The labels of the answers to a question, in the order of a model's outputs."""

QUESTION_WORDS: dict[str, str] = {"fingers": "how many", "side": "which hand"}
"""The questions in everyday words."""

Face = Literal["palm", "back"]

FACES: tuple[Face, Face] = ("palm", "back")
"""The visible face of the hand, in the order of a model's outputs."""

FINGER_NAMES = ("thumb", "index", "middle", "ring", "little")

PREPROCESSING_VERSION = 1
"""Of ``core.hands.preprocessing``, incremented whenever the preprocessing of any photo changes.

It is recorded in every card, since a model answers rightly only to what it was trained on."""

Uint8Array = npt.NDArray[np.uint8]
BoolArray = npt.NDArray[np.bool_]
Float16Array = npt.NDArray[np.float16]
Float32Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]


class Box(NamedTuple):
    """A rectangle of a photo in pixels; (x0, y0) belongs to it, (x1, y1) lies just outside."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Height in pixels."""
        return self.y1 - self.y0


@dataclass(frozen=True)
class Photo:
    """A decoded photo, the right way up.

    Attributes:
        pixels: (height, width, 3) uint8, RGB, 0 to 255, C-contiguous.
        prepared: whether the file was a 128×128 grey image, which needs no preprocessing.
        original_size: (width, height) of the file in pixels, if it was decoded smaller.
    """

    pixels: Uint8Array
    prepared: bool = False
    original_size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 3 or self.pixels.shape[2] != 3:
            raise ValueError(
                f"a photo is (height, width, 3) uint8, not {self.pixels.shape} {self.pixels.dtype}"
            )
        if min(self.pixels.shape) < 1:
            raise ValueError("a photo has at least one pixel")
        if self.prepared and self.pixels.shape[:2] != (IMAGE_SIZE, IMAGE_SIZE):
            raise ValueError(f"a prepared image is {IMAGE_SIZE}×{IMAGE_SIZE} pixels")

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])

    def mirrored(self) -> "Photo":
        """The photo flipped horizontally, as a selfie preview shows it."""
        return replace(self, pixels=np.ascontiguousarray(self.pixels[:, ::-1]))

    def in_original_pixels(self, box: Box) -> Box:
        """A box of this photo, in pixels of the upright original."""
        if self.original_size is None:
            return box
        width, height = self.original_size
        x, y = width / self.width, height / self.height
        return Box(box.x0 * x, box.y0 * y, box.x1 * x, box.y1 * y)


@dataclass(frozen=True)
class Step:
    """One step to the model's input, kept for display: ``picture`` is grey or RGB, uint8."""

    title: str
    explanation: str
    picture: Uint8Array
