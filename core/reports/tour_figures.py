"""The figures of the guided tour, each read from recorded results.

Each function raises UserError if its results are missing or damaged.
"""

from collections.abc import Callable
from dataclasses import dataclass

from core.artifacts import store as artifacts
from core.artifacts.cards import Card
from core.artifacts.photo_facts import DomainComparison
from core.artifacts.store import is_trained
from core.common.errors import UserError
from core.common.formatting import format_share
from core.experiments.deduplicated_split import DeduplicatedSplitRecord
from core.experiments.learning_curve import LearningCurveRecord
from core.experiments.pooling import PoolingRecord
from core.experiments.records.near_duplicates import NearDuplicatesRecord
from core.experiments.records.store import read_record
from core.experiments.stability import StabilityRecord
from core.hands.pipeline import HAND_CLASSIFIER
from core.zoo import article_specs


@dataclass(frozen=True)
class Figure:
    """The figure of a step: a number, shown large, and words that say what it is.

    Attributes:
        bars: label and share, 1 being 100%, of each.
        title: of the bars or of the curve.
        points: of a curve: number of training images, errors in %.
    """

    number: str
    label: str
    bars: tuple[tuple[str, float], ...] = ()
    title: str = ""
    points: tuple[tuple[float, float], ...] = ()


def _of(errors: int, images: int) -> str:
    return f"{errors:,} of {images:,}"


def _article_cards() -> list[Card]:
    """The cards of the article's trained models, sorted by their mistakes."""
    cards = [artifacts.read_card(name) for name in article_specs() if is_trained(name)]
    return sorted(cards, key=lambda card: -card.on_dataset.errors)


def data_figure() -> Figure:
    """The number of images."""
    record = read_record("near_duplicates", NearDuplicatesRecord)
    data = record.provenance.data
    return Figure(
        f"{data.train_images + data.test_images:,} images",
        f"of the dataset: {data.train_images:,} for training, {data.test_images:,} for testing.",
    )


def learning_curve_figure() -> Figure:
    """The errors of logistic regression over the number of training images."""
    record = read_record("learning_curve", LearningCurveRecord)
    last = record.fits[-1]
    return Figure(
        f"{_of(last.errors, last.test_images)} wrong",
        f"with {last.config.train_images:,} training images and regularisation, which keeps the "
        "weights small.",
        title="Test images wrong",
        points=tuple((each.config.train_images, 100 * (1 - each.accuracy)) for each in record.fits),
    )


def pooling_figure() -> Figure:
    """What pooling leaves of an image, and how well it is classified."""
    record = read_record("pooling", PoolingRecord)
    best = min(record.runs, key=lambda each: (each.errors, each.seconds))
    return Figure(
        f"1 of {best.window**2} numbers",
        f"is left after {best.kind} pooling to {best.size} × {best.size} pixels, and a logistic "
        f"regression gets {_of(best.errors, best.test_images)} test images wrong.",
    )


def network_figure(*names: str) -> Callable[[], Figure]:
    """The mistakes of the first network that is trained."""

    def figure() -> Figure:
        trained = next((name for name in names if is_trained(name)), names[0])
        card = artifacts.read_card(trained)
        return Figure(
            f"{_of(card.on_dataset.errors, card.on_dataset.data.test_images)} wrong",
            f"by “{card.title}”, a network with {card.parameters:,} weights.",
        )

    return figure


def stability_figure() -> Figure:
    """How much the test loss fluctuates, without and with batch normalisation."""
    record = read_record("stability", StabilityRecord)
    loss_increases = {
        net.name: net.mean_loss_increase
        for net in record.nets
        if net.mean_loss_increase is not None
    }
    titles = {net.name: net.title for net in record.nets}
    names = ("cnn", "cnn_batch_norm", "dense_128_64_32", "dense_batch_norm")
    if not loss_increases.keys() >= set(names):
        raise UserError("Not all networks have been trained yet.")
    cnn, calm_cnn, dense, calm_dense = (format_share(loss_increases[name] - 1, 0) for name in names)
    return Figure(
        f"{cnn} → {calm_cnn}",
        "is the mean rise of the CNN's test loss per epoch, without and with batch normalisation; "
        f"for the dense network with three layers it is {dense} → {calm_dense}.",
        bars=tuple((titles[name], loss_increases[name] - 1) for name in names),
        title="Mean rise of the test loss per epoch",
    )


