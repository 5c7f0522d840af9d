"""What a training that people watch tells of itself, and what is shown of that."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training_jobs.messages import (
    MAX_LINE,
    Drawing,
    EpochDone,
    Message,
    MessageError,
    Refused,
    as_line,
    from_line,
)
from core.training_jobs.request import TrainingRequest
from core.training_jobs.view import MAX_POINTS, TrainingView, remaining_seconds
from tests.helpers.live_trainings import BATCH, EPOCHS, LEARNED, REQUEST, STARTED, batch

MESSAGES: list[Message] = [
    Drawing(64, 1800),
    STARTED,
    BATCH,
    EpochDone(EPOCHS[0]),
    EpochDone(EPOCHS[1]),
    LEARNED,
    Refused("There is no room."),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: type(each).__name__)
def test_a_message_is_read_as_it_was_told(message: Message) -> None:
    line = as_line(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert from_line(line[:-1]) == message


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b'{"kind": "batch"}',
        b'{"kind": "else", "done": 1, "total": 2}',
        b'{"kind": ["drawing"], "done": 1, "total": 2}',
        b'{"kind": "drawing", "done": 3, "total": 2}',
        b'{"kind": "drawing", "done": 1.5, "total": 2}',
        b'{"kind": "drawing", "done": true, "total": 2}',
        b'{"kind": "drawing", "done": 1, "total": 2, "more": 3}',
        b'{"kind": "batch", "epoch": 1, "batch": 1, "loss": NaN, "accuracy": 1, "seconds": 0}',
        b'{"kind": "batch", "epoch": 1, "batch": 1, "loss": 1, "accuracy": 1.1, "seconds": 0}',
        b'{"kind": "learned", "confusion": [[1, 2], [3]]}',
        b'{"kind": "learned", "confusion": [[0, 0], [0, 0]]}',
        b"[" * 3_000,
        b'{"kind": "refused", "reason": "' + b"x" * MAX_LINE + b'"}',
    ],
)
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(MessageError):
        from_line(line)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_messages(line: bytes) -> None:
    with pytest.raises(MessageError):
        from_line(line)


def test_a_matrix_counts_its_mistakes() -> None:
    assert (LEARNED.images, LEARNED.errors) == (100, 2)


@pytest.mark.parametrize(
    ("model", "images", "epochs"),
    [
        ("hand_classifier", 500, 1),
        ("nothing", 500, 1),
        ("cnn", 499, 1),
        ("cnn", 18_001, 1),
        ("cnn", 500, 0),
    ],
)
def test_only_what_is_offered_can_be_asked_for(model: str, images: int, epochs: int) -> None:
    with pytest.raises(ValueError, match=r"no model|too few or too many"):
        TrainingRequest(model, images, epochs)


def test_the_time_left_follows_from_the_first_batches() -> None:
    assert remaining_seconds(None, (), ()) is None
    assert remaining_seconds(STARTED, (batch(1, 1, 9.0),), ()) is None
    # The first batch waits for the compiling; then half a second a batch, 12 and 16 to come.
    told = (batch(1, 1, 9.0), batch(1, 2, 9.5), batch(1, 4, 10.5))
    assert remaining_seconds(STARTED, told, ()) == pytest.approx(12 * 0.5 + 16 * 0.5)


def test_the_time_left_counts_the_test_of_each_epoch() -> None:
    told = (batch(1, 15, 7.5), batch(1, 16, 8.0), batch(2, 2, 12.0), batch(2, 4, 13.0))
    epoch = dataclasses.replace(EPOCHS[0], seconds=11.0)
    assert remaining_seconds(STARTED, told, (epoch,)) == pytest.approx(11.0 - 4 * 0.5)


def test_a_curve_keeps_its_latest_point_and_is_not_too_long() -> None:
    batches = tuple(batch(1, number, float(number)) for number in range(1, 5 * MAX_POINTS))
    curve = TrainingView(REQUEST, "running", batches=batches).curve()
    assert len(curve) <= MAX_POINTS
    assert curve[-1] == batches[-1]
    assert [each.batch for each in curve] == sorted(each.batch for each in curve)
