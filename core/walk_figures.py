"""The figures of the guided walk, each read from recorded results.

Each function raises UserError where its results were not recorded yet, or are damaged.
"""

from collections.abc import Callable
from dataclasses import dataclass

from core import artifacts
from core.artifacts import is_trained
from core.cards import Card, FieldComparison
from core.errors import UserError
from core.experiments.fair_split import FairSplitRecord
from core.experiments.learning_curve import LearningCurveRecord
from core.experiments.near_copies_record import NearCopiesRecord
from core.experiments.pooling import PoolingRecord
from core.experiments.records import read_record
from core.experiments.stability_record import StabilityRecord
from core.recognition import READER
from core.types import Uint8Array
from core.wording import share_words
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
        bars_title: what they are shares of.
        images: (height, width) uint8, grey, each with its caption.
        points: of a curve: images learned from, and accuracy in %.
    """

    number: str
    label: str
    bars: tuple[Bar, ...] = ()
    bars_title: str = ""
    images: tuple[tuple[str, Uint8Array], ...] = ()
    points: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if not self.number or not self.label or bool(self.bars) != bool(self.bars_title):
            raise ValueError(f"a figure needs a number, a label, and a title for bars: {self}")


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


def data_figure() -> Figure:
    """How many images there are, and what they look like on average."""
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


def learning_curve_figure() -> Figure:
    """The mistakes of a logistic regression, and how more images help."""
    record = read_record("learning_curve", LearningCurveRecord)
    last = record.fits[-1]
    return Figure(
        f"{_of(last.wrong, last.test_images)} wrong",
        f"after {last.case.train_images:,} images, with regularisation keeping the weights small.",
        points=tuple((each.case.train_images, 100 * each.accuracy) for each in record.fits),
    )


def pooling_figure() -> Figure:
    """What pooling leaves, and how well that is read."""
    record = read_record("pooling", PoolingRecord)
    best = min(record.runs, key=lambda each: (each.wrong, each.seconds))
    return Figure(
        f"1 of {best.window**2} numbers",
        f"is left after {best.kind} pooling to {best.size} × {best.size} pixels, and a logistic "
        f"regression errs on {_of(best.wrong, best.test_images)} test images.",
    )


def network_figure(*names: str) -> Callable[[], Figure]:
    """The mistakes of the first of some networks that is trained."""

    def figure() -> Figure:
        card = _first_trained(*names)
        return Figure(
            f"{_of(card.wrong, card.data.test_images)} wrong",
            f"“{card.title}”, a network of {card.parameters:,} weights.",
        )

    return figure


def stability_figure() -> Figure:
    """How much the test loss of dense networks and CNNs jumps, without batch normalisation and with
    it."""
    record = read_record("stability", StabilityRecord)
    rises = {net.name: net.mean_rise for net in record.nets if net.mean_rise is not None}
    names = ("cnn", "cnn_batch_norm", "dense_128_64_32", "dense_batch_norm")
    if not rises.keys() >= set(names):
        raise UserError("Not all networks were trained yet.")
    cnn, calm_cnn, dense, calm_dense = (share_words(rises[name] - 1, 0) for name in names)
    return Figure(
        f"{cnn} → {calm_cnn}",
        "is the CNN's mean rise an epoch without batch normalisation and with it. For the dense "
        f"network of three layers it is {dense} and {calm_dense}.",
    )


def transfer_figure() -> Figure:
    """How much of a network is used again."""
    card = artifacts.cached_card("hand_side")
    return Figure(
        f"{card.parameters - card.trainable_parameters:,} weights",
        f"are used again as they are; only the {card.trainable_parameters:,} of the new answer are "
        f"learned. Of {card.data.test_images:,} test images, {share_words(card.test_accuracy)} get "
        "the right hand.",
    )


def mistakes_figure() -> Figure:
    """How many images any of the article's models reads wrongly."""
    cards = _lab_cards()
    files = {each.file for card in cards for each in artifacts.read_mistakes(card.name)}
    return Figure(
        _of(len(files), cards[0].data.test_images),
        f"test images are read wrongly by at least one of {len(cards)} models of the article.",
    )


def lab_figure() -> Figure:
    """All models of the article on the test images."""
    cards = _lab_cards()
    record = read_record("near_copies", NearCopiesRecord)
    copied = record.near_copies / record.one_nearest.images
    return Figure(
        f"{share_words(cards[0].test_accuracy, 2)} right",
        f"is the weakest of {len(cards)} models. But {share_words(copied)} of the test images have "
        "a near copy among those learned from.",
        bars=tuple(Bar(card.title, card.test_accuracy) for card in cards),
        bars_title="Test images right",
    )


def fair_figure() -> Figure:
    """All models that count on the split without near copies."""
    record = read_record("fair_split", FairSplitRecord)
    counting = [each for each in record.results if each.target == "fingers"]
    ordered = sorted(counting, key=lambda each: each.accuracy)
    least, most = ordered[0], ordered[-1]
    return Figure(
        f"{share_words(least.accuracy, 1)} to {share_words(most.accuracy, 1)}",
        f"of {most.test_images:,} held-out images are counted right by the article's models. To "
        "take over the answer of the nearest image gets "
        f"{share_words(1 - record.one_nearest.fingers_wrong / record.one_nearest.images, 1)}.",
        bars=tuple(Bar(each.title, each.accuracy) for each in ordered),
        bars_title="Held-out images right",
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


def gap_figure() -> Figure:
    """The article's best model in the lab and in the field."""
    article, _ = _article_and_reader()
    return Figure(
        f"{share_words(article.lab, 0)} → {share_words(article.field, 0)}",
        f"“{article.title}”, from the lab's {article.lab_images:,} test images to "
        f"{article.field_images:,} real photos of other people, rooms and cameras.",
        bars=(Bar("In the lab", article.lab), Bar("In the field", article.field)),
        bars_title="Counts right",
    )


def closed_figure() -> Figure:
    """The article's best model and the reader in the field."""
    article, reader = _article_and_reader()
    return Figure(
        f"{share_words(article.field, 0)} → {share_words(reader.field, 0)}",
        f"of the same {reader.field_images:,} photos are counted right by finder and reader, "
        "which saw none of them before.",
        bars=(Bar(article.title, article.field), Bar("Finder and reader", reader.field)),
        bars_title="Counts right in the field",
    )


def live_figure() -> Figure:
    """How large the reader is."""
    card = artifacts.cached_field_card(READER)
    return Figure(
        f"{card.parameters:,} weights",
        "has the reader. It answers on this server, frame by frame; no frame is kept.",
    )
