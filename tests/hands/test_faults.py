"""Real photos that the program once read wrong, where they lie beside the project."""

import csv
from pathlib import Path

import pytest

from core.hands.pipeline import hand_recogniser, recognise
from core.images.decoding import decode_photo

FAULTS = Path(__file__).resolve().parents[3] / "shared" / "faults"
LABELS = FAULTS / "labels.csv"

STILL_WRONG = frozenset(
    {
        "far_two_fingers.jpg",
        "finger_on_lips.jpg",
        "flower.jpg",
        "pointing_down.jpg",
        "shadow_on_wall.jpg",
        "thumb_before_face.jpg",
        "thumb_down.jpg",
    }
)
"""Photos that the published models do not read yet."""

pytestmark = pytest.mark.skipif(not FAULTS.is_dir(), reason=f"the photos are not at {FAULTS}")


def _photos() -> list[dict[str, str]]:
    if not LABELS.is_file():
        return []
    with LABELS.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", _photos(), ids=lambda row: row["file"])
def test_what_was_read_wrong_is_read_right(
    row: dict[str, str], request: pytest.FixtureRequest
) -> None:
    if row["file"] in STILL_WRONG:
        request.applymarker(pytest.mark.xfail(reason=row["kind"], strict=True))
    photo = decode_photo((FAULTS / row["file"]).read_bytes())
    hands = recognise(photo, hand_recogniser()).hands
    assert len(hands) == int(row["hands"])
    if hands:
        assert hands[0].prediction.fingers == int(row["fingers"])
