"""Projects millimetres in the palm's frame to pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.common.types import Box, Float64Array
from core.synthetic.anatomy import Solid

_DOWN = np.array([1.0, -1.0, 1.0])


@dataclass(frozen=True)
class View:
    """The viewpoint of a hand: rotation, scale, and a little perspective.

    Attributes:
        rotation: (3, 3) from the palm's frame to x right, y up, z to the viewer.
        scale: pixels per millimetre at the wrist.
        wrist: (2,) position of the wrist in pixels, x to the right and y down.
        distance: of the camera from the wrist in mm.
    """

    rotation: Float64Array
    scale: float
    wrist: Float64Array
    distance: float

    def project(self, points: Float64Array) -> Float64Array:
        """Project points (..., 3) in the palm's frame to pixels (..., 3), with depth in pixels."""
        return self._places_and_scales(points)[0]

    def in_pixels(self, solids: Sequence[Solid]) -> list[Solid]:
        """The solids as they are seen: x to the right, y down, z to the viewer."""
        starts = np.cumsum([len(solid.ends) for solid in solids])[:-1]
        ends, radii = (np.split(values, starts) for values in self._cones(solids))
        return [
            Solid(each.number, *cones, each.melting * self.scale, each.joining * self.scale)
            for each, cones in zip(solids, zip(ends, radii, strict=True), strict=True)
        ]

    def extent(self, solids: Sequence[Solid]) -> Box:
        """The smallest rectangle in pixels around the solids."""
        places, radii = self._cones(solids)
        low = (places[..., :2] - radii[..., None]).min(axis=(0, 1))
        high = (places[..., :2] + radii[..., None]).max(axis=(0, 1))
        return Box(float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    def _cones(self, solids: Sequence[Solid]) -> tuple[Float64Array, Float64Array]:
        """The cones' ends (n, 2, 3) and radii (n, 2) in pixels."""
        places, scales = self._places_and_scales(np.concatenate([s.ends for s in solids]))
        return places, np.concatenate([s.radii for s in solids]) * scales

    def _places_and_scales(self, points: Float64Array) -> tuple[Float64Array, Float64Array]:
        """Positions (..., 3) of points in pixels, and the pixels per millimetre (...) there."""
        turned = points @ self.rotation.T
        scales = self.scale * self.distance / np.maximum(self.distance - turned[..., 2], 50.0)
        places = turned * scales[..., None] * _DOWN
        places[..., :2] += self.wrist
        return places, scales


def turn(roll: float, pitch: float, yaw: float) -> Float64Array:
    """A rotation (3, 3) by angles in radians.

    First yaw about the hand's long axis, then pitch (positive moves the fingertips towards the
    viewer), then roll in the picture (positive is counter-clockwise).
    """
    cr, sr, cp, sp, cy, sy = (f(a) for a in (roll, pitch, yaw) for f in (np.cos, np.sin))
    about_y = np.array([[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]])
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, cp, -sp], [0.0, sp, cp]])
    about_z = np.array([[cr, -sr, 0.0], [sr, cr, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(about_z @ about_x @ about_y)
