"""The measures of one person's hand."""

from dataclasses import dataclass

import numpy as np

from core.common.types import Float64Array

# Bones of the four fingers (proximal, middle, distal with its soft tissue) in mm, from X-ray
# measurements of adults: A. Buryanov, V. Kotiuk, "Proportions of Hand Segments",
# International Journal of Morphology 28(3), 2010, tables 1 and 2.
_FINGER_BONES = np.array(
    [[39.8, 22.4, 19.6], [44.6, 26.3, 21.4], [41.4, 25.7, 21.2], [32.7, 18.1, 19.7]]
)
# The thumb's metacarpal, proximal and distal bone with soft tissue, in mm (same source).
_THUMB_BONES = np.array([46.2, 31.6, 26.0])
# The knuckles in the palm's frame: x to the thumb, y to the fingers, z out of the palm.
# The distances from the wrist follow from the metacarpals of the same source and a carpus of
# about 28 mm; the breadth over the knuckles is that of an adult's palm, about 84 mm.
_KNUCKLES = np.array(
    [[27.0, 87.0, 0.0], [6.0, 91.0, -1.5], [-14.5, 85.5, -1.0], [-32.0, 75.0, 1.5]]
)
_THUMB_ROOT = np.array([19.0, 20.0, 7.0])
# Half widths at the middle joints in mm: fingers 15 to 18 mm wide, thumb 20 mm.
_RADII = np.array([10.2, 8.9, 9.0, 8.5, 7.4])


@dataclass(frozen=True)
class HandShape:
    """The measures of one right hand in millimetres, in the palm's frame.

    The palm's frame has its origin in the wrist; x points to the thumb, y to the fingers, z
    out of the palm.

    Attributes:
        finger_bones: (4, 3) proximal, middle and distal length, index to little.
        thumb_bones: (3,) metacarpal, proximal and distal length.
        knuckles: (4, 3) positions of the MCP joints, index to little.
        thumb_root: (3,) position of the thumb's CMC joint.
        radii: (5,) half width at the middle joint, thumb to little.
        flesh: fullness of the palm's pads, about 1.
        knobbiness: how far the joints protrude from the fingers, 0 to 1.
    """

    finger_bones: Float64Array
    thumb_bones: Float64Array
    knuckles: Float64Array
    thumb_root: Float64Array
    radii: Float64Array
    flesh: float
    knobbiness: float


def sample_shape(rng: np.random.Generator, variety: float = 1.0) -> HandShape:
    """A person's hand, varied around the means; 1 is the variety among adults (5 to 8%)."""
    fingers_to_palm = rng.normal(1.0, 0.045 * variety)
    breadth = rng.normal(1.0, 0.05 * variety)
    slimness = rng.normal(1.0, 0.07 * variety)
    bones = rng.normal(1.0, 0.03 * variety, (4, 3)).clip(0.9, 1.1)
    return HandShape(
        finger_bones=_FINGER_BONES * fingers_to_palm * bones,
        thumb_bones=_THUMB_BONES * rng.normal(1.0, 0.04 * variety, 3).clip(0.88, 1.12),
        knuckles=_KNUCKLES * np.array([breadth, 1.0, 1.0]) + rng.normal(0.0, variety, (4, 3)),
        thumb_root=_THUMB_ROOT * np.array([breadth, 1.0, 1.0]),
        radii=_RADII * float(np.clip(slimness, 0.84, 1.18)) * rng.normal(1.0, 0.02 * variety, 5),
        flesh=float(np.clip(rng.normal(1.0, 0.07 * variety), 0.85, 1.15)),
        knobbiness=float(rng.uniform(0.0, 1.0)),
    )
