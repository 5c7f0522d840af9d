"""How well hands are read under difficult conditions, compared with MediaPipe."""

import altair as alt
import streamlit as st

from core.artifacts.photo_facts import MetricScore, PhotoFacts
from core.common.formatting import format_share
from ui.charts.base import MIDDLE_GREY, as_json, draw_chart

_OURS, _BASELINE = "this program", "MediaPipe"


def draw_corruption_bars(facts: PhotoFacts) -> None:
    """Draw a bar for each corruption on the hand classifier's card; nothing if there is none."""
    scores = facts.of_corrupted_photos
    if not scores:
        return
    st.header("Under difficult conditions", anchor=False)
    st.markdown("**Correct counts on the same photos, made harder**")
    draw_chart(as_json(_bars(scores).properties(height=60 * len(scores) + 80)), _alt_text(scores))
    images = max(score.images for score in scores.values())
    st.caption(
        f"{images:,} photos that were not used in training: shrunk into a third of another scene, "
        "rotated by 90°, overexposed, nearly dark, out of focus, or heavily compressed. MediaPipe "
        "0.10.21 locates the joints, and a rule counts the fingers. For both, a missed hand "
        "counts as wrong. Measured with `python -m core evaluate photos`."
    )


def _bars(scores: dict[str, MetricScore]) -> alt.LayerChart | alt.FacetChart:
    rows = [
        {"photos": condition, "who": who, "percent": round(100 * share, 1)}
        for condition, score in scores.items()
        for who, share in ((_OURS, score.value), (_BASELINE, score.baseline))
        if share is not None
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("photos:N", title=None, sort=None, axis=alt.Axis(labelFontSize=14, labelLimit=0)),
        yOffset=alt.YOffset("who:N", sort=[_OURS, _BASELINE]),
        x=alt.X(
            "percent:Q",
            title="Correct counts (%)",
            scale=alt.Scale(domain=[0, 110]),
            axis=alt.Axis(values=[0, 25, 50, 75, 100]),
        ),
        tooltip=[
            alt.Tooltip("photos:N", title="Photos"),
            alt.Tooltip("who:N", title="Read by"),
            alt.Tooltip("percent:Q", title="Correct (%)"),
        ],
    )
    bars = base.mark_bar(cornerRadius=3).encode(
        # Lightness, not hue, tells the two apart, and so does their order.
        opacity=alt.Opacity(
            "who:N",
            title=None,
            sort=[_OURS, _BASELINE],
            scale=alt.Scale(domain=[_OURS, _BASELINE], range=[0.95, 0.4]),
            legend=alt.Legend(orient="top", labelLimit=0),
        )
    )
    shares = base.mark_text(align="left", dx=4, fontSize=13, color=MIDDLE_GREY)
    return alt.layer(bars, shares.encode(text=alt.Text("percent:Q", format=".1f")))


def _alt_text(scores: dict[str, MetricScore]) -> str:
    return "Shares of correct counts. " + " ".join(
        f"{condition}: {format_share(score.value)} by this program"
        + ("." if score.baseline is None else f", {format_share(score.baseline)} by MediaPipe.")
        for condition, score in scores.items()
    )
