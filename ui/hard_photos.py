"""How well hands are read where it is hard to see them, beside MediaPipe."""

import altair as alt
import streamlit as st

from core.artifacts.cards import MetricScore, PhotoFacts
from core.common.formatting import format_share
from ui.teaching import MIDDLE_GREY, draw

_HERE, _BASELINE = "here", "MediaPipe"


def draw_hard_photos(facts: PhotoFacts) -> None:
    """Draw bars of the shares; nothing where they were not measured.

    Args:
        card: the hand classifier's.
    """
    scores = facts.of_corrupted_photos
    if not scores:
        return
    st.header("When it gets hard", anchor=False)
    st.markdown("**Counts read right, of the same photos made harder**")
    draw(_bars(scores).properties(height=60 * len(scores) + 80), _told(scores))
    images = max(score.images for score in scores.values())
    st.caption(
        f"{images:,} photos that no training saw: shrunk to a third of another scene, turned by a "
        "quarter, overexposed, nearly dark, out of focus, or compressed to blocks. MediaPipe "
        "0.10.21 tells joints; a rule makes a count of them. A hand that is not found counts as "
        "wrong, for both. Measured with `python -m core evaluate field`."
    )


def _bars(scores: dict[str, MetricScore]) -> alt.LayerChart | alt.FacetChart:
    rows = [
        {"photos": condition, "who": who, "percent": round(100 * share, 1)}
        for condition, score in scores.items()
        for who, share in ((_HERE, score.value), (_BASELINE, score.baseline))
        if share is not None
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("photos:N", title=None, sort=None, axis=alt.Axis(labelFontSize=14, labelLimit=0)),
        yOffset=alt.YOffset("who:N", sort=[_HERE, _BASELINE]),
        x=alt.X(
            "percent:Q",
            title="Photos read right, in %",
            scale=alt.Scale(domain=[0, 110]),
            axis=alt.Axis(values=[0, 25, 50, 75, 100]),
        ),
        tooltip=[
            alt.Tooltip("photos:N", title="Photos"),
            alt.Tooltip("who:N", title="Read by"),
            alt.Tooltip("percent:Q", title="Read right, in %"),
        ],
    )
    bars = base.mark_bar(cornerRadius=3).encode(
        # Lightness, not hue, tells the two apart, and so does their order.
        opacity=alt.Opacity(
            "who:N",
            title=None,
            sort=[_HERE, _BASELINE],
            scale=alt.Scale(domain=[_HERE, _BASELINE], range=[0.95, 0.4]),
            legend=alt.Legend(orient="top", labelLimit=0),
        )
    )
    shares = base.mark_text(align="left", dx=4, fontSize=13, color=MIDDLE_GREY)
    return alt.layer(bars, shares.encode(text=alt.Text("percent:Q", format=".1f")))


def _told(scores: dict[str, MetricScore]) -> str:
    return "Shares read right. " + " ".join(
        f"{condition}: {format_share(score.value)} here"
        + ("." if score.baseline is None else f", {format_share(score.baseline)} by MediaPipe.")
        for condition, score in scores.items()
    )
