"""Synthetic colour photos of any hands in any scene, with complete annotations."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from core.common.types import FACES, SIDES, BoolArray, Box, Face, Float32Array, Side, Uint8Array
from core.synthetic.anatomy import Forearm
from core.synthetic.background import BACKGROUNDS, Background, draw_background
from core.synthetic.camera import take_photo
from core.synthetic.hand import HandPicture, Stump, draw_hand, hand_extent
from core.synthetic.material import Look
from core.synthetic.pose import Fingers, sample_pose
from core.synthetic.scene import (
    ARMS,
    Arm,
    sample_arm,
    sample_cloth,
    sample_fingers,
    sample_light,
    sample_skin,
    sample_tilt,
)
from core.synthetic.skeleton import HandShape, Skeleton, pose_skeleton, sample_shape
from core.synthetic.view import View, turn


@dataclass(frozen=True)
class PhotoSettings:
    """What a synthetic photo shows; None leaves the choice to the seed.

    Attributes:
        width, height: size in pixels.
        hands: 0, 1 or 2.
        fingers: the fingers that are up; None chooses among all 32 combinations, with easy ones
            more often.
        side: the hand; None chooses. A second hand is the other one.
        tilt: range of the hand's rotation in the picture in degrees; at 0 the fingers point up,
            positive is counter-clockwise. Most hands are as upright as the range allows.
        size: range of the longer side of the hand's box, as a share of the photo's height.
        disturbance: from 0, a perfect camera, to 1, a bad one in bad light.
        sway: how far hands turn away from the camera; 1 is usual for people who show a count, 2
            shows many hands from the side.
        thumb: range of a spread thumb's angle to the palm's axis in degrees.
    """

    width: int = 192
    height: int = 192
    hands: int = 1
    fingers: Fingers | None = None
    side: Side | None = None
    face: Face | None = None
    tilt: tuple[float, float] = (-90.0, 90.0)
    size: tuple[float, float] = (0.15, 0.9)
    arm: Arm | None = None
    background: Background | None = None
    disturbance: float = 0.5
    sway: float = 1.0
    thumb: tuple[float, float] = (42.0, 76.0)


@dataclass(frozen=True)
class PosedHand:
    """A hand before the camera: a right one, or a left one in a mirrored picture.

    Attributes:
        view: in pixels of the picture, which is mirrored for a left hand.
    """

    shape: HandShape
    skeleton: Skeleton
    view: View
    arm: Forearm | Stump
    fingers: Fingers
    side: Side
    face: Face


@dataclass(frozen=True)
class RenderedHand:
    """The annotations of a rendered hand.

    Attributes:
        box: the visible hand to the wrist, without the forearm, in pixels.
        landmarks: (21, 2) float32 joints in pixels in MediaPipe's order: wrist, then four per
            finger from the thumb to the little finger, each from the root to the tip.
        mask: (height, width) bool, the visible pixels of the hand without its arm.
    """

    fingers: Fingers
    side: Side
    face: Face
    box: Box
    landmarks: Float32Array
    mask: BoolArray


@dataclass(frozen=True)
class RenderedPhoto:
    """An RGB photo, its hands, and their and their arms' share of each pixel, 0 to 255."""

    pixels: Uint8Array
    hands: tuple[RenderedHand, ...]
    cover: Uint8Array


_DEFAULT_SETTINGS = PhotoSettings()


def draw_photo(seed: int, settings: PhotoSettings = _DEFAULT_SETTINGS) -> RenderedPhoto:
    """Render a photo; the same seed and settings always give the same pixels."""
    scene = np.random.default_rng([seed, 0])
    shape = sample_shape(np.random.default_rng([seed, 1]))
    kind = settings.background or BACKGROUNDS[int(scene.choice(4, p=[0.3, 0.45, 0.08, 0.17]))]
    picture = draw_background(kind, settings.height, settings.width, scene)
    look = Look(sample_light(scene), sample_skin(scene), sample_cloth(scene))
    first_left = bool(scene.random() < 0.5)
    hands: list[PosedHand] = []
    rngs = [np.random.default_rng([seed, 2, number]) for number in range(settings.hands)]
    for number, rng in enumerate(rngs):
        side: Side = settings.side or SIDES[int(scene.integers(0, 2))]
        if number:
            side = "L" if hands[0].side == "R" else "R"
        part = (0.0, 1.0)
        if settings.hands == 2:
            part = (0.0, 0.5) if first_left == (number == 0) else (0.5, 1.0)
        hands.append(_sample_hand(shape, side, part, settings, rng))
    drawn, cover = draw_hands(picture, zip(hands, rngs, strict=True), look)
    pixels = take_photo(picture, settings.disturbance, scene)
    return RenderedPhoto(pixels, drawn, np.rint(cover * 255).astype(np.uint8))


