"""Files of taught signs, and messages of the page that teaches them."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from core.few_shot.head_file import head_json, open_head
from core.few_shot.learning import Head
from core.few_shot.lesson import Lesson, Recording, Sign
from core.zoo.hand_classifier import FEATURES
from tests.fuzz.mutations import JSON, MUTATIONS, mutated
from ui.teach.messages import checked_change

VERSION = "a" * 64


@cache
def small_head() -> bytes:
    """A file of two signs of one sample."""
    features = np.ones((1, FEATURES), np.float16)
    signs = tuple(Sign(f"Sign {each}", (Recording(each, features),)) for each in (1, 2))
    weights, biases = np.zeros((3, FEATURES), np.float32), np.zeros(3, np.float32)
    head = Head(("Sign 1", "Sign 2"), weights, biases, 0.5)
    return head_json(head, Lesson(signs), VERSION)


HEADS = JSON.map(lambda value: json.dumps(value).encode()) | MUTATIONS.map(
    lambda mutations: mutated(small_head(), mutations)
)


def enter_head(content: bytes, _folder: Path) -> None:
    """Open a file."""
    open_head(content, VERSION)


def enter_change(message: object, _folder: Path) -> None:
    """Check a message, which is a change or nothing."""
    checked_change(message)
