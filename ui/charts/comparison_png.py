"""Figures that people save, drawn with matplotlib, which is imported only for that."""

import io
from collections.abc import Sequence

from core.reports.comparison import ModelRow

_ACCENT, _OTHER = "#0f766e", "#b45309"


def comparison_png(rows: Sequence[ModelRow]) -> bytes:
    """Models on the dataset and on real photos, with 95% intervals, as a PNG file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 0.6 * len(rows) + 2.2), layout="constrained")
    axes = figure.subplots()
    for place, row in enumerate(reversed(rows)):
        for words, marker, colour, shift, share, interval in (
            ("on the dataset", "o", _ACCENT, 0.08, row.on_dataset, row.dataset_interval),
            ("on real photos", "s", _OTHER, -0.08, row.on_photos, row.photos_interval),
        ):
            if share is not None and interval is not None:
                axes.errorbar(
                    [share * 100], [place + shift], xerr=_whiskers(share, interval), fmt=marker,
                    color=colour, label=None if place else words, markersize=9, capsize=4,
                )  # fmt: skip
    axes.set_yticks(range(len(rows)), [row.title for row in reversed(rows)])
    axes.set_xlim(0, 102)
    axes.set_xlabel("Correct answers in % (with 95% interval)")
    axes.set_title(f"{rows[0].question.capitalize()}: on the dataset and on real photos")
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower left")
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=150)
    return content.getvalue()


def _whiskers(share: float, interval: tuple[float, float]) -> list[list[float]]:
    """How far the interval reaches to either side, in percentage points."""
    low, high = interval
    return [[max(0.0, share - low) * 100], [max(0.0, high - share) * 100]]
