"""A walk through the pages in the article's order: what each step says, and its one figure.

Figures are read from recorded results; a step whose results are not there goes without.
"""

from collections.abc import Callable
from dataclasses import dataclass

from core import artifacts
from core.artifacts import is_trained
from core.cards import Card, FieldComparison
from core.errors import UserError
from core.experiments.learning_curve import LearningCurveRecord
from core.experiments.near_copies_record import NearCopiesRecord
from core.experiments.pooling import PoolingRecord
from core.experiments.records import read_record
from core.recognition import READER
from core.types import Uint8Array
from core.zoo import all_specs


@dataclass(frozen=True)
class Bar:
    """One of several shares beside each other; ``share`` is 0 to 1."""

    label: str
    share: float

    def __post_init__(self) -> None:
        if not self.label or not 0 <= self.share <= 1:
            raise ValueError(f"not a labelled share: {self}")


@dataclass(frozen=True)
class Figure:
    """What a step shows large.

    Attributes:
        number: a few characters.
        label: what it is, one sentence.
        bars: shares that belong to it.
        bars_axis: what they are shares of.
        images: (height, width) uint8, grey, each with its caption.
        points: of a curve: images learned from, and accuracy in %.
    """

    number: str
    label: str
    bars: tuple[Bar, ...] = ()
    bars_axis: str = ""
    images: tuple[tuple[str, Uint8Array], ...] = ()
    points: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if not self.number or not self.label or bool(self.bars) != bool(self.bars_axis):
            raise ValueError(f"a figure needs a number, a label, and an axis for bars: {self}")


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        title: a few words.
        text: a sentence or two, without any result.
        pages: files of ``pages/`` that show more of it; the first one that is there is linked.
        figure: reads its figure.
        settings: of the linked page's URL, by page.
    """

    title: str
    text: str
    pages: tuple[str, ...]
    figure: "Callable[[], Figure]"
    settings: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    def __post_init__(self) -> None:
        if not self.title or not self.text or not self.pages:
            raise ValueError(f"a step needs a title, a text and a page: {self.title}")

    def settings_of(self, page: str) -> dict[str, str]:
        """What the URL of a linked page says."""
        return dict(dict(self.settings).get(page, ()))


def figure_of(step: Step) -> Figure | None:
    """A step's figure; None where its results were not recorded yet or are damaged."""
    try:
        return step.figure()
    except UserError:
        return None


def _percent(share: float, digits: int = 1) -> str:
    return f"{share:.{digits}%}".replace("%", "\u00a0%")


def _of(wrong: int, images: int) -> str:
    return f"{wrong:,} of {images:,}"


def _lab_cards() -> list[Card]:
    """Of all models of the article that are trained, in the order of their mistakes."""
    names = [name for name in all_specs() if is_trained(name)]
    return sorted((artifacts.cached_card(name) for name in names), key=lambda card: -card.wrong)


def _first_trained(*names: str) -> Card:
    """The card of the first of some models that is trained.

    Raises:
        ArtifactError: none is, or its card is damaged.
    """
    trained = next((name for name in names if is_trained(name)), names[0])
    return artifacts.cached_card(trained)


def _data() -> Figure:
    record = read_record("near_copies", NearCopiesRecord)
    data = record.provenance.data
    return Figure(
        f"{data.train_images + data.test_images:,} images",
        f"{data.train_images:,} to learn from and {data.test_images:,} to test with. Below, the "
        "means of all right hands.",
        images=tuple(
            (f"{each.fingers}", each.mean_image()) for each in record.classes if each.side == "R"
        ),
    )


def _learning_curve() -> Figure:
    record = read_record("learning_curve", LearningCurveRecord)
    last = record.fits[-1]
    return Figure(
        f"{_of(last.wrong, last.test_images)} wrong",
        f"after {last.case.train_images:,} images, with regularisation keeping the weights small.",
        points=tuple((each.case.train_images, 100 * each.accuracy) for each in record.fits),
    )


def _pooling() -> Figure:
    record = read_record("pooling", PoolingRecord)
    best = min(record.runs, key=lambda each: (each.wrong, each.seconds))
    return Figure(
        f"1 of {best.window**2} numbers",
        f"is left after {best.kind} pooling to {best.size} × {best.size} pixels, and a logistic "
        f"regression errs on {_of(best.wrong, best.test_images)} test images.",
    )


def _network(*names: str) -> Callable[[], Figure]:
    """The mistakes of the first of some networks that is trained."""

    def figure() -> Figure:
        card = _first_trained(*names)
        return Figure(
            f"{_of(card.wrong, card.data.test_images)} wrong",
            f"“{card.title}”, a network of {card.parameters:,} weights.",
        )

    return figure


def _transfer() -> Figure:
    card = artifacts.cached_card("hand_side")
    return Figure(
        f"{_percent(card.trainable_parameters / card.parameters)} of the weights",
        f"are learned anew, {card.trainable_parameters:,} of {card.parameters:,}; of "
        f"{card.data.test_images:,} test images, {_percent(card.test_accuracy)} get the right "
        "hand.",
    )


def _mistakes() -> Figure:
    cards = _lab_cards()
    files = {each.file for card in cards for each in artifacts.read_mistakes(card.name)}
    return Figure(
        f"{_of(len(files), _first_trained(cards[0].name).data.test_images)}",
        f"test images are read wrongly by at least one of {len(cards)} models of the article.",
    )


