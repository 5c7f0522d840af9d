"""The page "The data": what the Fingers dataset contains, and its near-duplicates."""

from collections.abc import Sequence

import streamlit as st

from core.common.formatting import format_share
from core.common.types import (
    FINGER_COUNTS,
    SIDE_NAMES,
    SIDES,
    Side,
)
from core.datasets.browsing import class_samples, drawn_near_duplicate, images_by_name
from core.experiments.records.near_duplicates import (
    ClassFacts,
    NearDuplicatePair,
    NearDuplicatesRecord,
)
from core.experiments.records.store import read_record
from ui.charts.distance_histogram import draw_distances
from ui.choice import choose_one
from ui.data.arrays import draw_as_numbers
from ui.data.deduplicated_split import draw_deduplicated_split
from ui.page import Page, draw_headline, draw_thumbnail, errors_shown, picture_cells, run_app
from ui.provenance import Measured, draw_how_measured
from ui.wording import SIDE_LABELS, fingers_words, hand_words

_FORMS = {"straight": "As they are", "mirrored": "Mirrored"}
_SAMPLES = 12
_SETS = range(1, 21)
_FIRST_FINGERS = 2
_FIRST_SIDE: Side = "R"


def _prepare() -> None:
    class_samples(_FIRST_FINGERS, _FIRST_SIDE, _SETS[0], _SAMPLES)
    drawn_near_duplicate(_FIRST_FINGERS, _FIRST_SIDE)


PAGE = Page(
    title="The data",
    icon=":material/photo_library:",
    order=50,
    group="Learn",
    prepare=_prepare,
)


@errors_shown()
def render() -> None:
    """Draw the page."""
    st.title("The data", anchor=False)
    record = read_record("near_duplicates", NearDuplicatesRecord)
    _draw_finding(record)
    loading = draw_as_numbers(record.classes)
    _draw_counts(record.classes)
    _draw_one_class(record.pairs)
    split = draw_deduplicated_split(record)
    command = "python -m core experiment near_duplicates"
    draw_how_measured(Measured(record.provenance, command, record.method), *split, *loading)


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
    fingers = choose_one(
        "Fingers up", FINGER_COUNTS, "count", _FIRST_FINGERS, left, width="stretch"
    )
    side = choose_one("Hand", SIDE_LABELS, "side", _FIRST_SIDE, middle, width="stretch")
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
    if drawn and chosen:
        _draw_equivalent(fingers, side, chosen[0])
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
    with st.expander("File names and distances", expanded=not known and not drawn):
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


def _draw_equivalent(fingers: int, side: Side, pair: NearDuplicatePair) -> None:
    """What a pair looks like, where the dataset is not imported."""
    cells = picture_cells(2)
    names = ("Test", f"Training, distance {pair.distance:.1f} in the dataset")
    for image, name in zip(drawn_near_duplicate(fingers, side), names, strict=True):
        with next(cells):
            draw_thumbnail(image, name, f"{hand_words(fingers, side)}, drawn by the program.")
    st.caption(
        "Both are drawn by the program: one pose twice, a pixel apart. In the dataset they are as "
        "close, as if one hand had been filmed while it turned."
    )


def _files(pair: NearDuplicatePair) -> tuple[str, str]:
    return pair.test_file, pair.train_file


if __name__ == "__main__":
    run_app()
