"""Images that the article's models misread, as pictures: real ones, or drawn ones like them."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.artifacts import store as artifacts
from core.artifacts.store import Mistake
from core.common.types import SIDES, Photo, Side, Uint8Array
from core.datasets.browsing import images_by_name
from core.hands.pipeline import ArticleRecogniser, recognise
from core.synthetic.sample_photos import draw_sample
from core.zoo import article_specs, get_spec

PICTURES = 4

_DRAWINGS = 10
"""At most, to find drawn hands that are misread: each takes 0.1 to 0.5 s."""

_FIRST_SEED = 1
_WIDTH, _HEIGHT = 320, 240


@dataclass(frozen=True)
class MisreadImage:
    """One image, (128, 128) grey uint8: what it shows, and what one model takes it for.

    ``is_drawn`` tells a hand that was drawn by the program from an image of the dataset.
    """

    image: Uint8Array
    true: int
    said: int
    model: str
    is_drawn: bool


def misread_images() -> tuple[MisreadImage, ...]:
    """Up to four test images that count among the recorded mistakes; most models misread the first.

    Where the dataset is not imported, hands are drawn that show as many fingers and that one of
    the same models misreads.

    Raises:
        UserError: a model's files or the imported dataset are damaged.
    """
    names = [
        name
        for name, spec in article_specs().items()
        if spec.target == "fingers" and artifacts.is_trained(name)
    ]
    mistakes: dict[str, list[tuple[str, Mistake]]] = {}
    for name in names:
        for mistake in artifacts.read_mistakes(name):
            mistakes.setdefault(mistake.file, []).append((name, mistake))
    ordered = sorted(mistakes.values(), key=lambda each: -len(each))
    files = [each[0][1].file for each in ordered]
    at_hand = images_by_name(files[:PICTURES])
    if at_hand:
        first = [each[0] for each in ordered if each[0][1].file in at_hand]
        return tuple(_real(name, mistake, at_hand[mistake.file]) for name, mistake in first)
    return _drawn(names)


def _real(name: str, mistake: Mistake, image: Uint8Array) -> MisreadImage:
    true, said = int(mistake.true), int(mistake.predicted)
    return MisreadImage(image, true, said, get_spec(name).title, is_drawn=False)


def _drawn(names: list[str]) -> tuple[MisreadImage, ...]:
    """Drawn hands of two and of three fingers, which are misread most; each by another model."""
    found: list[MisreadImage] = []
    for number in range(_DRAWINGS):
        misread = _misread((3, 2)[number % 2], SIDES[number // 2 % 2], _FIRST_SEED + number, names)
        if misread is not None:
            found.append(misread)
            names = [name for name in names if get_spec(name).title != misread.model]
        if len(found) == PICTURES or not names:
            break
    return tuple(found)


def _misread(fingers: int, side: Side, seed: int, names: Sequence[str]) -> MisreadImage | None:
    """A drawn hand with what the first model says that misreads it; None if none does."""
    photo = Photo(draw_sample(fingers, side, seed, _WIDTH, _HEIGHT).pixels)
    for hand in recognise(photo, ArticleRecogniser()).hands:
        image = hand.prepared.image
        for name in names:
            said = ArticleRecogniser(name).classify(image).fingers
            if said != fingers:
                return MisreadImage(image, fingers, said, get_spec(name).title, is_drawn=True)
    return None
