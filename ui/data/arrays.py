"""What the article begins with: one image as numbers, and all of them as three arrays."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.common.formatting import format_share
from core.common.types import IMAGE_SIZE, SIDE_NAMES, SIDES
from core.datasets.browsing import ExampleFile, example_file
from core.experiments.loading import LoadingRecord
from core.experiments.records.near_duplicates import ClassFacts
from core.experiments.records.store import read_record
from ui.charts.pixels import draw_pixels
from ui.page import errors_shown
from ui.provenance import Measured
from ui.wording import fingers_words, hand_words

_ARTICLE_SECONDS = 40.6
_FIRST_NUMBERS = 8


def draw_as_numbers(classes: Sequence[ClassFacts]) -> list[Measured]:
    """Draw both; returns how the times were measured, nothing where they were not."""
    st.header("One image is 16,384 numbers", anchor=False)
    with errors_shown():
        _draw_one(example_file(2, "R"))
    st.header("All images are three arrays", anchor=False)
    measured: list[Measured] = []
    _draw_arrays(classes)
    with errors_shown():
        measured.append(_draw_times(read_record("loading", LoadingRecord)))
    return measured


def _draw_one(example: ExampleFile) -> None:
    image = example.image
    picture, facts = st.columns([5, 6], gap="large")
    with picture:
        words = hand_words(example.fingers, example.side)
        draw_pixels(
            image,
            "Point at a pixel to read its number",
            f"{words}: {image.shape[0]} rows of {image.shape[1]} pixels, dark around the hand.",
        )
        if example.drawn:
            st.caption(
                "The dataset is not imported here: this hand is drawn by the program to look like "
                "it, and named as its files are."
            )
    with facts:
        ending = f"{example.fingers}{example.side}"
        st.table(
            [
                {
                    "of this image": "Name of the file",
                    "value": f"`{example.name.rpartition('/')[2]}`",
                },
                {
                    "of this image": "What its ending says",
                    "value": f"`_{ending}`: {fingers_words(example.fingers)}, "
                    f"{SIDE_NAMES[example.side]} hand",
                },
                {
                    "of this image": "dtype",
                    "value": f"`{image.dtype}`: whole numbers, one byte each",
                },
                {"of this image": "shape", "value": f"`{image.shape}`: rows, columns"},
                {
                    "of this image": "Range",
                    "value": f"{image.min()} to {image.max()}, of 0 (black) to 255 (white)",
                },
                {"of this image": "First row", "value": f"`{_row_words(image[0])}`"},
                {
                    "of this image": "Row through the hand",
                    "value": f"`{_row_words(image[IMAGE_SIZE // 2])}`",
                },
            ],
            hide_index=True,
        )


def _row_words(row: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> str:
    middle = len(row) // 2
    first, mid = row[:_FIRST_NUMBERS], row[middle : middle + _FIRST_NUMBERS]
    listed = (" ".join(str(number) for number in part) for part in (first, mid))
    return " … ".join([*listed, str(row[-1])])


def _draw_arrays(classes: Sequence[ClassFacts]) -> None:
    train, test = (
        sum(getattr(each, field) for each in classes) for field in ("train_images", "test_images")
    )
    counts = sorted({each.fingers for each in classes})
    st.markdown(
        f"Loading the {train + test:,} files gives one array of images and two of answers, which "
        f"the ends of the names say. Found: the counts {', '.join(map(str, counts))} and the hands "
        f"{' and '.join(SIDES)}, in {len(classes)} classes of "
        f"{classes[0].train_images + classes[0].test_images:,} images."
    )
    pixels = f"{IMAGE_SIZE}, {IMAGE_SIZE}"
    st.table(
        [
            {
                "array": name,
                "holds": holds,
                "training": f"({train}{rest})",
                "test": f"({test}{rest})",
                "dtype": kind,
                "values": values,
            }
            for name, holds, rest, kind, values in (
                ("X", "the images", f", {pixels}", "uint8", "0 to 255"),
                ("digit", "the counts", ",", "uint8", f"{counts[0]} to {counts[-1]}"),
                ("hand", "the hands", ",", "text", " or ".join(SIDES)),
            )
        ],
        hide_index=True,
    )


def _draw_times(record: LoadingRecord) -> Measured:
    share = record.store_seconds / record.file_seconds
    st.markdown(
        f"File by file, that takes **{record.file_seconds:.1f} s** of one processor core here, and "
        f"took {_ARTICLE_SECONDS} s in the article. This program keeps the pixels one after the "
        f"other in a single file and reads them in **{record.store_seconds:.2f} s**, "
        f"{format_share(share)} of the time, at {record.store_megabytes:,.0f} MB on the disk "
        f"where the files have {record.file_megabytes:,.0f}."
    )
    return Measured(record.provenance, "python -m core experiment loading", record.method)
