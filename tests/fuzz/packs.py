"""The door of the pack of photos that the hand models learn from."""

import io
from functools import cache
from pathlib import Path

import numpy as np

from core.hands_training.photo_pack import FACE_DTYPE, HAND_DTYPE, PHOTO_DTYPE, read_pack


@cache
def small_pack() -> bytes:
    content = io.BytesIO()
    np.savez(
        content,
        photos=np.zeros(2, PHOTO_DTYPE),
        hands=np.zeros(2, HAND_DTYPE),
        faces=np.zeros(1, FACE_DTYPE),
        content=np.zeros(50, np.uint8),
        datasets=np.array(["selfies"]),
    )
    return content.getvalue()


def enter_pack(content: bytes, folder: Path) -> None:
    path = folder / "pack.npz"
    path.write_bytes(content)
    read_pack(path)
