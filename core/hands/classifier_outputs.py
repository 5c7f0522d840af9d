"""What the hand classifier answers about a hand, as one row of numbers."""

from core.common.types import FINGER_COUNTS
from core.zoo.hand_classifier import OUTPUTS

COUNT = slice(0, len(FINGER_COUNTS))
"""Logits of the counts 0 to 5."""
RIGHT = 6
"""Logit of a right hand."""
BACK = 7
"""Logit of a hand's back."""
HAND = 8
"""Logit of a hand at all."""
EXTENDED = slice(9, 14)
"""Logits of the five fingers being extended, from the thumb on."""
LANDMARKS = slice(14, 56)
"""x and y of the 21 landmarks, 0 at the middle of the image, 1 at its right or lower edge."""
WIDTH = OUTPUTS
