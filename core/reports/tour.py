"""A tour of the pages in the article's order: what each step says and shows, to present."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from core.common.errors import UserError
from core.reports import tour_figures as figures
from core.reports.tour_figures import Figure

HandPicture = Literal["photo", "pooled", "answers", "tally", "found", "mistakes", "none"]
"""What a step shows of the audience's hand: the photo and its cut-out, the pooled cut-out, what its
models say, how many of all models agree, or the hand where it was found in the photo; or other
hands, which models misread."""


@dataclass(frozen=True)
class TourStep:
    """One step: a sentence, a figure and a picture. The first of its pages that exists is linked.

    Attributes:
        sentence: what the audience reads.
        notes: what only the speaker reads.
        hand: what is shown of the audience's hand.
        models: those that read it, by name.
        settings: URL parameters of the linked page, by page.
    """

    title: str
    sentence: str
    notes: str
    pages: tuple[str, ...]
    figure: Callable[[], Figure]
    hand: HandPicture = "answers"
    models: tuple[str, ...] = ()
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
        "The article asks this of small grey images of one hand on a dark background.",
        "Take a photo of your own hand now: press “Your hand” above. It goes through every step. "
        "The photo is on the left; on the right is the same hand as the dataset would show it: "
        "128 × 128 grey pixels, upright, on a dark background.",
        ("data",),
        figures.data_figure,
        hand="photo",
    ),
    TourStep(
        "Weigh every pixel",
        "In logistic regression each pixel votes for or against each count.",
        "It is the simplest answer there is. The more images it learns from, the better, until "
        "more images add little.",
        ("learning_curve",),
        figures.learning_curve_figure,
        models=("logistic_3000",),
    ),
    TourStep(
        "Smaller images do as well",
        "Pooling keeps only the brightest pixel of each small square, and the hand can still be "
        "recognised.",
        "Learning is faster, too, and fewer weights have less to learn by heart.",
        ("pooling",),
        figures.pooling_figure,
        hand="pooled",
        models=("logistic_pooled",),
        # That page has a parameter "step" of its own.
        settings={"pooling": {"step": "1"}},
    ),
    TourStep(
        "Learn in small steps",
        "A softmax layer is the same regression, learned batch by batch.",
        "That way it can use all the images, and you can watch it learn on the page “Train it "
        "live”.",
        ("train_live", "replay"),
        figures.network_figure("softmax", "softmax_3000"),
        models=("softmax", "softmax_3000"),
        settings={"train_live": {"model": "Softmax"}},
    ),
    TourStep(
        "More layers",
        "Hidden layers can combine pixels, so more layers can express more.",
        "Batch normalisation is meant to keep their training steady; two steps on we see whether "
        "it does.",
        ("replay", "train_live"),
        figures.network_figure("dense_batch_norm", "dense_128_64_32", "dense_128"),
        models=("dense_128", "dense_128_64_32", "dense_batch_norm"),
        settings={"train_live": {"model": "Dense with BatchNorm"}},
    ),
    TourStep(
        "Look for shapes, wherever they are",
        "A convolutional network slides the same small filters over the whole image.",
        "So it needs fewer weights than a dense one, and recognises a shape in any place.",
        ("replay", "train_live"),
        figures.network_figure("cnn", "cnn_batch_norm"),
        models=("cnn",),
        settings={"train_live": {"model": "CNN"}},
    ),
    TourStep(
        "Does batch normalisation steady them?",
        "With it the CNN's test loss no longer jumps, but that of the dense network jumps more.",
        "A single training may be lucky, so each network is trained with five seeds. What counts "
        "is how much the test loss rises from one epoch to the next.",
        ("replay",),
        figures.stability_figure,
        models=("cnn_batch_norm",),
    ),
    TourStep(
        "Reuse what was learned for another question",
        "Left or right? The layers that learned to count stay, and only a new output is learned.",
        "This is transfer learning, the article's second part.",
        ("hand_side", "compare"),
        figures.transfer_figure,
        models=("hand_side",),
    ),
    TourStep(
        "Where they go wrong",
        "A look at the mistakes says more than another digit of accuracy.",
        "Ask the audience to count before you say what the models answered. Most of the mistakes "
        "are three fingers of which two touch.",
        ("mistakes", "compare"),
        figures.mistakes_figure,
        hand="mistakes",
    ),
    TourStep(
        "On the dataset, all are nearly perfect",
        "Side by side the models can hardly be told apart, which should make you wary of the test.",
        "Nearly every test image has a near-duplicate among the training images: a model that only "
        "remembers does well, too.",
        ("compare",),
        figures.dataset_figure,
        hand="tally",
    ),
    TourStep(
        "A fairer test, still on the dataset",
        "Poses at the edge of all poses are held out, with every image that comes close to them.",
        "Now no model has seen the answers before, and copying the nearest image does no longer "
        "win.",
        ("data", "compare"),
        figures.deduplicated_figure,
        hand="none",
    ),
    TourStep(
        "On real photos, they fail",
        "A webcam shows other people, rooms, light and gestures, of which little is in the "
        "dataset.",
        "Did the article's best model read your hand? Move the hand, turn it, come closer, and "
        "take another photo.",
        ("compare",),
        figures.gap_figure,
        models=("cnn_batch_norm",),
    ),
    TourStep(
        "What closes the gap",
        "A detector finds the hands in the whole picture, and a classifier reads each of them.",
        "Both learned from photos of many people and places, and from hands drawn by the program.",
        ("try_it",),
        figures.closed_figure,
        hand="found",
        models=("hand_classifier",),
        settings={"try_it": {"compare": "true"}},
    ),
    TourStep(
        "Your turn: try to break it",
        "Open Live, hold up your hands, and see the article's CNN beside the hand classifier.",
        "Live opens in a window of its own; this one stays. Try two hands, the back of a hand, a "
        "hand upside down, a dark room, and a hand far away.",
        ("live",),
        figures.live_figure,
        models=("cnn_batch_norm", "hand_classifier"),
        settings={"live": {"beside": "The article's CNN"}},
    ),
)
"""In the article's order, then what it leaves open."""
