"""Recorded trainings, played in the browser: charts, confusion matrices and images of weights."""

import base64
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import streamlit as st

from core.artifacts.replay import Replay
from ui.charts.confusion_matrix import confusion_table
from ui.charts.curves import Scale
from ui.component import read_component
from ui.wording import fingers_words

MAX_MODELS = 4
"""At once; people can tell as many colours apart."""

_BRIGHTEST = 0.995
"""The share of weights within the colours' range; few outliers would leave all others pale."""

_HTML, _CSS, _SCRIPT = read_component("replay/player", "../palette", "chart", "panels", "main")
_mount = st.components.v2.component("replay_player", html=_HTML, css=_CSS, js=_SCRIPT)


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
    """Draw one to ``MAX_MODELS`` replays; call it in a fragment, which runs when one is stopped.

    The axis of accuracies begins at ``least_accuracy`` %. The player opens at the epoch ``start``,
    0 being before training, or else at the last; ``stopped`` is called with the epoch it stands at.
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
    history, tested = replay.history, replay.card.on_dataset.data.test_images
    test_right: list[float | None] = [None, *(each.test_accuracy for each in history)]
    if replay.records is not None:
        test_right[0] = int(np.trace(replay.records.confusion[0])) / tested
    return {
        "title": replay.card.title,
        # Nothing is known of the training before it.
        "trainLoss": [None, *(each.train_loss for each in history)],
        "testLoss": [None, *(each.test_loss for each in history)],
        "trainRight": [None, *(100 * each.train_accuracy for each in history)],
        "testRight": [None if share is None else 100 * share for share in test_right],
        "wrong": [None if share is None else round(tested * (1 - share)) for share in test_right],
        "matrices": _matrices(replay),
        "weights": _weights(replay),
    }


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
    classes = replay.card.on_dataset.classes
    of_answers = images == len(classes)
    names = map(fingers_words, map(int, classes)) if replay.card.task == "fingers" else classes
    strengths = np.abs(records.weights * records.weight_scale[:, None, None, None])
    return {
        "what": "the weights of each answer" if of_answers else f"its first {images} filters",
        "names": list(names) if of_answers else [],
        "epochs": records.weight_epoch.tolist(),
        "scales": records.weight_scale.tolist(),
        "images": images,
        "height": height,
        "width": width,
        "limit": float(np.quantile(strengths, _BRIGHTEST)) or 1.0,
        "levels": base64.b64encode(records.weights.tobytes()).decode(),
    }
