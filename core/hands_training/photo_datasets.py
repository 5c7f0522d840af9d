"""The datasets of real photos: one entry in ``DATASETS`` fully describes one.

The datasets are zips or folders provided by the user; none is part of the project. Each has a
table ``labels.csv`` with the columns ``file`` and ``fingers``, and some of ``side``, ``extended``,
``face`` and the box.
"""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

import numpy as np

from core.common.types import FACES, Uint8Array
from core.hands_training.cutouts import hand_on_black, hand_on_plain_background

UNKNOWN = -1
"""A missing label; its loss is masked."""

PALM = FACES.index("palm")

Row = dict[str, str]

Measure = Literal[
    "count",
    "side",
    "side (pseudo-labels)",
    "side and face",
    "hand found (IoU ≥ 0.5)",
    "answered at 99% precision",
    "a hand reported",
    "number of hands and their total",
    "two hands reported",
    "sure and wrong",
]
"""What can be measured on photos, in the words of the model cards."""

CutOut = Callable[[Uint8Array], Uint8Array | None]
"""A function of ``core.hands_training.cutouts``."""


def never_cut_out(_: Uint8Array) -> None:
    """For photos whose background is not plain."""


def every_file(_: str) -> bool:
    """Every held-out photo is measured."""
    return True


def no_file(_: str) -> bool:
    """Every photo shows a hand."""
    return False


def no_row(_: Row) -> bool:
    """No held-out photo is kept from being measured."""
    return False


def _file(row: Row, _: float) -> str:
    return row["file"]


def _number(row: Row) -> int:
    digits = re.findall(r"\d+", PurePosixPath(row["file"]).stem)
    return int(digits[-1]) if digits else 0


def _group(row: Row) -> int:
    return int(row["group"].removeprefix("g"))


@dataclass(frozen=True)
class PhotoDataset:
    """One dataset: how its labels are read, and what its photos are used for.

    Attributes:
        name: of its zip or folder.
        holds_out: decides whether a photo is held out for measuring, from its row in the table and
            its position among the photos in its folder (0 to 1).
        title: a description of its held-out photos, in the words of the model cards.
        classifier_share, detector_share: how often training samples are taken from it, relative to
            the other datasets.
        measures: what is measured on its held-out photos, each with the project's target, or "".
        measured: whether a held-out file is measured.
        hand_free: whether a file shows no hand.
        face: of every hand in it, if its table does not say; UNKNOWN if they differ.
        one_hand_each: whether the box around a photo's landmarks is the only one.
        calibrates: whether the models are calibrated on its held-out photos; other datasets show
            how well calibrated they are.
        only_calibrates: whether a held-out row's photo calibrates the models and is never measured.
        cut_out: segments a hand in one of its photos, to composite it onto another background.
        person: whose photos belong together, arguments as of ``holds_out``; each photo by itself
            where it is not known.
    """

    name: str
    holds_out: Callable[[Row, float], bool]
    title: str
    classifier_share: float
    detector_share: float
    measures: Mapping[Measure, str]
    measured: Callable[[str], bool] = every_file
    hand_free: Callable[[str], bool] = no_file
    face: int = UNKNOWN
    one_hand_each: bool = False
    calibrates: bool = True
    only_calibrates: Callable[[Row], bool] = no_row
    cut_out: CutOut = never_cut_out
    person: Callable[[Row, float], str] = _file

    def __post_init__(self) -> None:
        if min(self.classifier_share, self.detector_share) <= 0:
            raise ValueError(f"samples are to be drawn from every dataset: {self}")


