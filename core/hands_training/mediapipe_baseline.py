"""The baseline: MediaPipe Hands with a rule on joint angles, in a separate environment.

MediaPipe needs numpy below 2, so this file imports nothing from the project and runs as a script:

    python3 -m venv mediapipe-env && mediapipe-env/bin/pip install mediapipe==0.10.21
    mediapipe-env/bin/python core/hands_training/mediapipe_baseline.py < paths.txt > answers.jsonl

It reads one path per line and prints one JSON object per photo: the milliseconds that MediaPipe
took and, for every hand, its score, side, 21 landmarks in pixels of the photo and finger count;
also the boxes of faces, before which hands are composited for training.
"""

import json
import sys
import time
from typing import Any

import cv2
import numpy as np

SMALL_PHOTO = 200
"""Longer side in pixels below which a photo is enlarged threefold, which helps MediaPipe."""

FINGER_JOINTS = ((5, 6, 8), (9, 10, 12), (13, 14, 16), (17, 18, 20))
"""Knuckle, middle joint and tip of the four fingers."""


def angle(points: Any, first: int, corner: int, last: int) -> float:
    """Degrees between the directions from the landmark ``corner`` to two others."""
    one, other = points[first] - points[corner], points[last] - points[corner]
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def count_fingers(points: Any) -> int:
    """The fingers that are straight and point away from the wrist, from (21, 3) landmarks."""

    def distance(first: int, last: int) -> float:
        return float(np.linalg.norm(points[first] - points[last]))

    count = sum(
        angle(points, knuckle, middle, tip) > 140 and distance(tip, 0) > distance(middle, 0)
        for knuckle, middle, tip in FINGER_JOINTS
    )
    thumb = (
        angle(points, 2, 3, 4) > 150
        and distance(4, 17) > 1.05 * distance(3, 17)
        and distance(4, 5) > 0.5 * distance(0, 5)
    )
    return int(count + thumb)


def answer(hands: Any, faces: Any, path: str) -> dict[str, Any]:
    """MediaPipe's answer for one photo."""
    image = cv2.imread(path)
    if image is None:
        raise SystemExit(f"{path} cannot be read as an image")
    enlarged = 1
    if max(image.shape[:2]) < SMALL_PHOTO:
        enlarged = 3
        image = cv2.resize(image, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    height, width = image.shape[:2]
    started = time.perf_counter()
    result = hands.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    milliseconds = (time.perf_counter() - started) * 1e3
    found = []
    for landmarks, handedness in zip(
        result.multi_hand_landmarks or (), result.multi_handedness or (), strict=True
    ):
        points = np.array([[p.x * width, p.y * height, p.z * width] for p in landmarks.landmark])
        label = handedness.classification[0]
        found.append(
            {
                "fingers": count_fingers(points),
                # MediaPipe names the side of a mirrored picture.
                "side": "L" if label.label == "Right" else "R",
                "score": round(label.score, 4),
                "points": (points[:, :2] / enlarged).round(1).tolist(),
            }
        )
    boxes = [
        detection.location_data.relative_bounding_box
        for detection in faces.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).detections or ()
    ]
    corners = np.array([[b.xmin, b.ymin, b.xmin + b.width, b.ymin + b.height] for b in boxes])
    scale = np.array([width, height, width, height]) / enlarged
    return {
        "file": path,
        "milliseconds": round(milliseconds, 2),
        "hands": found,
        "faces": (corners.reshape(-1, 4) * scale).round(1).tolist(),
    }


def main() -> None:
    """Answer for each path on standard input."""
    import mediapipe

    with (
        mediapipe.solutions.hands.Hands(
            static_image_mode=True,
            max_num_hands=2,
            model_complexity=1,
            min_detection_confidence=0.3,
        ) as hands,
        mediapipe.solutions.face_detection.FaceDetection(
            model_selection=1, min_detection_confidence=0.6
        ) as faces,
    ):
        for line in sys.stdin:
            print(json.dumps(answer(hands, faces, line.rstrip("\n"))), flush=True)


if __name__ == "__main__":
    main()
