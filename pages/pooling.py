"""The page "Pooling": one window at a time, then on a hand, then what it costs and saves."""

import html

import numpy as np
import streamlit as st

from core.common.formatting import format_share
from core.common.types import Uint8Array
from core.experiments.pooling import PoolingRecord, PoolingRun
from core.experiments.records.store import read_record
from core.images.decoding import PhotoError
from core.images.pooling import STRIDES, WINDOWS, Kind, Pooling, WorkedStep, pool, worked_step
from ui.charts.bars import draw_value_bars
from ui.choice import choose_one
from ui.page import Page, draw_headline, draw_picture, errors_shown, run_app
from ui.photo.reading import read_photos
from ui.photo_input import choose_photos
from ui.provenance import Measured, draw_how_measured
from ui.server.models import ready_article_recogniser

PAGE = Page(title="Pooling", icon=":material/grid_on:", order=60, group="Learn")

_KINDS: dict[Kind, str] = {"max": "Max", "average": "Average"}

# Two fingers; the larger a number, the brighter. Streamlit shows a bare text of a page's file.
_GRID = np.array(
    [
        list(map(int, row))
        for row in (
            "0171018101",
            "1082109210",
            "0281028102",
            "1091119010",
            "0187278101",
            "1298789351",
            "0179898780",
            "1068989831",
            "0138897210",
            "1016762101",
        )
    ],
    np.uint8,
)
_WORKED_WINDOW = 2
_STEPS = range(1, 26)


def render() -> None:
    """Draw the page."""
    st.title("Pooling", anchor=False)
    st.markdown(
        "Pooling makes an image smaller. A window slides over it, and **every window becomes one "
        "number**: its maximum or its average."
    )
    _draw_worked_example()
    _draw_on_a_hand()
    _draw_results()


def _draw_worked_example() -> None:
    settings, moving = st.columns([2, 5], gap="large", vertical_alignment="bottom")
    with settings:
        kind = choose_one("A window becomes its", _KINDS, "example", width="stretch")
    with moving:
        number = _choose_step()
    pooling = Pooling(kind, _WORKED_WINDOW, _WORKED_WINDOW)
    step = worked_step(_GRID, pooling, number)
    listed = ", ".join(str(number) for line in step.numbers for number in line)
    draw_headline(f"{kind} of {listed} = {step.chosen:g}")
    st.markdown(f"Step {number} of {_STEPS[-1]}. {step.why}")
    before, after = st.columns(2, gap="large")
    with before:
        st.markdown("**Before: 10 × 10 numbers**")
        st.html(_grid_of_numbers(step))
    with after:
        st.markdown("**After: 5 × 5 numbers**")
        st.html(_grid_of_results(pool(_GRID, pooling), step, number))


def _choose_step() -> int:
    slider, buttons = st.columns([3, 2], gap="medium", vertical_alignment="bottom")
    number: int = slider.select_slider("Step", _STEPS, key="step", bind="query-params")
    with buttons.container(horizontal=True, gap="small"):
        st.button("Previous", icon=":material/chevron_left:", on_click=_move, args=(-1,))
        st.button("Next", icon=":material/chevron_right:", on_click=_move, args=(1,))
    return number


def _move(steps: int) -> None:
    # After the last step comes the first.
    at = _STEPS.index(st.session_state["step"]) + steps
    st.session_state["step"] = _STEPS[at % len(_STEPS)]


def _grid_of_numbers(step: WorkedStep) -> str:
    cells = [
        _cell(row, column, f"{value}", value / 9)
        for (row, column), value in np.ndenumerate(_GRID.astype(int))
    ]
    window = _outline(step.top, step.left, _WORKED_WINDOW)
    text = f"10 rows of 10 numbers. The window is at row {step.top + 1}, column {step.left + 1}."
    return _as_grid([*cells, window], 10, text)


def _grid_of_results(
    pooled: np.ndarray[tuple[int, ...], np.dtype[np.generic]], step: WorkedStep, known: int
) -> str:
    cells = []
    for number, ((row, column), value) in enumerate(np.ndenumerate(pooled), start=1):
        text, level = (f"{value:g}", value / 9) if number <= known else ("", 0)
        cells.append(_cell(row, column, text, level))
    window = _outline(step.row, step.column, 1)
    text = (
        f"5 rows of 5 numbers, {known} of them known. The newest, {step.chosen:g}, is at row "
        f"{step.row + 1}, column {step.column + 1}."
    )
    return _as_grid([*cells, window], 5, text)


def _as_grid(cells: list[str], columns: int, text: str) -> str:
    # Cells of the same size in both grids, and never wider than a phone.
    return (
        f'<div role="img" aria-label="{html.escape(text)}" style="display:grid;gap:2px;'
        f"grid-template-columns:repeat({columns},minmax(0,1fr));max-width:{columns * 2.75}rem;"
        f'width:{columns * 10}%;min-width:min(100%,{columns * 2}rem)">{"".join(cells)}</div>'
    )


