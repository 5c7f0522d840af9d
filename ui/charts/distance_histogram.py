"""The chart of how far test images are from others."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import streamlit as st

from core.experiments.records.near_duplicates import Distances
from ui.charts.base import MIDDLE_GREY, as_json, draw_chart, two_groups

_TRAIN, _OTHER = "Nearest training image", "Nearest image of another count or hand"


def draw_distances(histogram: Distances, threshold: float, mirrored: bool) -> None:
    """Draw two histograms over each other, and where near-duplicates end, in grey levels.

    ``mirrored`` test images were mirrored before the search among the training images.
    """
    train = histogram.mirrored if mirrored else histogram.train
    width = histogram.bin_width
    rows = [
        {"group": name, "from": number * width, "to": (number + 1) * width, "images": count}
        for name, counts in ((_TRAIN, train), (_OTHER, histogram.other_class))
        for number, count in enumerate(counts)
        if count
    ]
    bars = alt.Chart(alt.InlineData(values=rows)).mark_bar(binSpacing=0)
    bars = bars.encode(
        x=alt.X("from:Q", title="Distance in grey levels (0 to 255)", bin="binned"),
        x2="to:Q",
        y=alt.Y("images:Q", title="Test images", stack=None),
        opacity=two_groups("group:N", [_TRAIN, _OTHER], direction="vertical"),
        tooltip=[
            alt.Tooltip("group:N", title="Distance to"),
            alt.Tooltip("from:Q", title="From, in grey levels"),
            alt.Tooltip("to:Q", title="To, in grey levels"),
            alt.Tooltip("images:Q", title="Test images"),
        ],
    )
    values = [{"at": threshold, "text": f"near-duplicates: below {threshold:.1f}"}]
    limit = alt.Chart(alt.InlineData(values=values)).encode(x="at:Q")
    line = limit.mark_rule(strokeDash=[4, 3], color=MIDDLE_GREY)
    words = limit.mark_text(align="left", dx=6, fontSize=13, color=MIDDLE_GREY)
    words = words.encode(y=alt.value(10), text="text:N")
    st.markdown("**How far test images are from other images**")
    draw_chart(
        as_json(alt.layer(bars, line, words).properties(height=340)),
        "Histogram of distances in grey levels. The most frequent distance to the nearest "
        f"training image is {_peak(train, width):.1f}, to the nearest image of another count or "
        f"hand {_peak(histogram.other_class, width):.1f}. Near-duplicates are below "
        f"{threshold:.1f}.",
    )


def _peak(counts: Sequence[int], width: float) -> float:
    """The middle of the fullest bin."""
    return (int(np.argmax(counts)) + 0.5) * width
