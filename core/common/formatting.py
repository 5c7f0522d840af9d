"""Formats numbers and tables in the same way everywhere."""

import csv
import io
import re
from collections.abc import Mapping, Sequence


def format_share(share: float, digits: int = 1) -> str:
    """A share, of which 1 is 100%, as a percentage such as "99.4%"; see ``percent``."""
    return f"{percent(share, digits):.{digits}f}%"


def percent(share: float, digits: int = 1) -> float:
    """A share in percent, rounded, but never to certainty: a single mistake is not rounded away."""
    rounded, step = round(100 * share, digits), 10.0**-digits
    if not 0 < share < 1:
        return rounded
    return round(min(max(rounded, step), 100 - step), digits)


# Elsewhere a semicolon separates cells; the last four signs are the wide forms of the first ones.
_FORMULA = re.compile(r"(?:^|[;,\t\r\n])\s*(?=[=+\-@＝＋－＠])")


def as_csv(rows: Sequence[Mapping[str, object]]) -> bytes:
    """Rows that all have the same columns, as a CSV file with a header (RFC 4180).

    Spreadsheet programs read it as UTF-8, by its byte order mark, and run nothing in it: an
    apostrophe stands before what they would take for a formula.
    """
    content = io.StringIO(newline="")
    writer = csv.DictWriter(content, list(rows[0]) if rows else ())
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    return content.getvalue().encode("utf-8-sig")


def _harmless(value: object) -> object:
    return _FORMULA.sub(r"\g<0>'", value) if isinstance(value, str) else value
