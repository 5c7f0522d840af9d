"""``python -m core evaluate field``: every row of the field table, measured."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from core import artifacts
from core.artifacts import Mistake
from core.cards import FieldComparison, FieldScore
from core.dataset.importing import IMPORTED_NAME
from core.dataset.store import data_root, open_store, store_exists
from core.errors import UserError
from core.field_training.exam import DRAWN, EMPTY, FINGERS, Exam, exams, sources_in
from core.field_training.harder import HARDER
from core.field_training.outcomes import Outcome, lab_outcomes, our_outcomes, peer_outcomes
from core.field_training.scores import (
    QUESTIONS,
    Share,
    count_share,
    misread,
    score,
    side_share,
    with_peer,
)
from core.recognition import READER, field_recogniser
from core.zoo import all_specs

SHARES: dict[str, Callable[[Sequence[Outcome]], Share]] = {
    "fingers": count_share,
    "side": side_share,
}
"""How answers are counted, by what a model is asked."""

PHOTOS_VARIABLE = "FIELD_PHOTOS"


@dataclass
class FieldReport:
    """What was measured.

    Attributes:
        scores: the table's rows.
        mistakes: photos whose count was misread.
        comparison: models in the lab and in the field.
    """

    scores: list[FieldScore] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    comparison: list[FieldComparison] = field(default_factory=list)


def photos_folder(given: str | None) -> Path | None:
    """The folder of the datasets of real photos: the given one, or where they are kept.

    Raises:
        UserError: the given one does not exist.
    """
    if given is not None:
        folder = Path(given).expanduser()
        if not folder.is_dir():
            raise UserError(f"There is no folder {folder}.")
        return folder
    kept = Path(os.environ.get(PHOTOS_VARIABLE, data_root() / "photos"))
    return kept if kept.is_dir() else None


def find_exams(folder: Path | None) -> Exam:
    """The sets of images that can be had here."""
    fingers = open_store(IMPORTED_NAME) if store_exists(IMPORTED_NAME) else None
    return exams(sources_in(folder) if folder is not None else {}, fingers)


def measure(exam: Exam, peer: Path | None) -> FieldReport:
    """Read every set of images with the default models, and with the peer where it is there.

    Args:
        exam: the sets.
        peer: the interpreter of MediaPipe's environment.

    Raises:
        UserError: a model is not trained, or the peer cannot be run.
    """
    report, ours = FieldReport(), {}
    recogniser = field_recogniser()
    for name, photos in exam.items():
        ours[name] = our_outcomes(photos(), recogniser)
        theirs = peer_outcomes(photos(), peer) if peer is not None else None
        report.mistakes += misread(name, ours[name])
        for question in QUESTIONS:
            if question.exam == name:
                row = score(question, ours[name])
                report.scores.append(row if theirs is None else with_peer(row, question, theirs))
    report.comparison = _compare(exam, ours)
    return report


def _compare(exam: Exam, ours: dict[str, list[Outcome]]) -> list[FieldComparison]:
    """All trained models of the article and the default ones on the dataset and on real photos,
    as they are."""
    real = [name for name in exam if name not in (FINGERS, DRAWN, EMPTY, *HARDER)]
    if not real:
        return []
    trained = [name for name in all_specs() if artifacts.is_trained(name)]
    lab_said = lab_outcomes(chain.from_iterable(exam[name]() for name in real), trained)
    our_said = [each for name in real for each in ours[name]]
    rows = []
    for model, said in lab_said.items():
        card = artifacts.read_card(model)
        images, value = SHARES[card.target](said)
        rows.append(
            FieldComparison(
                card.title, card.target, card.test_accuracy, card.data.test_images, value, images
            )
        )
    if FINGERS in ours:
        for target, share in SHARES.items():
            lab_images, lab = share(ours[FINGERS])
            images, value = share(our_said)
            title = artifacts.read_field_card(READER).title
            rows.append(FieldComparison(title, target, lab, lab_images, value, images))
    return rows


def as_table(scores: Sequence[FieldScore]) -> str:
    """The rows as Markdown, for the terminal and the README."""
    lines = [
        "| images | what is counted | images read | here | MediaPipe | asked |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in scores:
        peer = "" if row.peer is None else f"{row.peer:.1%}"
        lines.append(
            f"| {row.data} | {row.measure} | {row.images:,} | {row.value:.1%} | {peer} "
            f"| {row.needed} |"
        )
    return "\n".join(lines)
