"""What Python says of frames, for the browser's engine to be held against."""

import base64
import itertools
from dataclasses import asdict, replace
from math import isfinite
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt

from core.common.types import SIDES, Box, Float32Array, Photo, Uint8Array
from core.hands.classifier import is_confident, rotation_of
from core.hands.detections import iou, is_same_hand
from core.hands.detector import decode_proposals
from core.hands.pipeline import ArticleRecogniser, hand_recogniser, recognise
from core.hands.postprocessing import as_prediction
from core.hands.prediction import Prediction
from core.hands.preprocessing import as_model_input
from core.hands.tflite import ServedNet
from core.hands.tracking import TrackedHand, TrackingSettings, Tracks, track
from core.images.decoding import to_grey
from core.images.geometry import Square, crop, letterbox
from core.live.browser_constants import browser_constants
from core.synthetic.photo import PhotoSettings, draw_photo
from core.synthetic.sample_photos import draw_sample
from core.zoo.hand_detector import FRAME_SIZE
from ui.wording import answer_words

SEED = 9_100_000
"""Of the photos; no other test draws these."""


class _Recorder:
    """A network that keeps what it answered."""

    def __init__(self, name: str, net: ServedNet, tape: list[tuple[str, Float32Array]]) -> None:
        self._name, self._net, self._tape = name, net, tape

    def answer(self, given: Float32Array) -> Float32Array:
        output = self._net.answer(given)
        self._tape.append((self._name, output))
        return output


class Taped:
    """The shipped models, with a tape of what their networks answered."""

    def __init__(self) -> None:
        self.tape: list[tuple[str, Float32Array]] = []
        plain = hand_recogniser()
        self.recogniser = replace(
            plain,
            detector=replace(plain.detector, net=self._recorded("detect", plain.detector.net)),
            classifier=replace(
                plain.classifier, net=self._recorded("classify", plain.classifier.net)
            ),
        )

    def _recorded(self, name: str, net: ServedNet) -> ServedNet:
        return cast(ServedNet, _Recorder(name, net, self.tape))

    def taken(self) -> list[dict[str, Any]]:
        """The answers since the last call."""
        answers = [{"net": name, "output": _floats(output)} for name, output in self.tape]
        self.tape.clear()
        return answers


def moving_frames(count: int) -> list[Uint8Array]:
    """A photo that a camera pans over, so that its hands move and leave."""
    photo = draw_photo(SEED + 5, PhotoSettings(width=640, height=480, hands=2)).pixels
    steps = ((3 * number, 2 * number) for number in range(count))
    return [np.ascontiguousarray(photo[y : y + 360, x : x + 480]) for x, y in steps]


def browser_vectors() -> dict[str, Any]:
    """Frames, the networks' answers to them, and what Python makes of these."""
    taped = Taped()
    photos = [
        draw_photo(SEED + number, PhotoSettings(width=400, height=300, hands=1 + number % 2)).pixels
        for number in range(6)
    ]
    # Its parts are searched as well.
    empty = draw_photo(SEED, PhotoSettings(width=403, height=301, hands=0)).pixels
    return {
        "constants": browser_constants(),
        "crops": _crops(photos[0]),
        "letterboxes": [
            _letterboxed(photos[1]),
            _letterboxed(draw_photo(SEED, PhotoSettings(width=640, height=480)).pixels),
        ],
        "recognitions": [_recognition(pixels, taped) for pixels in (*photos, empty)],
        "sequences": [
            {"settings": asdict(settings), "frames": _sequence(taped, settings)}
            for settings in (TrackingSettings(), TrackingSettings(max_hands=1, half_life=0.0))
        ],
        "article": [_article(pixels) for pixels in _plain_and_other_photos()],
        "pairs": _pairs(),
        "words": _words(taped.recogniser.calibration.answer),
    }


def _crops(pixels: Uint8Array) -> dict[str, Any]:
    squares = [
        Square(200.3, 150.7, side, rotation)
        for side, rotation in ((400, 0), (300.5, 0), (256, 20), (150.2, -170), (128, 37), (60, 0))
    ] + [Square(5, 290, 140, 0), Square(395.5, 2, 300, 95)]
    grey = to_grey(pixels)
    return {
        "frame": _image(pixels),
        "squares": [vars(square) for square in squares],
        "images": [_bytes(crop(grey, square)) for square in squares],
    }


def _letterboxed(pixels: Uint8Array) -> dict[str, Any]:
    frame = letterbox(pixels, FRAME_SIZE)
    return {"frame": _image(pixels), "pixels": _bytes(frame.pixels), "width": frame.width}


def _recognition(pixels: Uint8Array, taped: Taped) -> dict[str, Any]:
    hands = recognise(Photo(pixels), taped.recogniser).hands
    tape = taped.taken()
    return {
        "frame": _image(pixels),
        "tape": tape,
        "proposals": [
            {"box": each.box, "score": each.score}
            for each in decode_proposals(
                _array(tape[0]["output"]).reshape(24, 24, 5), taped.recogniser.detector.threshold
            )
        ],
        "outputs": [
            {
                "rotation": rotation_of(output),
                "confident": is_confident(output),
                "prediction": _prediction(as_prediction(output, taped.recogniser.calibration)),
            }
            for output in (_array(one["output"]) for one in tape if one["net"] == "classify")
        ],
        "hands": [
            {
                "box": hand.detection.box,
                "score": hand.detection.score,
                "prediction": _prediction(hand.prediction),
            }
            for hand in hands
        ],
    }