def draw_hands(
    picture: Float32Array, hands: Iterable[tuple[PosedHand, np.random.Generator]], look: Look
) -> tuple[tuple[RenderedHand, ...], Float32Array]:
    """Draw hands into a picture (height, width, 3) of linear light, each before those drawn so far.

    A hand's details come from its generator. Returns the annotations, and (height, width) how much
    hands and arms cover each pixel.
    """
    drawn: list[RenderedHand] = []
    all_cover = np.zeros(picture.shape[:2], np.float32)
    for posed, rng in hands:
        hand, cover = _add_hand(picture, posed, look, rng)
        drawn = [_hidden_by(other, cover > 0.5) for other in drawn] + [hand]
        np.maximum(all_cover, cover, out=all_cover)
    return tuple(drawn), all_cover


def _sample_hand(
    shape: HandShape,
    side: Side,
    part: tuple[float, float],
    settings: PhotoSettings,
    rng: np.random.Generator,
) -> PosedHand:
    """A hand in a part of the picture's width."""
    height, width = settings.height, settings.width
    fingers = settings.fingers or sample_fingers(rng)
    face: Face = settings.face or FACES[int(rng.random() < 0.4)]
    arm: Arm = settings.arm or ARMS[int(rng.choice(3, p=[0.1, 0.45, 0.45]))]
    skeleton = pose_skeleton(shape, sample_pose(fingers, rng, abduction=settings.thumb))
    mirrored = side == "L"
    roll = sample_tilt(settings.tilt, rng) * (-1.0 if mirrored else 1.0)
    farthest = 38.0 * max(1.0, settings.sway)
    away = rng.normal(0.0, [14.0, 17.0]) * settings.sway
    pitch, yaw = np.radians(away.clip(-farthest, farthest))
    rotation = turn(roll, pitch, yaw + (np.pi if face == "back" else 0.0))
    view = View(rotation, 1.0, np.zeros(2), float(rng.uniform(450.0, 1200.0)))
    box = hand_extent(shape, skeleton, view)
    room = (part[1] - part[0]) * width
    wanted = rng.uniform(*settings.size) * height / max(box.width, box.height)
    scale = float(min(wanted, 0.98 * room / box.width, 0.98 * height / box.height))
    free = np.array([room - scale * box.width, height - scale * box.height])
    corner = rng.random(2) * free + [part[0] * width, 0.0]
    if mirrored:
        corner[0] = width - corner[0] - scale * box.width
    view = View(rotation, scale, corner - scale * np.array([box.x0, box.y0]), view.distance)
    return PosedHand(shape, skeleton, view, sample_arm(arm, rng), fingers, side, face)


def _add_hand(
    picture: Float32Array, hand: PosedHand, look: Look, rng: np.random.Generator
) -> tuple[RenderedHand, Float32Array]:
    """Draw one hand; its annotations, and (height, width) how much it and its arm cover."""
    height, width = picture.shape[:2]
    if hand.side == "L":
        x, y, z = look.light.direction
        look = replace(look, light=replace(look.light, direction=(-x, y, z)))
    fineness = 2 if hand.view.scale < 0.36 else 1
    drawn = draw_hand(
        hand.shape, hand.skeleton, hand.view, hand.arm, look, (height, width), fineness, rng
    )
    return _paste(picture, drawn, hand.fingers, hand.side, hand.face)


def _paste(
    picture: Float32Array, drawn: HandPicture, fingers: Fingers, side: Side, face: Face
) -> tuple[RenderedHand, Float32Array]:
    height, width = picture.shape[:2]
    colour, cover, hand = drawn.colour, drawn.cover, drawn.hand
    landmarks, left, top = drawn.joints, drawn.left, drawn.top
    rows, columns = cover.shape
    if side == "L":
        colour, cover, hand = colour[:, ::-1], cover[:, ::-1], hand[:, ::-1]
        landmarks = np.stack([width - 1 - landmarks[:, 0], landmarks[:, 1]], axis=1)
        left = width - left - columns
    below = picture[top : top + rows, left : left + columns]
    below += cover[..., None] * (colour - below)
    mask = np.zeros((height, width), dtype=np.bool_)
    mask[top : top + rows, left : left + columns] = hand
    covered = np.zeros((height, width), dtype=np.float32)
    covered[top : top + rows, left : left + columns] = cover
    return RenderedHand(fingers, side, face, _box_of(mask), landmarks, mask), covered


def _box_of(mask: BoolArray) -> Box:
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return Box(0.0, 0.0, 0.0, 0.0)
    return Box(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))


def _hidden_by(hand: RenderedHand, cover: BoolArray) -> RenderedHand:
    """The visible part of a hand behind another one."""
    mask = hand.mask & ~cover
    return replace(hand, box=_box_of(mask), mask=mask)