def transfer_figure() -> Figure:
    """How many of a network's weights are reused."""
    card = artifacts.read_card("hand_side")
    facts = card.on_dataset
    return Figure(
        f"{card.parameters - card.trainable_parameters:,} weights",
        f"are reused; {card.trainable_parameters:,} of the new output are learned, and "
        f"{format_share(facts.test_accuracy)} of {facts.data.test_images:,} test images are right.",
    )


def mistakes_figure() -> Figure:
    """The number of images that at least one of the article's models misclassifies."""
    cards = _article_cards()
    files = {each.file for card in cards for each in artifacts.read_mistakes(card.name)}
    return Figure(
        _of(len(files), cards[0].on_dataset.data.test_images),
        f"test images are misread by at least one of the article's {len(cards)} models.",
        bars=tuple((card.title, 1 - card.on_dataset.test_accuracy) for card in cards),
        title="Test images wrong",
    )


def dataset_figure() -> Figure:
    """All models of the article on the test images."""
    cards = _article_cards()
    record = read_record("near_duplicates", NearDuplicatesRecord)
    copied = record.near_duplicates / record.nearest_neighbour.images
    return Figure(
        f"{format_share(cards[0].on_dataset.test_accuracy, 2)} right",
        f"is the weakest of {len(cards)} models, but {format_share(copied)} of the test images "
        "have a near-duplicate among the training images.",
        bars=tuple((card.title, card.on_dataset.test_accuracy) for card in cards),
        title="Test images right",
    )


def deduplicated_figure() -> Figure:
    """All models that count, on the deduplicated split."""
    record = read_record("deduplicated_split", DeduplicatedSplitRecord)
    counting = [each for each in record.results if each.target == "fingers"]
    ordered = sorted(counting, key=lambda each: each.accuracy)
    copied = format_share(record.nearest_neighbour.accuracy("fingers"))
    least, most = ordered[0], ordered[-1]
    return Figure(
        f"{format_share(least.accuracy, 1)} to {format_share(most.accuracy, 1)}",
        f"of {most.test_images:,} held-out images are counted right; copying the answer of the "
        f"nearest training image gets {copied}.",
        bars=tuple((each.title, each.accuracy) for each in ordered),
        title="Held-out images right",
    )


def _article_and_classifier() -> tuple[DomainComparison, DomainComparison]:
    """The best of the article's models that count, on real photos, and the hand classifier."""
    card = artifacts.read_card(HAND_CLASSIFIER)
    rows = [each for each in card.on_photos.comparison if each.target == "fingers"]
    classifier = next((each for each in rows if each.title == card.title), None)
    others = [each for each in rows if each.title != card.title]
    if classifier is None or not others:
        raise UserError("The models have not been compared on real photos yet.")
    return max(others, key=lambda each: each.on_photos), classifier


def gap_figure() -> Figure:
    """The article's best model on the dataset and on real photos."""
    article, _ = _article_and_classifier()
    return Figure(
        f"{format_share(article.on_dataset, 0)} → {format_share(article.on_photos, 0)}",
        f"“{article.title}”, from the dataset's {article.dataset_images:,} test images to "
        f"{article.photo_images:,} real photos of other people, rooms and cameras.",
        bars=(("On the dataset", article.on_dataset), ("On real photos", article.on_photos)),
        title="Counts right",
    )


def closed_figure() -> Figure:
    """The article's best model and the hand classifier on real photos."""
    article, classifier = _article_and_classifier()
    return Figure(
        f"{format_share(article.on_photos, 0)} → {format_share(classifier.on_photos, 0)}",
        f"of the same {classifier.photo_images:,} photos are counted right by the hand detector "
        "and the hand classifier, which never saw any of them.",
        bars=(
            (article.title, article.on_photos),
            ("Hand detector and hand classifier", classifier.on_photos),
        ),
        title="Counts right on real photos",
    )


def live_figure() -> Figure:
    """The size of the hand classifier."""
    card = artifacts.read_card(HAND_CLASSIFIER)
    return Figure(
        f"{card.parameters:,} weights",
        "make up the hand classifier; it reads the camera's frames in your own browser.",
    )
