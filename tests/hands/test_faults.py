"""Real photos that the program once read wrong, where they lie beside the project."""

from pathlib import Path

import pytest

from core.hands.pipeline import hand_recogniser, recognise
from core.images.decoding import decode_photo

FAULTS = Path(__file__).resolve().parents[3] / "shared" / "faults"

pytestmark = pytest.mark.skipif(not FAULTS.is_dir(), reason=f"the photos are not at {FAULTS}")


@pytest.mark.parametrize(
    ("name", "count"), [("one_hand_twice_a.jpg", 3), ("one_hand_twice_b.jpg", 2)]
)
def test_one_hand_is_reported_once(name: str, count: int) -> None:
    (hand,) = recognise(decode_photo((FAULTS / name).read_bytes()), hand_recogniser()).hands
    assert hand.prediction.fingers == count