def _cell(row: int, column: int, text: str, brightness: float) -> str:
    return (
        f'<div style="grid-area:{row + 1}/{column + 1};aspect-ratio:1;display:flex;'
        "align-items:center;justify-content:center;border-radius:4px;font-size:0.95rem;"
        "font-variant-numeric:tabular-nums;"
        f'background:rgba(128,128,128,{0.08 + 0.47 * brightness:.2f})">{text}</div>'
    )


def _outline(row: int, column: int, window: int) -> str:
    return (
        f'<div style="grid-area:{row + 1}/{column + 1}/span {window}/span {window};'
        'border:3px solid currentColor;border-radius:6px"></div>'
    )


def _draw_on_a_hand() -> None:
    st.header("On a hand", anchor=False)
    left, right = st.columns([5, 6], gap="large")
    with left:
        photo_inputs, mirrored = choose_photos()
        pooling = _choose_pooling()
    with right, errors_shown():
        if not photo_inputs:
            st.info("The hand appears here, before and after.", icon=":material/back_hand:")
            return
        # One photo is enough here, though the input takes many.
        result = read_photos(photo_inputs[:1], mirrored, ready_article_recogniser())[0]
        if isinstance(result, PhotoError):
            st.error(str(result), icon=":material/broken_image:")
        elif not result.recognition.hands:
            st.info("No hand was found in this photo.", icon=":material/search_off:")
        else:
            _draw_before_and_after(result.recognition.hands[0].prepared.image, pooling)


def _choose_pooling() -> Pooling:
    kind = choose_one("Pooling", _KINDS, "pooling", width="stretch")
    left, right = st.columns(2, gap="medium")
    windows = {size: f"{size} × {size}" for size in WINDOWS}
    window = choose_one("Window, in pixels", windows, "window", 4, left, listed=True)
    stride = choose_one(
        "Stride, in pixels",
        STRIDES,
        "stride",
        4,
        right,
        listed=True,
        help="How far the window moves at each step. Where it is as large as the window, every "
        "pixel is used once; where it is smaller, windows overlap.",
    )
    return Pooling(kind, window, stride)


def _draw_before_and_after(image: Uint8Array, pooling: Pooling) -> None:
    pooled = np.rint(pool(image, pooling)).astype(np.uint8)
    before, after = st.columns(2, gap="medium")
    with before:
        draw_picture(
            image, "Before", _size_words(image), f"The prepared hand, {_size_words(image)}"
        )
    with after:
        draw_picture(
            pooled,
            f"After {pooling.kind} pooling",
            _size_words(pooled),
            f"The same hand after {pooling.kind} pooling, coarser: {_size_words(pooled)}",
        )
    kept = pooled.size / image.size
    st.markdown(f"**{format_share(kept, 2)}** of the numbers are left.")


def _size_words(image: Uint8Array) -> str:
    height, width = image.shape
    return f"{width} × {height} pixels: {image.size:,} numbers."


@errors_shown()
def _draw_results() -> None:
    st.header("What it does to accuracy and time", anchor=False)
    record = read_record("pooling", PoolingRecord)
    best = min(record.runs, key=lambda each: (each.errors, each.seconds))
    smallest = min(record.runs, key=lambda each: each.size)
    st.markdown(
        f"A logistic regression on the pooled pixels counts fingers. On {best.size}×{best.size} "
        f"pixels it gets **{best.errors} of {best.test_images:,}** test images wrong, after "
        f"{best.seconds:.1f} s of training. Larger images are no better; on "
        f"{smallest.size}×{smallest.size} pixels it gets {smallest.errors} wrong."
    )
    errors, times = st.columns(2, gap="large")
    with errors:
        draw_value_bars(
            "Mistakes",
            f"Wrong of {best.test_images:,} test images",
            [(_case(each), each.errors, f"{each.errors}") for each in record.runs],
        )
    with times:
        draw_value_bars(
            "Training time on one processor core",
            "Seconds",
            [(_case(each), each.seconds, f"{each.seconds:.1f} s") for each in record.runs],
        )
    with st.expander("As a table"):
        st.table([_row(each) for each in record.runs], hide_index=True)
    st.caption(
        "For 4 × 4 max pooling to 32 × 32 pixels and all 18,000 images, the article reports 99.94% "
        "(2 wrong) in 7.5 s on its machine."
    )
    method = (
        f"The 3,000 images are the first of a seeded shuffle. Classifier: {record.method}. "
        "Times are for one processor core."
    )
    draw_how_measured(Measured(record.provenance, "python -m core experiment pooling", method))


def _case(run: PoolingRun) -> str:
    few = f", {run.train_images:,} images" if run.train_images < 18_000 else ""
    return f"{run.size}×{run.size} {run.kind}{few}"


def _row(run: PoolingRun) -> dict[str, str]:
    return {
        "pooling": f"{run.kind}, {run.window} × {run.window}",
        "pixels": f"{run.size} × {run.size}",
        "train images": f"{run.train_images:,}",
        "accuracy": format_share(run.accuracy, 2),
        f"wrong of {run.test_images:,}": f"{run.errors}",
        "seconds": f"{run.seconds:.2f}",
        "solver steps": f"{run.iterations}",
    }


if __name__ == "__main__":
    run_app()
