"""Tables as CSV files."""

import csv
import io

import pytest

from core.common.formatting import as_csv


@pytest.mark.parametrize("before", ["", "a;", "a; ", "\n", "a\n", "\u00a0", "a,\t", ";;"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_no_part_of_a_cell_begins_as_a_formula(before: str, sign: str) -> None:
    content = as_csv([{"file": f"{before}{sign}1+1"}, {"file": "hand-2 =5.jpg"}])
    named, plain = (row["file"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert named == f"{before}'{sign}1+1"
    assert plain == "hand-2 =5.jpg"
