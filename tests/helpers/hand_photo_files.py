"""A dataset of synthetic photos, laid out as the real ones of hands are."""

import csv
import io
import zipfile
from pathlib import Path

import cv2
import numpy as np

from core.hands_training.synthetic_frames import draw_frame

COLUMNS = (
    "file", "gesture", "fingers", "side", "extended", "face", "xmin", "ymin", "xmax", "ymax",
)  # fmt: skip
PHOTOS = 10


def write_synthetic_photos(folder: Path) -> None:
    """Write one dataset of synthetic photos into a folder, laid out as the real ones are."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS)
    table.writeheader()
    with zipfile.ZipFile(folder / "selfies.zip", "w") as archive:
        seed = 0
        for number in range(1, PHOTOS + 1):
            frame, hands = draw_frame(seed := seed + 1)
            while len(hands) != 1:
                frame, hands = draw_frame(seed := seed + 1)
            name = f"images/synthetic_{number:02d}.jpg"
            pixels = np.ascontiguousarray(frame[:, :, 2::-1])
            archive.writestr(name, cv2.imencode(".jpg", pixels)[1].tobytes())
            up = [
                letter for letter, is_up in zip("TIMRL", hands["extended"][0], strict=True) if is_up
            ]
            box = dict(zip(COLUMNS[-4:], map(str, hands["box"][0]), strict=True))
            side, face = "LR"[hands["side"][0]], ("palm", "back")[hands["face"][0]]
            table.writerow(
                {
                    "file": name, "gesture": "synthetic", "fingers": len(up), "side": side,
                    "extended": "".join(up), "face": face, **box,
                }
            )  # fmt: skip
        archive.writestr("labels.csv", text.getvalue())
