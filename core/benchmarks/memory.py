"""``python -m core.benchmarks.memory PHOTO``: prints the peak memory for one photo, in MB.

A separate script, because the peak includes everything its process has imported.
"""

import resource
import sys

import cv2
import numpy as np

from core.common.types import Photo
from core.hands.pipeline import hand_recogniser, recognise


def main(path: str) -> None:
    """Detect and classify the hands in a photo with freshly loaded models."""
    pixels = cv2.imread(path)
    assert pixels is not None
    photo = Photo(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8))
    assert recognise(photo, hand_recogniser()).hands
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)


if __name__ == "__main__":
    main(sys.argv[1])
