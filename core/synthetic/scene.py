"""Chooses what a photo shows at random: light, skin, sleeve, arm, tilt and fingers."""

from typing import Literal, get_args

import numpy as np

from core.synthetic.anatomy import Forearm
from core.synthetic.hand import Stump
from core.synthetic.light import Light
from core.synthetic.material import PATTERNS, Cloth, Skin
from core.synthetic.palette import nail_of, palm_of, random_colour, random_skin_tone
from core.synthetic.pose import ALL_COMBINATIONS, NATURAL_COMBINATIONS, Fingers

Arm = Literal["none", "bare", "sleeve"]

ARMS: tuple[Arm, ...] = get_args(Arm)


def sample_light(rng: np.random.Generator) -> Light:
    """Indoor light: mostly from above, hard or soft, bright or dim."""
    total = rng.uniform(0.55, 1.1)
    hard = rng.uniform(0.35, 0.8)
    return Light(
        direction=(rng.normal(0.0, 0.7), rng.normal(-0.4, 0.45), 1.0),
        strength=total * hard,
        ambient=total * (1.0 - hard),
        wrap=rng.uniform(0.15, 0.45),
        shadow=rng.uniform(0.2, 0.7),
        occlusion=rng.uniform(0.5, 0.8),
    )


def sample_skin(rng: np.random.Generator) -> Skin:
    """Any skin tone in lamp light of a slightly different colour."""
    tint = np.exp(rng.normal(0.0, 0.035, 3))
    tone = random_skin_tone(rng)
    palm = palm_of(tone)
    return Skin(
        back=tone * tint,
        palm=palm * tint,
        nail=nail_of(palm) * tint,
        crease=rng.uniform(0.2, 0.55),
        blotches=rng.uniform(0.03, 0.09),
        grain=rng.uniform(0.01, 0.05),
        gloss=rng.uniform(0.0, 0.12),
        flush=rng.uniform(0.0, 0.12),
    )


def sample_cloth(rng: np.random.Generator) -> Cloth:
    """A sleeve, mostly of one colour."""
    return Cloth(
        first=random_colour(rng, 0.05, 0.9, 0.8),
        second=random_colour(rng, 0.05, 0.9, 0.6),
        pattern=PATTERNS[int(rng.choice(4, p=[0.64, 0.12, 0.12, 0.12]))],
        period=float(rng.uniform(6.0, 40.0)),
    )


def sample_tilt(tilt: tuple[float, float], rng: np.random.Generator) -> float:
    """A rotation in radians: mostly as upright as the range allows, sometimes anything."""
    upright = min(max(0.0, tilt[0]), tilt[1])
    degrees = rng.normal(upright, 16.0) if rng.random() < 0.7 else rng.uniform(*tilt)
    return float(np.radians(np.clip(degrees, *tilt)))


def sample_arm(kind: Arm, rng: np.random.Generator) -> Forearm | Stump:
    """The arm behind a hand, bent at the wrist, or where its wrist is cut."""
    if kind == "none":
        return Stump(rng.uniform(2.0, 14.0), rng.normal(0.0, 0.15), rng.uniform(0.1, 0.8))
    sideways, forward = np.radians(rng.normal(0.0, 13.0, 2))
    direction = np.array([np.sin(sideways), -np.cos(sideways) * np.cos(forward), np.sin(forward)])
    sleeve = kind == "sleeve"
    return Forearm(
        direction=direction / np.linalg.norm(direction),
        length=420.0,
        sleeve_start=float(rng.uniform(8.0, 130.0)) if sleeve else None,
        sleeve_width=float(rng.uniform(4.0, 12.0)) if sleeve else 0.0,
    )


def sample_fingers(rng: np.random.Generator) -> Fingers:
    """Any combination; three of four hands show an easy one."""
    known = NATURAL_COMBINATIONS if rng.random() < 0.6 else ALL_COMBINATIONS
    return known[int(rng.integers(0, len(known)))]