def _sequence(taped: Taped, settings: TrackingSettings) -> list[dict[str, Any]]:
    """Frames of a camera: hands move, are hidden for one frame, and the clock jumps once."""
    frames = moving_frames(12)
    frames[6] = np.full_like(frames[6], 120)
    times = [1 / 25 * number for number in range(len(frames) - 1)] + [9.0]
    tracks, rows = Tracks(), []
    for pixels, now in zip(frames, times, strict=True):
        tracks = track(Photo(pixels), taped.recogniser, tracks, now, settings)
        rows.append(
            {
                "frame": _image(pixels),
                "now": now,
                "tape": taped.taken(),
                "hands": [_tracked(hand) for hand in tracks.hands],
                "detected": _second(tracks.detected),
                "lost": _second(tracks.lost),
                "searched": _second(tracks.searched),
            }
        )
    return rows


def _second(second: float) -> float | None:
    return second if isfinite(second) else None


def _plain_and_other_photos() -> list[Uint8Array]:
    """Photos in which the article's models find a hand, in several sizes, and ones in which not."""
    sizes = ((640, 480), (480, 640), (320, 240), (200, 150))
    plain = [
        draw_sample(number % 6, SIDES[number % 2], SEED + number, *size).pixels
        for number, size in enumerate(3 * sizes)
    ]
    scenes = [
        draw_photo(SEED + 20 + number, PhotoSettings(width=640, height=480)).pixels
        for number in range(4)
    ]
    return [*plain, *scenes, np.full((240, 320, 3), 150, np.uint8)]


def _article(pixels: Uint8Array) -> dict[str, Any]:
    """What the article's models make of a photo."""
    recogniser = ArticleRecogniser()
    row: dict[str, Any] = {"frame": _image(pixels), "reading": None}
    grey = to_grey(pixels)
    for detection in recogniser.detect(Photo(pixels), grey).hands:
        assert detection.hand_mask is not None
        image = recogniser.preprocess(grey, detection).image
        fingers, side = (
            model.net.answer(as_model_input(image[None]))[0] for model in recogniser.models
        )
        prediction = recogniser.classify(image)
        row |= {
            "outputs": {"fingers": _floats(fingers), "side": _floats(side)},
            "mask": _bytes(detection.hand_mask.mask.astype(np.uint8)),
            "rotation": detection.hand_mask.rotation,
            "image": _bytes(image),
            "reading": {
                "box": detection.box,
                "fingers": prediction.fingers_probabilities,
                "sides": prediction.side_probabilities,
            },
        }
    return row


def _tracked(hand: TrackedHand) -> dict[str, Any]:
    return {
        "box": hand.box,
        "place": hand.place,
        "score": hand.score,
        "detectionScore": hand.detection_score,
        "seen": hand.seen,
        "joints": hand.joints.tolist(),
        "prediction": _prediction(hand.prediction),
    }


def _pairs() -> list[dict[str, Any]]:
    generator = np.random.default_rng(SEED)
    pairs = []
    for _ in range(40):
        low = generator.uniform(0, 100, (2, 2))
        high = low + generator.uniform(10, 120, (2, 2))
        one, other = (Box(*map(float, row)) for row in np.hstack([low, high]))
        pairs.append(
            {"boxes": [one, other], "iou": iou(one, other), "same": is_same_hand(one, other)}
        )
    return pairs


def _words(threshold: float) -> list[dict[str, Any]]:
    """What the page says of clear and unclear hands."""
    rows = []
    for count, count_share, right in itertools.product(
        (0, 1, 5), (0.3, 0.7, 0.995), (0.45, 0.2, 1)
    ):
        rest = (1 - count_share) / 5
        fingers = tuple(count_share if each == count else rest for each in range(6))
        prediction = Prediction(fingers, (1 - right, right), threshold)
        rows.append(
            {
                "prediction": {"fingers": fingers, "sides": prediction.side_probabilities},
                "words": answer_words(prediction),
            }
        )
    return rows


def _prediction(prediction: Prediction) -> dict[str, Any]:
    details = prediction.details
    assert details is not None
    return {
        "fingers": prediction.fingers_probabilities,
        "sides": prediction.side_probabilities,
        "hand": details.hand,
        "faces": details.face_probabilities,
        "extended": details.extended,
        "joints": details.joints,
    }


def _image(pixels: Uint8Array) -> dict[str, Any]:
    """An RGB image with a fourth channel, as a canvas has it."""
    rgba = cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA)
    return {"width": pixels.shape[1], "height": pixels.shape[0], "data": _bytes(rgba)}


def _bytes(values: npt.NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def _floats(values: Float32Array) -> str:
    return _bytes(values.astype("<f4"))


def _array(encoded: str) -> Float32Array:
    return np.frombuffer(base64.b64decode(encoded), "<f4")
