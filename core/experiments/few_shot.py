"""How few samples of a new sign are enough, on people whom the hand classifier never saw.

Reads ``selfies`` and ``sign_letters`` in the folder ``$HAND_PHOTOS``, and runs MediaPipe in the
environment of the Python ``$MEDIAPIPE`` (docs/training.md). Samples come from people whom
the classifier learnt from, tests from those held out for good.
"""

import csv
import io
import math
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from core.common.environment import machine, now, versions
from core.common.errors import UserError
from core.common.progress import with_progress
from core.common.types import Float64Array, Uint8Array
from core.datasets.store import Dataset
from core.experiments import Experiment
from core.experiments.records.few_shot import (
    DESCRIPTIONS,
    Description,
    FewShotRecord,
    FewShotRun,
    PhotoSet,
)
from core.few_shot.features import features_input, frozen_layers
from core.few_shot.learning import learn_head
from core.few_shot.lesson import Lesson, Recording, Sign
from core.few_shot.regression import Labels, fit
from core.hands.pipeline import hand_recogniser, recognise
from core.hands.preprocessing import as_model_input
from core.hands_training import mediapipe_baseline
from core.hands_training.photo_datasets import datasets
from core.hands_training.photo_labels import (
    PhotoArchive,
    read_baseline_answers,
    read_labels,
)

SEED = 0
SAMPLES = (1, 3, 5, 10, 30)
DRAWS = 5
CNN_DRAWS = 1
"""Its trainings take the longest."""

MOST_SIGNS = 20
MOST_TO_LEARN, MOST_TO_TEST = 30, 5
"""Photos of a sign; to test, of a sign and a person. Chance chooses them, and the signs."""

PIXELS, CNN_PIXELS = 24, 32
CNN_STEPS = 240
"""Of 32 images each."""
_COLUMN: dict[PhotoSet, str] = {"selfies": "gesture", "sign_letters": "sign"}


@dataclass(frozen=True)
class _Photos:
    """One set: the described photos, their signs, and whether a photo is to test with.

    Rows of NaN stand for photos in which a description found no hand.
    """

    name: PhotoSet
    described: dict[Description, Float64Array]
    signs: Labels
    tests: npt.NDArray[np.bool_]


def run(_: Dataset) -> FewShotRecord:
    """Measure all descriptions on both sets; takes a quarter of an hour on two cores."""
    runs = []
    for name in _COLUMN:
        photos = _described(name)
        counts = np.bincount(photos.signs[~photos.tests])
        for samples in (each for each in SAMPLES if each <= counts.min()):
            runs += [_measured(photos, kind, samples) for kind in DESCRIPTIONS]
    return FewShotRecord(
        seed=SEED,
        classifier_sha256=frozen_layers().version,
        versions=versions(("numpy", "tensorflow", "ai-edge-litert")) | {"mediapipe": "0.10.21"},
        machine=machine(),
        created=now(),
        learning_seconds=round(_learning_seconds(), 4),
        runs=tuple(runs),
    )


def _measured(photos: _Photos, kind: Description, samples: int) -> FewShotRun:
    draws = CNN_DRAWS if kind == "cnn" else DRAWS
    shares = [_share_right(photos, kind, samples, draw) for draw in range(draws)]
    print(f"{photos.name}, {samples} samples, {kind}: {np.mean(shares):.3f}", flush=True)
    return FewShotRun(
        photos=photos.name,
        description=kind,
        samples=samples,
        signs=int(photos.signs.max()) + 1,
        test_photos=int(photos.tests.sum()),
        draws=draws,
        accuracy=round(float(np.mean(shares)), 4),
        lowest=round(min(shares), 4),
        highest=round(max(shares), 4),
    )


def _share_right(photos: _Photos, kind: Description, samples: int, draw: int) -> float:
    """Of the tests, after learning one draw; a hand that was not found counts as wrong."""
    rng = np.random.default_rng([SEED, draw, samples])
    pool = np.flatnonzero(~photos.tests)
    drawn = np.concatenate(
        [
            rng.permutation(pool[photos.signs[pool] == sign])[:samples]
            for sign in range(int(photos.signs.max()) + 1)
        ]
    )
    rows = photos.described[kind]
    tests = np.flatnonzero(photos.tests)
    drawn = drawn[np.isfinite(rows[drawn, 0])]
    if kind == "cnn":
        said = _cnn_answers(rows[drawn], photos.signs[drawn], rows[tests], draw)
        return float((said == photos.signs[tests]).mean())
    # A sign of which no hand was found cannot be learnt, nor answered.
    known, labels = np.unique(photos.signs[drawn], return_inverse=True)
    mean, deviation = rows[drawn].mean(axis=0), rows[drawn].std(axis=0)
    deviation = np.maximum(deviation, 0.1 * deviation.max())
    fitted = fit((rows[drawn] - mean) / deviation, labels, np.ones(len(drawn)))
    found = np.isfinite(rows[tests, 0])
    given = np.nan_to_num((rows[tests] - mean) / deviation)
    said = known[fitted.probabilities(given).argmax(axis=1)]
    return float((found & (said == photos.signs[tests])).mean())