DATASETS: tuple[PhotoDataset, ...] = (
    PhotoDataset(
        "sign_digits",
        lambda _, place: place >= 0.8,
        title="signs 1–9 by other students",
        classifier_share=0.06,
        detector_share=0.05,
        measures={"count": "99%", "side": "99.5%"},
        measured=lambda file: not file.startswith("0/"),
        face=PALM,
        one_hand_each=True,
        calibrates=False,
        cut_out=hand_on_plain_background,
        # Each sign's photos are in the students' order, of whom there are about 155.
        person=lambda _, place: str(int(155 * place)),
    ),
    PhotoDataset(
        "sign_letters",
        lambda row, _: row["person"] in ("hand5", "tom"),
        title="letters by other people",
        classifier_share=0.1,
        detector_share=0.05,
        measures={"count": "", "side": ""},
        face=PALM,
        one_hand_each=True,
        cut_out=hand_on_black,
        person=lambda row, _: row["person"],
    ),
    PhotoDataset(
        "webcam_hands",
        lambda row, _: row["session"] in ("26", "55", "3", "3_1528499009.07"),
        title="webcam frames from other sessions",
        classifier_share=0.2,
        detector_share=0.24,
        measures={
            "count": "97%",
            "hand found (IoU ≥ 0.5)": "98%",
            "side (pseudo-labels)": "",
            "answered at 99% precision": "90%",
        },
        calibrates=False,
        person=lambda row, _: row["session"],
    ),
    PhotoDataset(
        "room_hands",
        lambda _, place: 0.4 <= place < 0.55,
        title="hands at home, other photos",
        classifier_share=0.22,
        detector_share=0.2,
        measures={"count": "", "hand found (IoU ≥ 0.5)": ""},
        # Neighbouring numbers are near copies.
        person=lambda row, _: str(_number(row) // 10),
    ),
    PhotoDataset(
        "desk_gestures",
        lambda row, _: row["session"] == "teal",
        title="gestures at a desk, other session",
        classifier_share=0.1,
        detector_share=0.14,
        measures={"count": ""},
        person=lambda row, _: row["session"],
    ),
    PhotoDataset(
        "selfies",
        lambda row, _: _number(row) % 5 == 0,
        title="selfies of other people",
        classifier_share=0.18,
        detector_share=0.24,
        measures={"count": "", "side (pseudo-labels)": ""},
    ),
    PhotoDataset(
        "finger_combinations",
        lambda row, _: _number(row) >= 1200,
        title="finger combinations, other photos",
        classifier_share=0.14,
        detector_share=0.08,
        measures={"count": ""},
        person=lambda _row, _: "the one person",
    ),
    PhotoDataset(
        "people_rooms",
        # Of 44 groups: g01, g04, g07 and so on to g43. Calibrating: g04, g10, g16 and so on.
        lambda row, _: _group(row) % 3 == 1,
        title="other people in their rooms",
        classifier_share=0.33,
        detector_share=0.33,
        measures={"count": "93%", "hand found (IoU ≥ 0.5)": "", "a hand reported": "under 1%"},
        hand_free=lambda file: file.startswith("no_hand/"),
        calibrates=False,
        only_calibrates=lambda row: _group(row) % 2 == 0,
        person=lambda row, _: row["group"],
    ),
    PhotoDataset(
        # Made by ``core.hands_training.object_photos``; it has no hands to draw samples from.
        "object_photos",
        lambda row, _: _group(row) % 5 == 1,
        title="things that are no hands",
        classifier_share=0.01,
        detector_share=0.01,
        measures={"a hand reported": "under 1%"},
        hand_free=lambda _: True,
        calibrates=False,
        only_calibrates=lambda row: _group(row) % 2 == 0,
    ),
)
"""One entry is all that a dataset needs. Add new ones at the end: a photo's corruptions depend on
the position of its dataset. Whole students, people, sessions, sources and runs of neighbouring
photos are held out."""


def datasets() -> dict[str, PhotoDataset]:
    """The datasets by name, in the order of the table."""
    return {dataset.name: dataset for dataset in DATASETS}


def random_dataset(
    present: Container[str], share: Callable[[PhotoDataset], float], rng: np.random.Generator
) -> str:
    """The name of a random dataset of those present, each chosen as often as its share says."""
    found = [dataset for dataset in DATASETS if dataset.name in present]
    shares = np.array([share(dataset) for dataset in found])
    return found[int(rng.choice(len(found), p=shares / shares.sum()))].name
