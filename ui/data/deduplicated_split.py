"""A fair test of the dataset: splits whose parts share no near-duplicates."""

from collections.abc import Sequence

import streamlit as st

from core.common.formatting import format_share
from core.common.types import QUESTION_WORDS, TARGETS, Target
from core.datasets.near_duplicates import Region
from core.experiments.deduplicated_split import DeduplicatedResult, DeduplicatedSplitRecord
from core.experiments.records.near_duplicates import (
    DeduplicatedSplitFacts,
    Grouping,
    NearDuplicatesRecord,
    NearestNeighbour,
)
from core.experiments.records.store import read_record
from ui.page import errors_shown
from ui.provenance import Measured

_REGIONS: dict[Region, str] = {"inner": "among the others", "outer": "at the edge"}


def draw_deduplicated_split(record: NearDuplicatesRecord) -> list[Measured]:
    """Draw what it shows; returns how it was measured, nothing where it was not."""
    measured: list[Measured] = []
    st.header("A deduplicated split", anchor=False)
    chains = record.groupings[-1]
    images = sum(each.train_images + each.test_images for each in record.classes)
    large = [size for size in chains.largest if size > images / 100]
    st.markdown(
        "A fair test has no near-duplicates of the training images. Keeping whole groups of "
        "near-duplicates on one side does not work: each image is a near-duplicate of the next, so "
        f"{sum(large):,} of the {images:,} images form {len(large)} chains, one for each count. "
        "The deduplicated split therefore **holds out one region of poses of each count, and drops "
        "every near-duplicate of it from training**, mirrored ones included."
    )
    st.markdown("\n".join(_region_words(region, record.deduplicated_splits) for region in _REGIONS))
    st.markdown("**Copying the answer of the nearest training image, on each deduplicated split**")
    st.table([_split_row(each) for each in record.deduplicated_splits], hide_index=True)
    with errors_shown():
        measured.append(_draw_models_again(record.nearest_neighbour))
    with st.expander("Groups of near-duplicates at smaller distances"):
        st.markdown(
            "Two images are in the same group if they are linked by a chain of pairs, each of them "
            "closer than the distance."
        )
        st.table([_grouping_row(each) for each in record.groupings], hide_index=True)
    with st.expander("Groups and fingerprints of the splits"):
        st.markdown(
            "No group is in both parts. A split can be reproduced from its region, its seed and "
            "the distance; its fingerprint, over the file name and the part of every image, shows "
            "whether it is the same."
        )
        st.dataframe(
            [_groups_row(each) for each in record.deduplicated_splits],
            hide_index=True,
            alt="The groups of near-duplicates in each part of every split, and its fingerprint.",
        )
    return measured


def _region_words(region: str, splits: Sequence[DeduplicatedSplitFacts]) -> str:
    """How well the nearest-neighbour search does on the splits of one region, in a sentence."""
    found = [each.nearest_neighbour for each in splits if each.region == region]
    counts = [each.accuracy("fingers") for each in found]
    low, high = format_share(min(counts)), format_share(max(counts))
    where = {
        "inner": "Held-out poses among the others",
        "outer": "Held-out poses at the edge of all poses",
    }[region]
    return (
        f"- **{where}**: the nearest training image still shows the right count for {low} to "
        f"{high} of the test images."
    )


def _split_row(split: DeduplicatedSplitFacts) -> dict[str, str]:
    found = split.nearest_neighbour
    return {
        "held-out poses": _REGIONS[split.region],
        "seed": f"{split.seed}",
        "train": f"{split.train_images:,}",
        "left out": f"{split.left_out:,}",
        "test": f"{split.test_images:,}",
        "count right": format_share(found.accuracy("fingers")),
        "hand right": format_share(found.accuracy("side")),
    }


def _groups_row(split: DeduplicatedSplitFacts) -> dict[str, str | int]:
    return {
        "held-out poses": _REGIONS[split.region],
        "seed": split.seed,
        "train groups": split.train_groups,
        "largest train groups": _listed(split.largest_train_groups),
        "test groups": split.test_groups,
        "largest test groups": _listed(split.largest_test_groups),
        "SHA-256": split.fingerprint,
    }


def _listed(sizes: Sequence[int]) -> str:
    return ", ".join(f"{size:,}" for size in sizes[:6])


def _draw_models_again(usual: NearestNeighbour) -> Measured:
    """The table of all models beside ``usual``, the answers of the nearest training image."""
    st.markdown("**Every model, trained again on a deduplicated split**")
    record = read_record("deduplicated_split", DeduplicatedSplitRecord)
    nearest = [_nearest_row(target, usual, record.nearest_neighbour) for target in TARGETS]
    st.table(nearest + [_model_row(each) for each in record.results], hide_index=True)
    st.caption(
        f"Held-out poses {_REGIONS[record.region]}, seed {record.provenance.seed}: "
        f"{record.train_images:,} training images, {record.nearest_neighbour.images:,} held out. "
        "Each model was trained once, with its own recipe. The usual test images are read by the "
        "shipped models."
    )
    return Measured(record.provenance, "python -m core experiment deduplicated_split")


def _nearest_row(
    target: Target, usual: NearestNeighbour, deduplicated: NearestNeighbour
) -> dict[str, str]:
    accuracy, errors = deduplicated.accuracy(target), deduplicated.errors(target)
    return {
        "model": "Nearest training image",
        "question": QUESTION_WORDS[target],
        "epochs": "–",
        "usual test images": format_share(usual.accuracy(target), 2),
        "deduplicated split": f"{format_share(accuracy, 2)} ({errors:,} wrong)",
    }


def _model_row(result: DeduplicatedResult) -> dict[str, str]:
    usual = result.usual_accuracy
    return {
        "model": result.title,
        "question": QUESTION_WORDS[result.target],
        "epochs": f"{result.epochs}",
        "usual test images": "–" if usual is None else format_share(usual, 2),
        "deduplicated split": f"{format_share(result.accuracy, 2)} ({result.errors:,} wrong)",
    }


def _grouping_row(grouping: Grouping) -> dict[str, str]:
    return {
        "distance (grey levels)": f"{grouping.threshold:.1f}",
        "groups": f"{grouping.groups:,}",
        "single images": f"{grouping.singles:,}",
        "largest groups": _listed(grouping.largest),
    }
