"""The page "The data": what the Fingers dataset contains, and its near-duplicates."""

from collections.abc import Sequence

import streamlit as st

from core.common.formatting import format_share
from core.common.types import (
    FINGER_COUNTS,
    QUESTION_WORDS,
    SIDE_NAMES,
    SIDES,
    TARGETS,
    Side,
    Target,
)
from core.datasets.browsing import class_samples, images_by_name
from core.datasets.near_duplicates import Region
from core.experiments.deduplicated_split import DeduplicatedResult, DeduplicatedSplitRecord
from core.experiments.records.near_duplicates import (
    ClassFacts,
    DeduplicatedSplitFacts,
    Grouping,
    NearDuplicatePair,
    NearDuplicatesRecord,
    NearestNeighbour,
)
from core.experiments.records.store import read_record
from ui.charts.distance_histogram import draw_distances
from ui.choice import choose_one
from ui.page import Page, draw_headline, draw_thumbnail, errors_shown, picture_cells, run_app
from ui.provenance import draw_provenance
from ui.wording import SIDE_LABELS, fingers_words, hand_words

PAGE = Page(title="The data", icon=":material/photo_library:", order=50, group="Learn")

_FORMS = {"straight": "As they are", "mirrored": "Mirrored"}
_REGIONS: dict[Region, str] = {"inner": "among the others", "outer": "at the edge"}
_SAMPLES = 12
_SETS = range(1, 21)


@errors_shown()
def render() -> None:
    """Draw the page."""
    st.title("The data", anchor=False)
    record = read_record("near_duplicates", NearDuplicatesRecord)
    _draw_finding(record)
    _draw_counts(record.classes)
    _draw_one_class(record.pairs)
    _draw_deduplicated_split(record)
    st.divider()
    st.caption(record.method)
    draw_provenance(record.provenance, "python -m core experiment near_duplicates")


def _draw_finding(record: NearDuplicatesRecord) -> None:
    tested = record.nearest_neighbour
    share = format_share(record.near_duplicates / tested.images)
    draw_headline(f"{share} of the test images are near-duplicates")
    st.markdown(
        "The article's models learned from the Fingers dataset. "
        f"**{record.near_duplicates:,} of its {tested.images:,} test images have a near-duplicate "
        "among the training images**: one that is closer than images of different counts or hands "
        "ever are. Copying the answer of the nearest training image, without any learning, gets "
        f"{tested.fingers_errors or 'no'} counts and {tested.side_errors or 'no'} hands wrong. So "
        "a perfect score on these test images says nothing about your camera."
    )
    form = choose_one("Compare the test images", _FORMS, key="form")
    if form == "mirrored":
        st.markdown(
            f"Mirrored, {record.mirrored_near_duplicates:,} of them have a near-duplicate that "
            "shows the other hand: the left hands are mirrored right hands."
        )
    draw_distances(record.distances, record.threshold, form == "mirrored")


def _draw_counts(classes: Sequence[ClassFacts]) -> None:
    st.header("Counts and hands", anchor=False)
    sizes = {(each.train_images, each.test_images) for each in classes}
    if len(sizes) == 1:
        train, test = sizes.pop()
        st.markdown(
            f"Each count of each hand has {train:,} training and {test:,} test images. Below is "
            "the mean of the training images of each: what they share stays sharp, what differs is "
            "blurred."
        )
    ordered = sorted(classes, key=lambda each: SIDES.index(each.side))
    for cell, each in zip(picture_cells(len(ordered)), ordered, strict=True):
        with cell:
            words = hand_words(each.fingers, each.side)
            draw_thumbnail(
                each.mean_image(),
                f"{each.fingers}, {SIDE_NAMES[each.side]}",
                f"Mean of {each.train_images:,} images: {words}.",
            )
    with st.expander("As a table"):
        st.table([_counts_row(classes, side) for side in SIDES], hide_index=True)


def _counts_row(classes: Sequence[ClassFacts], side: Side) -> dict[str, str]:
    return {"hand: train, test": SIDE_LABELS[side]} | {
        fingers_words(each.fingers): f"{each.train_images:,}, {each.test_images:,}"
        for each in classes
        if each.side == side
    }


@errors_shown()
def _draw_one_class(pairs: Sequence[NearDuplicatePair]) -> None:
    st.header("One count, one hand", anchor=False)
    left, middle, right = st.columns([3, 2, 1], gap="medium")
    fingers = choose_one("Fingers up", FINGER_COUNTS, "count", 2, left, width="stretch")
    side = choose_one("Hand", SIDE_LABELS, "side", "R", middle, width="stretch")
    number = choose_one("Samples", _SETS, "samples", place=right, listed=True)
    samples, drawn = class_samples(fingers, side, number, _SAMPLES)
    chosen = [each for each in pairs if (each.fingers, each.side) == (fingers, side)]
    images = images_by_name([name for each in chosen for name in _files(each)])
    st.markdown(f"**Samples: {hand_words(fingers, side)}**")
    st.caption(
        "The dataset is not imported here: these hands are drawn by the program to look like it. "
        "`python -m core data import PATH` imports the real ones."
        if drawn
        else "From the imported dataset."
    )
    for cell, (position, image) in zip(
        picture_cells(len(samples)), enumerate(samples, start=1), strict=False
    ):
        with cell:
            kind = "Hand drawn by the program" if drawn else "Image of the dataset"
            draw_thumbnail(image, "", f"{kind}: {hand_words(fingers, side)}, {position}.")
    st.markdown("**A typical test image and its nearest training image**")
    st.caption(
        "Typical: half of the test images of this count and hand are closer to their nearest one."
    )
    known = [pair for pair in chosen if all(name in images for name in _files(pair))]
    cells = picture_cells(2 * len(known))
    for pair in known:
        test, train = (images[name] for name in _files(pair))
        with next(cells):
            if pair.mirrored:
                draw_thumbnail(test[:, ::-1], "Test, mirrored", "A test image, mirrored.")
            else:
                draw_thumbnail(test, "Test", "A test image.")
        with next(cells):
            text = "The nearest training image, almost the same."
            draw_thumbnail(train, f"Training, distance {pair.distance:.1f}", text)
    with st.expander("File names and distances", expanded=not known):
        st.dataframe(
            [
                {
                    "test image": pair.test_file + (" (mirrored)" if pair.mirrored else ""),
                    "nearest training image": pair.train_file,
                    "distance": pair.distance,
                }
                for pair in chosen
            ],
            hide_index=True,
            column_config={
                "distance": st.column_config.NumberColumn("distance (grey levels)", format="%.1f")
            },
            alt="The file names of the pairs, and the distance between their images.",
        )


def _files(pair: NearDuplicatePair) -> tuple[str, str]:
    return pair.test_file, pair.train_file


def _draw_deduplicated_split(record: NearDuplicatesRecord) -> None:
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
    _draw_models_again(record.nearest_neighbour)
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


@errors_shown()
def _draw_models_again(usual: NearestNeighbour) -> None:
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
    draw_provenance(record.provenance, "python -m core experiment deduplicated_split")


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


if __name__ == "__main__":
    run_app()