def _cnn_answers(images: Float64Array, signs: Labels, tests: Float64Array, draw: int) -> Labels:
    """What a small CNN says, that was trained on the images alone, with small shifts."""
    import keras

    keras.utils.set_random_seed(SEED + draw)
    shape = (CNN_PIXELS, CNN_PIXELS, 1)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(shape),
            layers.Rescaling(1 / 255),
            layers.RandomTranslation(0.1, 0.1, fill_mode="nearest"),
            *(
                layer
                for filters in (16, 32, 64)
                for layer in (
                    layers.Conv2D(filters, 3, padding="same", activation="relu"),
                    layers.MaxPooling2D(),
                )
            ),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(int(signs.max()) + 1, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy")
    given = images.reshape(-1, *shape)
    # As many steps for few samples as for many.
    epochs = math.ceil(CNN_STEPS / math.ceil(len(images) / 32))
    model.fit(given, signs, batch_size=32, epochs=epochs, verbose=0)
    answers = model.predict(tests.reshape(-1, *shape), verbose=0)
    return np.asarray(answers.argmax(axis=1), np.intp)


def _described(name: PhotoSet) -> _Photos:
    archive = PhotoArchive(_folder(), name)
    labelled = read_labels(datasets()[name], archive)
    text = archive.read("labels.csv", 2**24).decode()
    rows = {row["file"]: row for row in csv.DictReader(io.StringIO(text))}
    chosen = _chosen(
        [(rows[e.file][_COLUMN[name]], rows[e.file].get("person", "")) for e in labelled],
        np.array([each.held_out for each in labelled]),
    )
    recogniser, frozen = hand_recogniser(), frozen_layers()
    found: dict[Description, list[Float64Array]] = {kind: [] for kind in DESCRIPTIONS}
    files = []
    with tempfile.TemporaryDirectory() as folder:
        for number in with_progress(chosen, f"Reading {name}"):
            photo = archive.photo(labelled[number])
            hands = recognise(photo, recogniser).hands
            image = features_input(photo, hands[0].detection.box if hands else None)
            found["features"].append(frozen.read(image).astype(np.float64))
            answers = recogniser.models[1].net.answer(as_model_input(image[None]))
            found["answers"].append(answers[0].astype(np.float64))
            found["pixels"].append(_small(image, PIXELS))
            found["cnn"].append(_small(image, CNN_PIXELS))
            files.append(Path(folder) / f"{number}.png")
            cv2.imwrite(str(files[-1]), cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2BGR))
        found["landmarks"] = _landmarks(files)
    names = [rows[labelled[number].file][_COLUMN[name]] for number in chosen]
    return _Photos(
        name,
        {kind: np.array(each) for kind, each in found.items()},
        np.unique(names, return_inverse=True)[1],
        np.array([labelled[number].held_out for number in chosen]),
    )


def _chosen(kinds: list[tuple[str, str]], tests: npt.NDArray[np.bool_]) -> list[int]:
    """Photos of signs that are in both parts, in random order, so many a sign and a person."""
    learnt = {sign for (sign, _), test in zip(kinds, tests, strict=True) if not test}
    tested = {sign for (sign, _), test in zip(kinds, tests, strict=True) if test}
    rng = np.random.default_rng(SEED)
    signs = {str(each) for each in rng.permutation(sorted(learnt & tested))[:MOST_SIGNS]}
    taken: dict[tuple[str, ...], int] = {}
    chosen = []
    for number in map(int, rng.permutation(len(kinds))):
        sign, person = kinds[number]
        key = (sign, person) if tests[number] else (sign,)
        most = MOST_TO_TEST if tests[number] else MOST_TO_LEARN
        if sign in signs and taken.get(key, 0) < most:
            taken[key] = taken.get(key, 0) + 1
            chosen.append(number)
    return chosen


def _small(image: Uint8Array, side: int) -> Float64Array:
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float64).ravel()


def _landmarks(files: list[Path]) -> list[Float64Array]:
    """(42,) of each photo: from the wrist, in units of the largest extent; NaN without a hand."""
    python = os.environ.get("MEDIAPIPE")
    if not python:
        raise UserError("Set MEDIAPIPE to a Python that has MediaPipe: docs/training.md.")
    output = subprocess.run(
        [python, mediapipe_baseline.__file__],
        input="\n".join(map(str, files)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    described = []
    for answer in read_baseline_answers(output):
        if not answer.hands:
            described.append(np.full(42, np.nan))
            continue
        best = max(answer.hands, key=lambda hand: hand.score)
        points = np.array(best.points, np.float64)
        points -= points[0]
        described.append((points / max(1e-6, np.abs(points).max())).ravel())
    return described


@cache
def _folder() -> Path:
    folder = os.environ.get("HAND_PHOTOS")
    if not folder:
        raise UserError("Set HAND_PHOTOS to the folder of the photo datasets: docs/data.md.")
    return Path(folder)


def _learning_seconds(tries: int = 9) -> float:
    """The median processor time of fitting eight signs of thirty samples."""
    frozen, rng = frozen_layers(), np.random.default_rng(SEED)
    signs = tuple(
        Sign(
            f"{number}",
            (
                Recording(
                    number,
                    np.maximum(0, frozen.world[number] + rng.normal(0, 0.3, (30, 128))).astype(
                        np.float16
                    ),
                ),
            ),
        )
        for number in range(8)
    )
    seconds = []
    for _ in range(tries):
        started = time.process_time()
        learn_head(Lesson(signs), frozen)
        seconds.append(time.process_time() - started)
    return float(np.median(seconds))


EXPERIMENT = Experiment("few_shot", "How few samples of a new sign are enough", run)
