"""Synthetic images in the style of the Fingers dataset."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from core.common.types import FINGER_COUNTS, IMAGE_SIZE, Float32Array, Side, Uint8Array
from core.synthetic.hand import Stump, draw_hand, hand_extent
from core.synthetic.light import Light
from core.synthetic.material import Look, Skin
from core.synthetic.noise import blur, noise
from core.synthetic.pose import DATASET_GESTURES, sample_pose
from core.synthetic.skeleton import pose_skeleton, sample_shape
from core.synthetic.view import View, turn

# The hands vary less than those of adults in general, and their fingers are a little fuller than
# the average adult's: on 150 real images of three fingers, 30% below the highest tip, a finger's
# width is 0.105 of the hand's height with a deviation of 0.005.
_VARIETY = 0.5
_FINGER_BREADTH = 1.06


class _Style(NamedTuple):
    """How the hands of one count look.

    Attributes:
        height: above the wrist in pixels, mean and deviation; with the cut it gives the heights
            measured on 150 real images of each count.
        wideness: range of the spread of the fingers (see `sample_pose`).
        roll: how far the hand leans, in degrees counter-clockwise, mean and deviation.
        pitch: how far the fingertips lean towards the camera, in degrees; a fist shows its heel.
        cut: how far below the wrist the hand is cut off, in mm; negative cuts into the palm.
    """

    height: tuple[float, float]
    wideness: tuple[float, float]
    roll: tuple[float, float]
    pitch: float
    cut: float


_STYLES = (  # by count
    _Style((48.0, 3.5), (0.2, 0.5), (-6.0, 6.0), -12.0, -11.0),
    _Style((81.0, 4.0), (0.0, 0.6), (5.0, 6.0), 0.0, -7.0),
    _Style((84.0, 4.0), (0.55, 1.0), (9.0, 4.0), -4.0, -5.0),
    _Style((87.0, 5.5), (0.9, 1.3), (3.5, 3.0), 2.0, -9.0),
    _Style((76.0, 3.5), (1.0, 1.3), (-3.0, 3.5), 0.0, -7.0),
    _Style((75.0, 4.5), (0.8, 1.2), (0.0, 7.0), 0.0, -7.0),
)
_ABDUCTION = (62.0, 78.0)
"""The angle of a spread thumb to the palm's axis, in degrees."""


def draw_dataset_image(fingers_count: int, side: Side, seed: int) -> Uint8Array:
    """A grey image (128, 128) uint8 that looks like one of the Fingers dataset.

    The palm is seen on a dark cloudy background, without an arm, centred by mass. A left hand is
    the mirror image of the right hand of the same count and seed, which is at least 0.
    """
    if fingers_count not in FINGER_COUNTS:
        raise ValueError(f"a hand shows 0 to 5 fingers, not {fingers_count}")
    image = _draw_right(fingers_count, np.random.default_rng([seed, fingers_count]))
    return image if side == "R" else np.ascontiguousarray(image[:, ::-1])


def _draw_right(count: int, rng: np.random.Generator) -> Uint8Array:
    style = _STYLES[count]
    shape = sample_shape(rng, _VARIETY)
    shape = replace(shape, radii=shape.radii * _FINGER_BREADTH)
    pose = sample_pose(DATASET_GESTURES[count], rng, style.wideness, _ABDUCTION)
    skeleton = pose_skeleton(shape, pose)
    roll, pitch, yaw = np.radians(
        [rng.normal(*style.roll), *rng.normal([style.pitch, 0.0], [6.0, 8.0])]
    )
    view = View(turn(roll, pitch, yaw), 1.0, np.zeros(2), 900.0)
    box = hand_extent(shape, skeleton, view)
    mean, deviation = style.height
    wanted = float(np.clip(rng.normal(mean, deviation), mean - 10.0, mean + 5.0))
    scale = min((1.13 if count == 0 else 1.06) * wanted / box.height, 108.0 / box.width)
    middle = np.array([box.x0 + box.x1, box.y0 + box.y1]) / 2.0
    view = View(view.rotation, scale, IMAGE_SIZE / 2 - middle * scale, 900.0)
    light = Light(
        direction=(rng.normal(-0.4, 0.1), rng.normal(-0.45, 0.1), 1.0),
        strength=0.7,
        ambient=0.33,
        wrap=0.4,
        shadow=0.4,
        occlusion=0.68,
    )
    tone = np.array([rng.normal(196.0, 5.0)])
    skin = Skin(
        back=tone,
        palm=tone,
        nail=tone * 1.06,
        crease=0.22,
        blotches=0.025,
        grain=0.035,
        gloss=22.0,
        flush=0.09,
    )
    cut = style.cut + rng.uniform(-6.0, 6.0)
    stump = Stump(depth=cut, tilt=rng.normal(0.0, 0.12), ragged=0.8)
    size = (IMAGE_SIZE, IMAGE_SIZE)
    picture = draw_hand(shape, skeleton, view, stump, Look(light, skin), size, 1.5, rng)
    image = _ground(rng)
    rows, columns = picture.cover.shape
    # The original images were downscaled with a soft filter.
    hand = blur(picture.colour[..., 0], 0.45) + noise(rng, rows, columns, 0.0) * np.float32(2.0)
    # The centre of mass of what stands out from the background moves to the image's centre. Parts
    # in deep shadow do not count, because the originals were centred by what is visible.
    middle_grey = (float((picture.cover * hand).sum() / picture.cover.sum()) + image.mean()) / 2
    seen = picture.cover * (hand > middle_grey)
    mass = float(seen.sum())
    x = float((seen.sum(axis=0) @ np.arange(columns)) / mass)
    y = float((seen.sum(axis=1) @ np.arange(rows)) / mass)
    left = int(np.clip(round(IMAGE_SIZE / 2 - 0.1 - x), 0, IMAGE_SIZE - columns))
    top = int(np.clip(round(IMAGE_SIZE / 2 - y), 0, IMAGE_SIZE - rows))
    below = image[top : top + rows, left : left + columns]
    below += picture.cover * (hand - below)
    return np.asarray(np.round(image).clip(0, 255), dtype=np.uint8)


def _ground(rng: np.random.Generator) -> Float32Array:
    """The dark cloudy background.

    The three scales and their weights follow the measured autocorrelation (0.91, 0.58, 0.37 and
    0.19 at 1, 4, 8 and 16 pixels, deviation 5.7).
    """
    size = (IMAGE_SIZE, IMAGE_SIZE)
    clouds = 0.59 * noise(rng, *size, 0.9) + 0.5 * noise(rng, *size, 3.0)
    clouds = clouds + 0.63 * noise(rng, *size, 10.0)
    return np.asarray(clouds * 5.7 + rng.normal(49.5, 4.5), dtype=np.float32)
