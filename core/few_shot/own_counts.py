"""Counts of one's own hand: six signs that correct the reader for a person and a camera."""

from dataclasses import dataclass

import numpy as np

from core.common.types import FINGER_COUNTS
from core.few_shot.features import FrozenLayers
from core.few_shot.learning import Learnt
from core.few_shot.lesson import Lesson, Sign
from core.hands.classifier import count_log_probabilities

COUNTS_LESSON = Lesson(tuple(Sign(str(count)) for count in FINGER_COUNTS))


@dataclass(frozen=True)
class OwnCounts:
    """How many held-out samples are counted right by the reader alone, and when corrected."""

    samples: int
    before: int
    after: int


def own_counts(lesson: Lesson, learnt: Learnt, frozen: FrozenLayers) -> OwnCounts | None:
    """Compare the reader with itself corrected, on recordings that the head did not see.

    Corrected, the probability of a count is the geometric mean of the reader's and the head's.
    None where the signs are not the six counts, or nothing can be held out.
    """
    if [each.name for each in lesson.signs] != [each.name for each in COUNTS_LESSON.signs]:
        return None
    features, counts, _, _ = lesson.table()
    held_out = np.isfinite(learnt.held_out[:, 0])
    if not held_out.any():
        return None
    features, counts = features[held_out], counts[held_out]
    answers = features @ frozen.last.weights.T + frozen.last.biases
    reader = count_log_probabilities(answers)
    taught = np.log(np.maximum(learnt.held_out[held_out, :-1], 1e-12))
    before = reader.argmax(axis=1) == counts
    after = (reader + taught).argmax(axis=1) == counts
    return OwnCounts(len(counts), int(before.sum()), int(after.sum()))
