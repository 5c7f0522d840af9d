"""A tour of the pages in the article's order: what each step says, and its one figure."""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.common.errors import UserError
from core.reports import tour_figures as figures
from core.reports.tour_figures import Figure


@dataclass(frozen=True)
class TourStep:
    """One step, with one figure. The first of its pages that exists is linked.

    The settings are URL parameters of the linked page, by page.
    """

    title: str
    text: str
    pages: tuple[str, ...]
    figure: Callable[[], Figure]
    settings: dict[str, dict[str, str]] = field(default_factory=dict)


def figure_of(step: TourStep) -> Figure | None:
    """A step's figure; None if its results are missing or damaged."""
    try:
        return step.figure()
    except UserError:
        return None


STEPS: tuple[TourStep, ...] = (
    TourStep(
        "How many fingers, and which hand?",
        "The article asks this of grey images of one hand, 128 × 128 pixels, on a dark background.",
        ("data",),
        figures.data_figure,
    ),
    TourStep(
        "Weigh every pixel",
        "Logistic regression is the simplest answer: each pixel votes for or against each count. "
        "The more images it learns from, the better, until more images add little.",
        ("learning_curve",),
        figures.learning_curve_figure,
    ),
    TourStep(
        "Smaller images do as well",
        "Pooling keeps only the brightest pixel of each small square. The hand can still be "
        "recognised, and learning is faster.",
        ("pooling",),
        figures.pooling_figure,
        # That page has a parameter "step" of its own.
        {"pooling": {"step": "1"}},
    ),
    TourStep(
        "Learn in small steps",
        "A softmax layer is the same regression, learned batch by batch. That way it can use all "
        "the images, and you can watch it learn.",
        ("train_live", "replay"),
        figures.network_figure("softmax", "softmax_3000"),
        {"train_live": {"model": "Softmax"}},
    ),
    TourStep(
        "More layers",
        "Hidden layers can combine pixels. More layers can express more, and batch normalisation "
        "is meant to keep their training steady.",
        ("replay", "train_live"),
        figures.network_figure("dense_batch_norm", "dense_128_64_32", "dense_128"),
        {"train_live": {"model": "Dense with BatchNorm"}},
    ),
    TourStep(
        "Look for shapes, wherever they are",
        "A convolutional network slides small filters over the image, the same ones everywhere. So "
        "it needs fewer weights than a dense one, and recognises a shape in any place.",
        ("replay", "train_live"),
        figures.network_figure("cnn", "cnn_batch_norm"),
        {"train_live": {"model": "CNN"}},
    ),
    TourStep(
        "Does batch normalisation steady them?",
        "A single training may be lucky. So each network is trained with five seeds, and what "
        "counts is how much the test loss jumps up from one epoch to the next.",
        ("replay",),
        figures.stability_figure,
    ),
    TourStep(
        "Reuse what was learned for another question",
        "Left or right? The layers that learned to count stay as they are; only a new output is "
        "learned on top of them.",
        ("hand_side", "compare"),
        figures.transfer_figure,
    ),
    TourStep(
        "Where they go wrong",
        "A few images fool the simpler models. Looking at them says more than another digit of "
        "accuracy.",
        ("mistakes", "compare"),
        figures.mistakes_figure,
    ),
    TourStep(
        "On the dataset, all are nearly perfect",
        "Side by side, the models can hardly be told apart. That should make you wary of the test.",
        ("compare",),
        figures.dataset_figure,
    ),
    TourStep(
        "A fairer test, still on the dataset",
        "Poses at the edge of all poses are held out, and every image that comes close to them is "
        "left out of training. Now no model has seen the answers before.",
        ("data", "compare"),
        figures.deduplicated_figure,
    ),
    TourStep(
        "On real photos, they fail",
        "A webcam shows other people, rooms, light, sizes and gestures. Little of that is in the "
        "dataset, so little of it was learned.",
        ("compare",),
        figures.gap_figure,
    ),
    TourStep(
        "What closes the gap",
        "A detector finds the hands in the whole picture, and a classifier reads each of them. "
        "Both learned from photos of many people and places, and from hands drawn by the program.",
        ("try_it",),
        figures.closed_figure,
        {"try_it": {"compare": "true"}},
    ),
    TourStep(
        "Your turn",
        "Start the camera and hold up one hand or both.",
        ("live",),
        figures.live_figure,
    ),
)
"""In the article's order, then what it leaves open."""
