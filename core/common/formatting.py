"""Formats numbers and tables in the same way everywhere."""

import csv
import io
from collections.abc import Mapping, Sequence


def format_share(share: float, digits: int = 1) -> str:
    """A share, of which 1 is 100%, as a percentage such as "99.4%"."""
    return f"{share:.{digits}%}"


def as_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows that all have the same columns as CSV with a header (RFC 4180)."""
    content = io.StringIO(newline="")
    writer = csv.DictWriter(content, list(rows[0]) if rows else ())
    writer.writeheader()
    writer.writerows(rows)
    return content.getvalue()
