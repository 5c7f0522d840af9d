"""Recorded results on a page: their provenance, and a table to download."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import streamlit as st

from core.common.formatting import as_csv
from core.experiments.records.store import Provenance
from ui.page import draw_download


class Measured(NamedTuple):
    """Figures of a page: with what they were measured, how to again, and what else is to say."""

    provenance: Provenance
    command: str
    method: str = ""


def draw_how_measured(*figures: Measured) -> None:
    """One fold, at the end of a page: what its figures were measured on, when, and how."""
    with st.expander("How this was measured", icon=":material/straighten:"):
        for each in figures:
            if each.method:
                st.markdown(each.method)
            st.caption(_in_words(each))


def _in_words(figures: Measured) -> str:
    provenance = figures.provenance
    data = provenance.data
    kind = "images drawn by the program, not the dataset" if data.rendered else f"“{data.name}”"
    day = datetime.fromisoformat(provenance.created)
    versions = ", ".join(f"{package} {version}" for package, version in provenance.versions.items())
    return (
        f"`{figures.command}`, {day:%d %B %Y}, on {kind}: {data.train_images:,} training and "
        f"{data.test_images:,} test images, fingerprint {data.fingerprint[:12]}…. "
        f"Seed {provenance.seed}; {versions}; {provenance.machine}."
    )


def draw_table_and_download(rows: Sequence[dict[str, Any]], file_name: str, text: str) -> None:
    """A table that opens on demand, and the same as a file; ``text`` says what the table holds."""
    with st.expander("As a table"):
        st.dataframe(rows, hide_index=True, alt=text)
        draw_download("Download as CSV", as_csv(rows), file_name, "text/csv")
