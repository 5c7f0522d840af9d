"""Recorded results on a page: their provenance, a table to download, or why they are missing."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from core.experiments.records.store import MissingRecordError, Provenance, RecordError


def show_record_error(error: RecordError) -> None:
    """Say why results are not shown: not measured yet, or damaged."""
    if isinstance(error, MissingRecordError):
        st.info(str(error), icon=":material/hourglass_empty:")
    else:
        st.error(str(error), icon=":material/error:")


def draw_provenance(provenance: Provenance, command: str) -> None:
    """One small paragraph: what figures were measured on, when, with what, and how to again."""
    data = provenance.data
    kind = "images drawn by the program, not the dataset" if data.rendered else f"“{data.name}”"
    day = datetime.fromisoformat(provenance.created)
    versions = ", ".join(f"{package} {version}" for package, version in provenance.versions.items())
    st.caption(
        f"Measured on {day:%d %B %Y} on {kind}: {data.train_images:,} training and "
        f"{data.test_images:,} test images, fingerprint {data.fingerprint[:12]}…. "
        f"Seed {provenance.seed}; {versions}; {provenance.machine}. "
        f"To measure again: `{command}`"
    )


def draw_table_and_download(rows: Sequence[dict[str, Any]], file_name: str, text: str) -> None:
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
