"""Finds near-duplicates, also of mirror images, and groups them.

All distances are root mean square differences in grey levels over the pixels of 32×32 averages.
Averages of 4×4 pixels are sixteenths, so float64 holds all sums of their products exactly and
every machine gets the same result. Everything runs in blocks of rows, so that memory grows with the
number of images, not of pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from core.common.progress import Progress
from core.common.types import Float64Array, Uint8Array
from core.images.pooling import Pooling, pool

SHRINKING = Pooling("average", 4, 4)

_ROWS = 400

Region = Literal["inner", "outer"]
REGIONS: tuple[Region, ...] = get_args(Region)
"""Where held-out poses lie: anywhere among all poses, or at their edge."""

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Shrunk:
    """Images and their mirror images, each (images, pixels) float64, small enough to compare."""

    pixels: Float64Array
    mirrored: Float64Array

    def __post_init__(self) -> None:
        if self.pixels.ndim != 2 or self.pixels.shape != self.mirrored.shape:
            raise ValueError(f"not shrunk images: {self.pixels.shape}, {self.mirrored.shape}")

    def __len__(self) -> int:
        """How many images."""
        return len(self.pixels)


def shrink(images: Uint8Array) -> Shrunk:
    """Average (images, height, width) uint8 over windows of 4×4 pixels."""
    small = pool(images, SHRINKING).astype(np.float64)
    return Shrunk(
        small.reshape(len(small), -1),
        np.ascontiguousarray(small[:, :, ::-1]).reshape(len(small), -1),
    )


def distances(queries: Float64Array, references: Float64Array) -> Float64Array:
    """(queries, references) float64, from ‖a - b‖² = ‖a‖² + ‖b‖² - 2 a·b."""
    of_queries, of_references = (
        np.einsum("ij,ij->i", rows, rows) for rows in (queries, references)
    )
    squares = of_queries[:, None] + of_references[None] - 2 * queries @ references.T
    roots: Float64Array = np.sqrt(np.maximum(squares, 0, out=squares) / queries.shape[1])
    return roots


def distances_either_way(shrunk: Shrunk, rows: Indices) -> Float64Array:
    """(rows, images) float64: distances from some images, or their mirror images, to all."""
    straight = distances(shrunk.pixels[rows], shrunk.pixels)
    return np.minimum(straight, distances(shrunk.mirrored[rows], shrunk.pixels), out=straight)


class Nearest(NamedTuple):
    """The nearest reference of each query: its position among them, and its distance."""

    indices: Indices
    distances: Float64Array


def nearest(queries: Float64Array, references: Float64Array) -> Nearest:
    """Find the nearest reference of every query."""
    found = np.empty(len(queries), np.intp)
    smallest = np.empty(len(queries), np.float64)
    for rows in _blocks(len(queries)):
        block = distances(queries[rows], references)
        found[rows] = block.argmin(axis=1)
        smallest[rows] = block.min(axis=1)
    return Nearest(found, smallest)


def nearest_of_another_class(
    shrunk: Shrunk,
    classes: npt.NDArray[np.int_],
    mirrored_classes: npt.NDArray[np.int_],
    progress: Progress | None = None,
) -> Float64Array:
    """The distance of each image, or its mirror image, to the nearest one of another class.

    The classes are (images,); so is the result, infinite where there is no other class.
    """
    smallest = np.full(len(shrunk), np.inf, np.float64)
    for rows in _blocks(len(shrunk)):
        for queries, shown in ((shrunk.pixels, classes), (shrunk.mirrored, mirrored_classes)):
            block = distances(queries[rows], shrunk.pixels)
            block[shown[rows][:, None] == classes[None]] = np.inf
            # An image that is near its own mirror image proves nothing.
            block[np.arange(len(rows)), rows] = np.inf
            smallest[rows] = np.minimum(smallest[rows], block.min(axis=1))
        if progress is not None:
            progress(int(rows[-1]) + 1, len(shrunk))
    return smallest


class Pairs(NamedTuple):
    """Some pairs of near-duplicates, the first of them the smaller index.

    The distances are the smaller ones of those with and without mirroring.
    """

    first: Indices
    second: Indices
    distances: Float64Array


def near_pairs(
    shrunk: Shrunk, threshold: float, progress: Progress | None = None
) -> Iterator[Pairs]:
    """Yield every pair that is nearer than the threshold once, in batches."""
    for rows in _blocks(len(shrunk)):
        block = distances_either_way(shrunk, rows)
        first, second = np.nonzero(block < threshold)
        later = second > rows[first]
        first, second = first[later], second[later]
        yield Pairs(rows[first], second, block[first, second])
        if progress is not None:
            progress(int(rows[-1]) + 1, len(shrunk))


def merged(groups: Indices, first: Indices, second: Indices) -> Indices:
    """Link further pairs of images to the groups so far: the connected components.

    ``groups`` has one number per image, ``first`` and ``second`` one index per pair.
    """
    # Imported here because it is slow to import, and pages must not wait for it.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = (np.ones(len(first), bool), (groups[first], groups[second]))
    graph = coo_array(links, shape=(len(groups), len(groups)))
    components: Indices = connected_components(graph, directed=False)[1].astype(np.intp)
    return components[groups]


def group_sizes(groups: Indices) -> tuple[int, ...]:
    """The number of images in each group, the largest first."""
    return tuple(sorted(np.unique(groups, return_counts=True)[1].tolist(), reverse=True))


class DeduplicatedSplit(NamedTuple):
    """The indices of a split without near-duplicates between its parts.

    Those left out are near-duplicates of test images.
    """

    train: Indices
    test: Indices
    left_out: Indices


def deduplicated_split(
    shrunk: Shrunk, fingers: Uint8Array, threshold: float, region: Region, seed: int, held_out: int
) -> DeduplicatedSplit:
    """Hold out one region of poses of every count, with a gap around it.

    One image of each count is chosen at random; for an outer region, the image farthest from it
    takes its place. The images nearest to it, mirrored or not, become the test images. Their
    near-duplicates are left out, and the rest is for training. So no group of near-duplicates among
    the remaining images spans both parts. ``held_out`` is the number of test images of each count.

    Raises:
        ValueError: a count has too few images.
    """
    generator = np.random.default_rng(seed)
    chosen = []
    for count in np.unique(fingers):
        candidates = np.flatnonzero(fingers == count)
        if len(candidates) < held_out:
            raise ValueError(f"there are only {len(candidates)} images of {count} fingers")
        centre = generator.choice(candidates, 1)
        if region == "outer":
            far = distances_either_way(shrunk, centre)[0, candidates].argmax()
            centre = candidates[far : far + 1]
        order = distances_either_way(shrunk, centre)[0, candidates].argsort(kind="stable")
        chosen.append(candidates[order[:held_out]])
    test = np.sort(np.concatenate(chosen))
    near = np.zeros(len(shrunk), bool)
    for block in _blocks(len(test)):
        near |= (distances_either_way(shrunk, test[block]) < threshold).any(axis=0)
    is_test = np.zeros(len(shrunk), bool)
    is_test[test] = True
    return DeduplicatedSplit(
        np.flatnonzero(~near & ~is_test), test, np.flatnonzero(near & ~is_test)
    )


def _blocks(count: int) -> Iterator[Indices]:
    for start in range(0, count, _ROWS):
        yield np.arange(start, min(start + _ROWS, count))
