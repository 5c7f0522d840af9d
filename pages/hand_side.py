"""The page "Left or right": trained layers used again for another question."""

from collections.abc import Sequence
from urllib.parse import quote_plus

import streamlit as st

from core.artifacts import store as artifacts
from core.artifacts.cards import Card
from core.common.formatting import as_csv, format_share
from core.evaluation.error_analysis import Findings, Predictor, predictors, without_mirror_images
from core.experiments.records.store import read_record
from core.experiments.transfer import TransferRecord
from core.training.transfer import MODES, Mode, TransferPoint
from ui.charts.curves import Axis, Curve, accuracy_axis, choose_accuracies, draw_curves, least_shown
from ui.charts.few_labels import Trained, draw_few_labels
from ui.charts.network_diagram import draw_network
from ui.page import Page, draw_download, draw_headline, errors_shown, run_app
from ui.photo.examples import draw_pairs, read_synthetic
from ui.provenance import Measured, draw_how_measured

_MODEL = "hand_side"


def _findings() -> tuple[Predictor, Findings]:
    predictor = next(each for each in predictors() if each.model == _MODEL)
    return predictor, read_synthetic(predictor, photos=True)


def _prepare() -> None:
    if artifacts.is_trained(_MODEL):
        _findings()


PAGE = Page(
    title="Left or right",
    icon=":material/call_split:",
    order=90,
    group="Learn",
    prepare=_prepare,
)

_MODES: dict[Mode, str] = {
    "frozen": "Layers kept",
    "fine_tuned": "Fine tuned",
    "from_scratch": "From scratch",
}
_FEW = 200
"""Labels; with more of them all ways are as good."""

_TABLE = "Every training: which layers learned, from how many images, its mistakes and its time."
_PAIRS = 6


@errors_shown()
def render() -> None:
    """Draw the page."""
    st.title("Left or right", anchor=False)
    card = artifacts.read_card(_MODEL)
    assert card.on_dataset.backbone is not None
    backbone = artifacts.read_card(card.on_dataset.backbone)
    _draw_answer(card, backbone)
    _draw_networks(backbone, card)
    measured = _draw_curves()
    _draw_mistakes(card)
    if measured:
        draw_how_measured(*measured)


def _draw_answer(card: Card, backbone: Card) -> None:
    facts = card.on_dataset
    kept = card.parameters - card.trainable_parameters
    draw_headline(f"{card.trainable_parameters:,} weights are trained, {kept:,} are reused")
    st.markdown(
        f"**{backbone.title}** learned to count fingers. Its layers recognise what hands are made "
        "of, edges and fingertips, and that helps with another question: left or right? **Transfer "
        "learning** keeps these layers as they are and trains one new output. It gets "
        f"**{facts.errors} of {facts.data.test_images:,}** test images wrong after {card.epochs} "
        "epochs."
    )


