"""Recorded trainings, played in the browser: charts, confusion matrices and images of weights."""

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.artifacts.epoch_records import EpochRecords
from core.artifacts.replay import Replay
from core.artifacts.store import Epoch
from ui.charts.confusion_matrix import confusion_table
from ui.charts.curves import Scale
from ui.wording import fingers_words

MAX_MODELS = 4
"""At once: so many colours are told apart."""

_BRIGHTEST = 0.995
"""The share of weights within the colours' range; few outliers would leave all others pale."""

_FOLDER = Path(__file__).parent
# One script of several files, since a component takes a single one; the last has its entry.
_SCRIPTS = ("chart", "panels", "main")


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_mount = st.components.v2.component(
    "replay_player",
    html=_text("player.html"),
    css=_text("player.css"),
    js="\n".join(_text(f"{name}.js") for name in _SCRIPTS),
)


def checked_epoch(message: object, last: int) -> int | None:
    """An epoch from what the browser sent, which may be anything; None where it is none."""
    return message if type(message) is int and 0 <= message <= last else None


def draw_player(
    replays: Sequence[Replay],
    scale: Scale,
    least_accuracy: float,
    start: int | None,
    stopped: Callable[[int], None],
    key: str,
) -> None:
    """Draw the player; call it in a fragment, which runs again when the player was stopped.

    Args:
        replays: at least one, at most ``MAX_MODELS``.
        scale: of the loss, "log" or "linear".
        least_accuracy: where the axis of accuracies begins, in %.
        start: the epoch to open at, 0 being before training; the last one where there is none.
        stopped: called with the epoch at which the player stands.
        key: of the component.
    """
    last = max(len(each.history) for each in replays)

    def stop() -> None:
        epoch = checked_epoch((st.session_state.get(key) or {}).get("epoch"), last)
        if epoch is not None:
            stopped(epoch)

    _mount(
        key=key,
        on_epoch_change=stop,
        data={
            "start": start,
            "last": last,
            "scale": scale,
            "least": least_accuracy,
            "models": [_model(each) for each in replays],
        },
    )


def _model(replay: Replay) -> dict[str, Any]:
    """All that the player shows of one model; lists go by epoch, 0 being before training."""
    tested = replay.card.on_dataset.data.test_images
    before = _right_before_training(replay.records)
    return {
        "title": replay.card.title,
        "trainLoss": _by_epoch(replay.history, lambda each: each.train_loss),
        "testLoss": _by_epoch(replay.history, lambda each: each.test_loss),
        "trainRight": _by_epoch(replay.history, lambda each: 100 * each.train_accuracy),
        "testRight": [
            None if before is None else 100 * before / tested,
            *(100 * each.test_accuracy for each in replay.history),
        ],
        "wrong": [
            None if before is None else tested - before,
            *(round(tested * (1 - each.test_accuracy)) for each in replay.history),
        ],
        "matrices": _matrices(replay),
        "weights": _weights(replay),
    }


def _by_epoch(history: Sequence[Epoch], value: Callable[[Epoch], float]) -> list[float | None]:
    """Nothing is known before training."""
    return [None, *map(value, history)]


def _right_before_training(records: EpochRecords | None) -> int | None:
    """How many test images the untrained model happens to read right."""
    return None if records is None else int(np.trace(records.confusion[0]))


def _matrices(replay: Replay) -> dict[str, Any] | None:
    if replay.records is None:
        return None
    counts = replay.records.confusion.tolist()
    true = "Fingers up" if replay.card.task == "fingers" else "Hand"
    return {
        "table": confusion_table(replay.card.on_dataset.classes, counts[0], true, "answered"),
        "counts": counts,
    }


def _weights(replay: Replay) -> dict[str, Any] | None:
    records = replay.records
    if records is None or not len(records.weight_epoch):
        return None
    _, images, height, width = records.weights.shape
    of_answers = images == len(replay.card.on_dataset.classes)
    strengths = np.abs(records.weights * records.weight_scale[:, None, None, None])
    return {
        "what": "the weights of each answer" if of_answers else f"its first {images} filters",
        "names": [_answer_words(replay, label) for label in replay.card.on_dataset.classes]
        if of_answers
        else [],
        "epochs": records.weight_epoch.tolist(),
        "scales": records.weight_scale.tolist(),
        "images": images,
        "height": height,
        "width": width,
        "limit": float(np.quantile(strengths, _BRIGHTEST)) or 1.0,
        "levels": base64.b64encode(records.weights.tobytes()).decode(),
    }


def _answer_words(replay: Replay, label: str) -> str:
    return fingers_words(int(label)) if replay.card.task == "fingers" else label
