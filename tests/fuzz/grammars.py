"""Photos by structure: which parts of a format a file repeats how often; bytes are changed after.

Mutated bytes hardly ever repeat a part a million times, and it is repetition that costs decoders
their time. A case is a recipe of a few numbers, so it shrinks to the part that matters.
"""

import itertools
import zlib
from functools import cache
from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from PIL import Image

from core.images.decoding import MAX_BYTES
from tests.fuzz.mutations import MUTATIONS, Mutation, mutated
from tests.helpers.costly_photos import animated_webp, jpeg_segment, large_png
from tests.helpers.pictures import encode, png, png_chunk


class Repeated(NamedTuple):
    """A part of a format by its number, and how often it stands in a row."""

    part: int
    times: int


class Recipe(NamedTuple):
    """A file: a picture of a format, with parts put in, and a few bytes changed."""

    picture: int
    parts: list[Repeated]
    mutations: list[Mutation]


class Grammar(NamedTuple):
    """Pictures, as the bytes before and behind the place where parts are put in; and the parts."""

    pictures: list[tuple[bytes, bytes]]
    parts: list[bytes]


def _jpeg() -> Grammar:
    small = Image.new("RGB", (32, 32), (200, 120, 90))
    whole = encode(small, "JPEG")
    progressive = encode(Image.new("L", (1_000, 1_000), 128), "JPEG", progressive=True)
    scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    pictures = [(whole[:2], whole[2:]), (progressive[:-2], progressive[-2:]), (b"\xff\xd8", b"")]
    markers = [jpeg_segment(marker, b"") for marker in (0xFE, 0xC4, 0xDB, 0xE0, 0xE2)]
    exif = [jpeg_segment(0xE1, b"Exif\0\0" + bytes(size)) for size in (1, 5_900)]
    return Grammar(pictures, [*markers, *exif, scan, b"\xff", b"\xff\xd9", b"\xff\xd8", b"\0"])


def _png() -> Grammar:
    whole = png(32, 32, bytes(33 * 32))
    places = [whole.index(name) - 4 for name in (b"IDAT", b"IEND")]
    pictures = [(whole[:place], whole[place:]) for place in places]
    for colour_type, channels in ((0, 1), (2, 3), (6, 4)):
        large = large_png(8_000, 5_000, colour_type, channels)
        pictures.append((large[:33], large[33:]))
    packed = b"k\0\0" + zlib.compress(bytes(1_000_000), 9)
    contents = [(b"IDAT", b""), (b"tEXt", b"k\0v"), (b"zTXt", packed), (b"iCCP", packed)]
    contents += [(b"eXIf", b"II*\0"), (b"fdAT", bytes(4)), (b"prVt", b"")]
    return Grammar(pictures, [png_chunk(*each) for each in contents])


def _gif() -> Grammar:
    whole = encode(Image.new("P", (32, 32), 3), "GIF")
    image = whole.index(b",")
    parts = [b"\x21\xfe\x01c\0", b"\x21\xf9\4\0\0\0\0\0", b"\x21\xff\x01a\0", b"\x21\0", b"\0"]
    pictures = [(whole[:image], whole[image:]), (whole[:-1], whole[-1:])]
    return Grammar(pictures, [*parts, whole[image:-1]])


def _webp() -> Grammar:
    parts, pictures = [], []
    for width, height in ((16, 16), (8_000, 5_000), (16_000, 2_500)):
        one, two = (animated_webp(width, height, frames) for frames in (1, 2))
        parts.append(two[len(one) :])
        pictures.append((one, b""))
    return Grammar(pictures, parts)


GRAMMARS = ("JPEG", "PNG", "GIF", "WebP")


@cache
def _grammars() -> dict[str, Grammar]:
    # All at once, so that the first case, which does not count, makes those of the others.
    return dict(zip(GRAMMARS, (_jpeg(), _png(), _gif(), _webp()), strict=True))


def kind_of(name: str, recipe: Recipe) -> str:
    """The numbers of a recipe's picture and of its parts, without how often they stand there."""
    grammar = _grammars()[name]
    parts = [f"{each.part % len(grammar.parts)}" for each in recipe.parts]
    return f"{name} {recipe.picture % len(grammar.pictures)}: {', '.join(parts)}"


def built(name: str, recipe: Recipe, most_bytes: int = MAX_BYTES) -> bytes:
    """The file of a recipe.

    Args:
        name: of the grammar.
        recipe: numbers beyond a grammar's own count on from its beginning.
        most_bytes: of the file; a part is repeated less often instead.
    """
    grammar = _grammars()[name]
    head, tail = grammar.pictures[recipe.picture % len(grammar.pictures)]
    left = most_bytes - len(head) - len(tail)
    parts = []
    for repeated in recipe.parts:
        part = grammar.parts[repeated.part % len(grammar.parts)]
        times = min(repeated.times, max(left, 0) // len(part))
        parts.append(part * times)
        left -= len(part) * times
    content = b"".join(itertools.chain([head], parts, [tail]))
    if name == "WebP":
        content = content[:4] + (len(content) - 8).to_bytes(4, "little") + content[8:]
    return mutated(content, recipe.mutations)[:most_bytes]


# Half of them as often as fits, which costs most.
_TIMES = st.sampled_from([1, 30, 2_000, 100_000]) | st.just(12_000_000)
_PARTS = st.builds(Repeated, st.integers(0, 11), _TIMES)
RECIPES: SearchStrategy[tuple[str, Recipe]] = st.tuples(
    st.sampled_from(GRAMMARS),
    st.builds(
        Recipe,
        st.integers(0, 4),
        st.lists(_PARTS, min_size=1, max_size=3),
        st.one_of(st.just([]), MUTATIONS),
    ),
)
"""A grammar's name and a recipe."""
