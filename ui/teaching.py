"""What the teaching pages share: small pictures, bars with their values, and where figures come
from."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import altair as alt
import cv2
import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.common.types import Uint8Array
from core.experiments._records import MissingRecordError, Provenance, RecordError

MIDDLE_GREY = "#808080"
"""Stands out from the light background and from the dark one."""

_SMALL_SIZE = 256


def small_picture(image: Uint8Array, caption: str, text: str) -> None:
    """One of many pictures, with its name below.

    Args:
        image: (height, width) uint8, grey; its pixels stay crisp when it is enlarged.
        caption: a few words; none where it is empty.
        text: the alternative for those who do not see it.
    """
    times = max(1, _SMALL_SIZE // max(image.shape))
    large = np.ascontiguousarray(image).repeat(times, axis=0).repeat(times, axis=1)
    content = cv2.imencode(".png", large, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
    st.image(content, caption=caption or None, width="stretch", alt=text)


def tell_without_record(error: RecordError) -> None:
    """Say why results are not shown: not measured yet, or damaged."""
    if isinstance(error, MissingRecordError):
        st.info(str(error), icon=":material/hourglass_empty:")
    else:
        st.error(str(error), icon=":material/error:")


def small_cells(count: int) -> Iterator[DeltaGenerator]:
    """Places for small pictures: six in a row, on narrow screens two."""
    for _ in range(0, count, 6):
        for third in st.columns(3, gap="small"):
            yield from third.columns(2, gap="small", wrap=False)


def value_bars(title: str, axis: str, bars: Sequence[tuple[str, float, str]]) -> None:
    """Horizontal bars, each labelled with its value.

    Args:
        title: a few words, above.
        axis: the name and unit of the values.
        bars: label, value, and the value in words, from the top down.
    """
    rows = [
        # The value stands in the axis label, whose colour follows the theme, light or dark.
        {"label": f"{label} · {words}", "value": value}
        for label, value, words in bars
    ]
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(cornerRadius=3)
        .encode(
            y=alt.Y(
                "label:N", title=None, sort=None, axis=alt.Axis(labelFontSize=13, labelLimit=0)
            ),
            x=alt.X("value:Q", title=axis, axis=alt.Axis(tickCount=4)),
            tooltip=[alt.Tooltip("label:N", title=title), alt.Tooltip("value:Q", title=axis)],
        )
        .properties(height=30 * len(rows) + 64)
    )
    st.markdown(f"**{title}**")
    draw(chart, f"{title}: " + ", ".join(str(row["label"]) for row in rows) + ".")


def draw(chart: alt.Chart | alt.LayerChart | alt.FacetChart, text: str) -> None:
    """Draw a chart as wide as its place, with a text for those who do not see it."""
    specification: dict[str, Any] = chart.to_dict()
    st.vega_lite_chart(specification, width="stretch", alt=text)


def draw_provenance(provenance: Provenance, command: str) -> None:
    """One small paragraph: what figures were measured on, when, with what, and how to again."""
    data = provenance.data
    kind = "drawn images, not the dataset" if data.rendered else f"“{data.name}”"
    day = datetime.fromisoformat(provenance.created)
    versions = ", ".join(f"{package} {version}" for package, version in provenance.versions.items())
    st.caption(
        f"Measured on {day:%d %B %Y} on {kind}: {data.train_images:,} train and "
        f"{data.test_images:,} test images, fingerprint {data.fingerprint[:12]}…. "
        f"Seed {provenance.seed}; {versions}; {provenance.machine}. "
        f"Measure again: `{command}`"
    )


def table_and_download(rows: Sequence[dict[str, Any]], file_name: str, text: str) -> None:
    """A table that opens on demand, and the same as a file.

    Args:
        rows: numbers and words by column.
        file_name: of the CSV file.
        text: what the table holds, for those who do not see it.
    """
    with st.expander("As a table"):
        st.dataframe(rows, hide_index=True, alt=text)
        st.download_button(
            "Download as CSV",
            _as_csv(rows),
            file_name,
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def _as_csv(rows: Sequence[dict[str, Any]]) -> str:
    content = io.StringIO(newline="")
    writer = csv.DictWriter(content, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return content.getvalue()
