"""The page "Guided tour": the article's story, one step and one figure at a time, to present."""

import html

import streamlit as st

from core.common.formatting import format_share
from core.reports.tour import STEPS, TourStep, figure_of
from core.reports.tour_figures import Figure
from ui.charts.bars import draw_value_bars
from ui.charts.curves import Axis, Curve, accuracy_axis, draw_curves
from ui.navigation import streamlit_pages
from ui.page import Page, draw_thumbnail, picture_cells, run_app

PAGE = Page(title="Guided tour", icon=":material/signpost:", order=45, group="Learn")

_NUMBERS = range(1, len(STEPS) + 1)
_LARGE = "font-size:clamp(1.25rem,2.4vw,1.75rem);line-height:1.4;margin:0"
_HUGE = (
    "font-size:clamp(2.5rem,7vw,5.5rem);font-weight:700;line-height:1.1;letter-spacing:-0.02em;"
    "padding:.1em 0"
)


def render() -> None:
    """Draw the page."""
    number = _choose_step()
    step = STEPS[number - 1]
    st.title(step.title, anchor=False)
    _paragraph(step.text)
    figure = figure_of(step)
    if figure is None:
        st.caption("The result for this step has not been recorded yet.")
    else:
        _draw_figure(figure)
    _draw_link(step)


def _choose_step() -> int:
    number: int = st.select_slider(
        f"Step (1 to {len(STEPS)})", _NUMBERS, key="step", bind="query-params"
    )
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Back",
            icon=":material/chevron_left:",
            shortcut="Left",
            on_click=_move,
            args=(-1,),
            disabled=number == _NUMBERS[0],
        )
        st.button(
            "Next",
            type="primary",
            icon=":material/chevron_right:",
            icon_position="right",
            shortcut="Right",
            on_click=_move,
            args=(1,),
            disabled=number == _NUMBERS[-1],
        )
    return number


def _move(steps: int) -> None:
    at = st.session_state["step"] + steps
    st.session_state["step"] = min(max(at, _NUMBERS[0]), _NUMBERS[-1])


def _paragraph(text: str) -> None:
    st.html(f'<p style="{_LARGE}">{html.escape(text)}</p>')


def _draw_figure(figure: Figure) -> None:
    st.html(f'<div role="status" style="{_HUGE}">{html.escape(figure.number)}</div>')
    _paragraph(figure.label)
    if figure.images:
        for cell, (caption, image) in zip(
            picture_cells(len(figure.images)), figure.images, strict=False
        ):
            with cell:
                draw_thumbnail(image, caption, f"The mean image of {caption} fingers.")
    if figure.bars:
        bars = [(label, 100 * share, format_share(share, 2)) for label, share in figure.bars]
        draw_value_bars(figure.bars_title, "Share (%)", bars)
    if figure.points:
        most = figure.points[-1][0]
        draw_curves(
            "Correct counts on the test images",
            f"Accuracy against the number of training images, up to {most:,.0f}: it rises fast, "
            f"then slowly, to {format_share(figure.points[-1][1] / 100, 2)}.",
            (Axis("Training images", domain=(0, most), format=",d"), accuracy_axis(0)),
            [Curve("Test images", figure.points)],
        )


def _draw_link(step: TourStep) -> None:
    """A link to the first of the step's pages that is there."""
    pages = streamlit_pages()
    name = next((each for each in step.pages if each in pages), None)
    if name is not None:
        st.page_link(
            pages[name],
            label=f"**More on the page “{pages[name].title}”**",
            query_params=step.settings.get(name, {}),
        )


if __name__ == "__main__":
    run_app()
