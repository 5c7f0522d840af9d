"""The engine beside MediaPipe Hands, in the same Chromium, on the same frames.

Drawn sequences with known truth, which both follow; and held-out photos of one hand, which both
read anew. MediaPipe counts fingers by the rule of ``core.hands_training.mediapipe_baseline``.
"""

import base64
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import Page

from core.common.types import SIDES, Box, Uint8Array
from core.hands.pipeline import MAX_HANDS
from core.hands.tracking import HALF_LIFE
from core.hands_training.photo_datasets import UNKNOWN
from core.hands_training.photo_labels import box_around
from core.hands_training.test_sets import sources_in
from core.synthetic.sequence import SCENES, SequenceFrame, draw_sequence
from tests.helpers import browser_engine as engine_page
from tests.helpers.browser import encoded, running_app, running_browser, write_camera_film
from tests.helpers.browser_engine import engine
from tests.helpers.following import Tally, Told, lately
from tests.load.figures import machine, print_figure
from tests.load.mediapipe_page import FLAGS, mediapipe_page
from tests.load.mediapipe_page import Read as MediaPipeRead

FIRST_SEED = 9_500_000
"""Of the sequences; nothing else draws these."""

FRAMES_PER_SECOND = 5.0
"""Of the sequences: more than MediaPipe reads on WebGL by software."""

PAUSE = 10.0
"""Seconds between two sequences, after which no hand is followed any more."""

_SETTINGS = {"max_hands": MAX_HANDS, "half_life": HALF_LIFE}
_FOLLOW = """async ([data, now, settings]) => {
  const image = new Image();
  image.src = data;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  const started = performance.now();
  const frame = await createImageBitmap(canvas);
  const { hands } = await window.ask({ frame, now, settings }, [frame]);
  const milliseconds = performance.now() - started;
  return { milliseconds, hands: hands.map(({ box, observed }) => ({ box, observed })) };
}"""


Reader = Callable[[Uint8Array, float | None], tuple[float, list[Told]]]
"""Takes an RGB frame and its second, or a photo and None, which is read anew. Returns milliseconds
and the hands, the most confident first."""


@dataclass
class Score:
    """What one of the two said of the sequences, and of photos of one hand each."""

    tally: Tally = field(default_factory=Tally)
    milliseconds: list[float] = field(default_factory=list)
    photos: int = 0
    photos_right: int = 0
    photo_milliseconds: list[float] = field(default_factory=list)

    def read_sequence(self, frames: Iterable[tuple[SequenceFrame, int]], read: Reader) -> None:
        """Have the frames of a sequence read one after the other."""
        for frame, there in frames:
            milliseconds, told = read(frame.pixels, frame.second)
            self.milliseconds.append(milliseconds)
            self.tally.judge(frame.hands, there, told)

    def read_photo(self, pixels: Uint8Array, fingers: int, read: Reader) -> None:
        """Have a photo of one hand read; one that is not found counts as wrong."""
        milliseconds, told = read(pixels, None)
        self.photo_milliseconds.append(milliseconds)
        self.photos += 1
        self.photos_right += bool(told) and told[0].fingers == fingers

    def print(self, title: str) -> None:
        """Print the figures."""
        frames, tally = len(self.milliseconds), self.tally
        print_figure(f"{title}: {frames} drawn frames", pace(self.milliseconds), "a second")
        counts = 100 * tally.counts_right / tally.counts
        print_figure(f"… right counts of {tally.counts} hands", counts, "%")
        print_figure(
            f"… right sides of {tally.hands} hands", 100 * tally.sides_right / tally.hands, "%"
        )
        if self.photos:
            right = 100 * self.photos_right / self.photos
            print_figure(f"… right counts of {self.photos} held-out photos", right, "%")
            print_figure("… photos", pace(self.photo_milliseconds), "a second")


def pace(milliseconds: Sequence[float]) -> float:
    """A second, by the median."""
    return 1e3 / median(milliseconds)


def measure_beside_mediapipe(each: int, photos: int, data: Path | None) -> None:
    """Print the pace of both, and how often each counts right.

    Args:
        each: sequences of each scene.
        photos: how many of a folder of datasets, at most; evenly of all.
        data: the folder, if there is one.
    """
    ours, theirs = Score(), Score()
    with TemporaryDirectory() as folder:
        film = Path(folder) / "none.mjpeg"
        write_camera_film(film, np.zeros((48, 64, 3), np.uint8))
        with (
            running_app() as address,
            running_browser(film, FLAGS) as browser,
            engine(our_page := browser.new_page(), address) as read_ours,
            mediapipe_page(browser.new_page()) as read_theirs,
        ):
            readers = ((ours, _ours(our_page, read_ours)), (theirs, _theirs(read_theirs)))
            for scene, seed in product(SCENES, range(FIRST_SEED, FIRST_SEED + each)):
                drawn = draw_sequence(seed, scene, frames_per_second=FRAMES_PER_SECOND)
                frames = list(lately(drawn))
                for score, read in readers:
                    score.read_sequence(frames, read)
            for pixels, fingers in () if data is None else held_out_hands(data, photos):
                for score, read in readers:
                    score.read_photo(pixels, fingers, read)
            name = machine(browser, ["WebGL by SwiftShader on the processor"])
    ours.print("the engine")
    theirs.print("`@mediapipe/hands`")
    print(f"\nMeasured on {name}.\n", flush=True)


def _ours(page: Page, read: engine_page.Read) -> Reader:
    sequences = itertools.count()
    start = 0.0

    def reader(pixels: Uint8Array, second: float | None) -> tuple[float, list[Told]]:
        nonlocal start
        if second is None:
            answer = read(pixels)
            told = [
                Told(
                    Box(*hand["box"]),
                    int(np.argmax(hand["fingers"])),
                    SIDES[int(np.argmax(hand["sides"]))],
                )
                for hand in answer["hands"]
            ]
            return answer["milliseconds"], told
        if second == 0:
            start = PAUSE * next(sequences)
        data = "data:image/png;base64," + base64.b64encode(encoded(pixels, ".png")).decode()
        answer = page.evaluate(_FOLLOW, [data, start + second, _SETTINGS])
        height, width = pixels.shape[:2]
        told = [
            Told(
                Box(*np.multiply(hand["box"], (width, height, width, height)).tolist()),
                hand["observed"]["fingers"],
                hand["observed"]["side"],
            )
            for hand in answer["hands"]
        ]
        return answer["milliseconds"], told

    return reader


def _theirs(read: MediaPipeRead) -> Reader:
    def reader(pixels: Uint8Array, second: float | None) -> tuple[float, list[Told]]:
        answer = read(pixels, not second)
        return answer.milliseconds, [
            Told(box_around(hand.landmarks[:, :2]), hand.fingers, hand.side)
            for hand in answer.hands
        ]

    return reader


def held_out_hands(folder: Path, count: int) -> Iterator[tuple[Uint8Array, int]]:
    """About that many held-out photos of one hand with its count, evenly of all datasets."""
    sources = sources_in(folder)
    each = -(-count // len(sources))
    for source in sources.values():
        known = [
            photo
            for photo in source.photos
            if len(photo.hands) == 1 and photo.hands[0].fingers != UNKNOWN
        ]
        for index in np.linspace(0, len(known) - 1, min(each, len(known))).astype(int):
            yield source.load(known[index]).pixels, known[index].hands[0].fingers