def _lab() -> Figure:
    cards = _lab_cards()
    record = read_record("near_copies", NearCopiesRecord)
    copied = record.near_copies / record.one_nearest.images
    return Figure(
        f"{_percent(cards[0].test_accuracy, 2)} right",
        f"is the weakest of {len(cards)} models. But {_percent(copied)} of the test images have a "
        "near copy among those learned from.",
        bars=tuple(Bar(card.title, card.test_accuracy) for card in cards),
        bars_axis="Test images right, in %",
    )


def _comparison() -> tuple[FieldComparison, ...]:
    """Of the models that count fingers, in the lab and in the field."""
    rows = artifacts.cached_field_card(READER).comparison
    return tuple(each for each in rows if each.target == "fingers")


def _article_and_reader() -> tuple[FieldComparison, FieldComparison]:
    """The best of the article's models in the field, and the reader."""
    title = artifacts.cached_field_card(READER).title
    rows = _comparison()
    reader = next((each for each in rows if each.title == title), None)
    others = [each for each in rows if each.title != title]
    if reader is None or not others:
        raise UserError("The models were not compared in the field yet.")
    return max(others, key=lambda each: each.field), reader


def _gap() -> Figure:
    article, _ = _article_and_reader()
    return Figure(
        f"{_percent(article.lab, 0)} → {_percent(article.field, 0)}",
        f"“{article.title}”, from the lab's {article.lab_images:,} test images to "
        f"{article.field_images:,} real photos of other people, rooms and cameras.",
        bars=(Bar("In the lab", article.lab), Bar("In the field", article.field)),
        bars_axis="Counts right, in %",
    )


def _closed() -> Figure:
    article, reader = _article_and_reader()
    return Figure(
        f"{_percent(article.field, 0)} → {_percent(reader.field, 0)}",
        f"of the same {reader.field_images:,} photos are counted right by finder and reader, "
        "which saw none of them before.",
        bars=(Bar(article.title, article.field), Bar("Finder and reader", reader.field)),
        bars_axis="Counts right in the field, in %",
    )


def _live() -> Figure:
    card = artifacts.cached_field_card(READER)
    return Figure(
        f"{card.parameters:,} weights",
        "has the reader. It answers on this server, frame by frame; no frame is kept.",
    )


STEPS: tuple[Step, ...] = (
    Step(
        "How many fingers, and which hand?",
        "The article asks this of grey images of one hand, 128 × 128 pixels, before a dark "
        "background.",
        ("data",),
        _data,
    ),
    Step(
        "Weigh every pixel",
        "Logistic regression is the simplest answer: each pixel speaks for a count or against it. "
        "The more images it learns from, the better, until more of them add little.",
        ("learning_curve",),
        _learning_curve,
    ),
    Step(
        "Smaller images do as well",
        "Pooling keeps the largest of every few pixels. The hand can still be told, and learning "
        "is faster.",
        ("pooling",),
        _pooling,
    ),
    Step(
        "Learn in small steps",
        "A softmax layer is the same regression, learned batch by batch. So it can take all "
        "images, and one can watch it learn.",
        ("train_live", "replay"),
        _network("softmax", "softmax_3000"),
        (("train_live", (("model", "Softmax"),)),),
    ),
    Step(
        "More layers, and steadier ones",
        "Hidden layers can combine pixels. Their loss jumps while they learn; batch normalisation "
        "is meant to calm it.",
        ("replay", "train_live"),
        _network("dense_batch_norm", "dense_128_64_32", "dense_128"),
        (("train_live", (("model", "Dense with BatchNorm"),)),),
    ),
    Step(
        "Look for shapes, wherever they are",
        "A convolutional network slides small filters over the image, the same everywhere. So it "
        "needs fewer weights than a dense one, and sees a shape in any place.",
        ("replay", "train_live"),
        _network("cnn", "cnn_batch_norm"),
        (("train_live", (("model", "CNN"),)),),
    ),
    Step(
        "Use what was learned for another question",
        "Left or right? The layers that learned to count stay as they are; only a new answer is "
        "learned on top of them.",
        ("hand_side", "compare"),
        _transfer,
    ),
    Step(
        "Where they err",
        "A few images fool the simpler models. Seeing them tells more than another digit of "
        "accuracy.",
        ("mistakes", "compare"),
        _mistakes,
    ),
    Step(
        "In the lab, all are nearly perfect",
        "Side by side, hardly anything tells the models apart. That should make one wary of the "
        "test.",
        ("compare",),
        _lab,
    ),
    Step(
        "In the field, they fail",
        "A webcam shows other people, rooms, light, sizes and gestures. None of it was in the "
        "dataset, so none of it was learned.",
        ("compare",),
        _gap,
    ),
    Step(
        "What closes the gap",
        "A finder looks for hands in the whole picture, a reader looks at each. Both learned from "
        "photos of many people and places, and from drawn hands.",
        ("try_it",),
        _closed,
        (("try_it", (("compare", "true"),)),),
    ),
    Step(
        "Now you",
        "Start the camera and hold up a hand, or both.",
        ("live",),
        _live,
    ),
)
"""In the article's order, and on to what it leaves open."""
