"""The shapes of what models read and answer, by their task."""

from core.common.types import CLASSES, IMAGE_SIZE
from core.zoo import hand_classifier, hand_detector
from core.zoo._spec import Task

Shape = tuple[int, ...]

_IMAGE: Shape = (1, IMAGE_SIZE, IMAGE_SIZE, 1)
_FRAME: Shape = (1, hand_detector.FRAME_SIZE, hand_detector.FRAME_SIZE, 3)

_SHAPES: dict[Task, tuple[Shape, Shape]] = {
    "fingers": (_IMAGE, (1, len(CLASSES["fingers"]))),
    # A single output: the probability of a right hand.
    "side": (_IMAGE, (1, 1)),
    "detect": (_FRAME, (1, hand_detector.CELLS, hand_detector.CELLS, hand_detector.OUTPUTS)),
    "classify": (_IMAGE, (1, hand_classifier.OUTPUTS)),
}


def net_shapes(task: Task) -> tuple[Shape, Shape]:
    """The shapes of a network's input and output, with a batch of one."""
    return _SHAPES[task]