def _draw_networks(backbone: Card, card: Card) -> None:
    st.header("The two networks", anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        draw_network(
            f"Counts fingers: {backbone.title}",
            backbone.layers,
            f"{len(backbone.on_dataset.classes)} counts",
            reused=False,
        )
    with right:
        draw_network(
            "Tells left from right, with the same layers", card.layers, "Right hand?", reused=True
        )
    st.caption(
        "Read from top to bottom. The wider a block, the larger the image it passes on; the "
        "taller, the more channels. Teal layers were trained in this network, dashed grey ones "
        "were taken over unchanged. Batch normalisation and ReLU belong to the convolution above "
        "them. Shapes and numbers are those of the shipped files."
    )


def _draw_curves() -> list[Measured]:
    """Draw what transfer is worth; returns how it was measured, nothing where it was not."""
    st.header("How many labels are needed", anchor=False)
    measured: list[Measured] = []
    with errors_shown():
        record = read_record("transfer", TransferRecord)
        _draw_few_labels(record)
        _draw_more_labels(record)
        command = "python -m core experiment transfer"
        measured.append(Measured(record.provenance, command, record.method))
    return measured


def _draw_few_labels(record: TransferRecord) -> None:
    sizes = [size for size in record.sizes if size <= _FEW and len(record.of(MODES[0], size)) > 1]
    means = {(mode, size): record.mean_accuracy(mode, size) for mode in MODES for size in sizes}
    st.markdown(_finding(record, sizes))
    draw_few_labels(
        "Test images with the correct hand, with few labels",
        [
            Trained(
                name,
                size,
                tuple(100 * each.accuracy for each in record.of(mode, size)),
                *(100 * each for each in means[mode, size]),
            )
            for size in sizes
            for mode, name in _MODES.items()
        ],
        " ".join(
            f"With {size} labels: "
            + ", ".join(f"{_MODES[mode]} {format_share(means[mode, size].mean)}" for mode in MODES)
            + "."
            for size in sizes
        ),
    )
    seeds = len(record.of(MODES[0], sizes[0]))
    st.caption(
        f"Small marks are single seeds, each with its own choice of images; large ones are the "
        f"mean of {seeds}, and the line is its 95% interval, after Student. It is wide, because "
        "so few seeds say little of chance."
    )


def _draw_more_labels(record: TransferRecord) -> None:
    with st.expander("With up to 18,000 labels"):
        sizes = record.sizes
        high_ones = choose_accuracies("accuracy")
        draw_curves(
            "Test images with the correct hand",
            _alt_text(record),
            (
                Axis(
                    "Labelled training images",
                    "log",
                    (sizes[0] * 0.9, sizes[-1] * 1.1),
                    sizes,
                    ",d",
                ),
                accuracy_axis(least_shown(high_ones, min(each.accuracy for each in record.points))),
            ),
            [
                Curve(name, [(size, 100 * record.median_accuracy(mode, size)) for size in sizes])
                for mode, name in _MODES.items()
            ],
            height=380,
        )
        seeds = {len(record.of(MODES[0], size)) for size in sizes}
        st.caption(
            f"Median of {max(seeds)} seeds"
            + (f"; for the largest number, of {min(seeds)}." if len(seeds) > 1 else ".")
        )
        st.dataframe([_row(each) for each in record.points], hide_index=True, alt=_TABLE)
        rows = as_csv([_row(each) for each in record.points])
        draw_download("Download as CSV", rows, "transfer.csv", "text/csv")


def _finding(record: TransferRecord, sizes: Sequence[int]) -> str:
    """Where kept layers help and where they no longer do, in two sentences."""
    gains = {
        size: record.mean_accuracy("frozen", size).mean
        - record.mean_accuracy("from_scratch", size).mean
        for size in sizes
    }
    best = max(sizes, key=lambda size: gains[size])
    kept, scratch = (record.mean_accuracy(mode, best) for mode in ("frozen", "from_scratch"))
    words = (
        f"With {best} labelled images the network with kept layers gets "
        f"**{format_share(kept.mean)}** of the test images right, the same network from scratch "
        f"**{format_share(scratch.mean)}**"
        + (", though their intervals overlap." if kept.low <= scratch.high else ".")
    )
    even = [size for size in sizes if size > best and gains[size] <= 0]
    if even:
        words += f" From {even[0]} labels on, the kept layers are no longer ahead."
    return words


def _alt_text(record: TransferRecord) -> str:
    first, last = record.sizes[0], record.sizes[-1]
    parts = [
        f"{name} from {format_share(record.median_accuracy(mode, first))} to "
        f"{format_share(record.median_accuracy(mode, last))}"
        for mode, name in _MODES.items()
    ]
    return (
        f"Accuracy against the number of labelled images, from {first} to {last:,}. "
        f"{'; '.join(parts)}."
    )


def _row(point: TransferPoint) -> dict[str, str | float]:
    return {
        "learned": _MODES[point.mode],
        "images": point.images,
        "seed": point.seed,
        f"wrong of {point.test_images}": point.errors,
        "accuracy": round(point.accuracy, 6),
        "batches": point.steps,
        "seconds": point.seconds,
    }


@errors_shown()
def _draw_mistakes(card: Card) -> None:
    st.header("Its mistakes", anchor=False)
    predictor, findings = _findings()
    errors = card.on_dataset.errors
    settings = f"model={quote_plus(predictor.title)}&images={quote_plus('Drawn photos')}"
    st.markdown(
        f"It gets {errors or 'none'} of the test images wrong, but **{findings.errors} of "
        f"{findings.images} photos drawn by the program**: its layers have only ever seen one "
        f"kind of picture. [All of them, and what its answers depend on](mistakes?{settings})"
    )
    draw_pairs(predictor, without_mirror_images(findings.mistakes)[:_PAIRS])
    st.caption(
        "The most confident mistakes, each beside its mirror image, which shows the other hand. "
        "Read by the shipped model on this server; the drawings are always the same."
    )


if __name__ == "__main__":
    run_app()
