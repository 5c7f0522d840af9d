"""What every shipped model says of 200 synthetic photos, to hold a change of the program against.

``python -m tests.helpers.golden_answers`` records it anew, where answers may change.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.common.types import FINGER_COUNTS, SIDES, Photo
from core.hands.pipeline import ArticleRecogniser, hand_recogniser, recognise
from core.synthetic.photo import draw_photo
from core.synthetic.sample_photos import draw_sample
from core.zoo import article_specs

GOLDEN_FILE = Path(__file__).parent / "golden" / "answers.npz"
FIRST_SEED = 7_001_000
PLAIN_PHOTOS = 100
FREE_PHOTOS = 100
MAX_HANDS = 4

Answers = dict[str, npt.NDArray[np.float64]]


def golden_photos() -> Iterator[Photo]:
    """Half are one hand before a plain background, half any hands in any scene."""
    for number in range(PLAIN_PHOTOS):
        fingers, side = FINGER_COUNTS[number % 6], SIDES[number // 6 % 2]
        yield Photo(draw_sample(fingers, side, FIRST_SEED + number).pixels)
    for number in range(FREE_PHOTOS):
        yield Photo(draw_photo(FIRST_SEED + PLAIN_PHOTOS + number).pixels)


def current_answers() -> Answers:
    """One row a photo; what was not found is NaN.

    Returns:
        ``brightness`` (200,), the mean of each photo; ``hands`` (200, 4, 62): box, score,
        counts, sides, faces, fingers and joints as the hand models tell them; and for each of the
        article's models (200, classes) probabilities.
    """
    specs = article_specs()
    hand_models = hand_recogniser()
    rows: dict[str, list[npt.NDArray[np.float64]]] = {}

    def add(name: str, *values: object) -> None:
        rows.setdefault(name, []).append(np.asarray(values, np.float64).squeeze())

    for photo in golden_photos():
        add("brightness", photo.pixels.mean())
        hands = np.full((MAX_HANDS, 62), np.nan)
        for number, hand in enumerate(recognise(photo, hand_models).hands):
            said = hand.prediction
            assert said.details is not None
            hands[number] = [
                *hand.box,
                hand.detection.score,
                *said.fingers_probabilities,
                *said.side_probabilities,
                *said.details.face_probabilities,
                *said.details.extended,
                *np.ravel(said.details.joints),
            ]
        add("hands", hands)
        article_hands = recognise(photo, ArticleRecogniser()).hands
        for name, spec in specs.items():
            counts = spec.target == "fingers"
            if not article_hands:
                add(name, np.full(len(FINGER_COUNTS) if counts else len(SIDES), np.nan))
                continue
            said = (
                ArticleRecogniser(fingers_model=name)
                if counts
                else ArticleRecogniser(side_model=name)
            ).classify(article_hands[0].prepared.image)
            add(name, said.fingers_probabilities if counts else said.side_probabilities)
    return {name: np.stack(row) for name, row in rows.items()}


if __name__ == "__main__":
    GOLDEN_FILE.parent.mkdir(exist_ok=True)
    np.savez_compressed(GOLDEN_FILE, allow_pickle=False, **current_answers())
