"""What a training that people watch reports, and what is shown of that."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.artifacts.store import Epoch
from core.training_jobs.request import TrainingRequest
from core.training_jobs.status import (
    MAX_POINTS,
    BatchProgress,
    Failed,
    Message,
    MessageError,
    Rendering,
    TrainingStatus,
    decoded,
    encoded,
)
from tests.helpers.live_trainings import BATCH, EPOCHS, FINISHED, REQUEST, STARTED, batch

MESSAGES: list[Message] = [
    Rendering(64, 1800),
    STARTED,
    BATCH,
    *EPOCHS,
    FINISHED,
    Failed("There is no room."),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda each: type(each).__name__)
def test_a_message_is_received_as_it_was_sent(message: Message) -> None:
    assert decoded(encoded(message)) == message


def test_a_figure_that_is_not_finite_is_not_sent() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encoded(dataclasses.replace(BATCH, loss=float("nan")))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b'{"kind": "BatchProgress"}',
        b'{"kind": "else", "done": 1, "total": 2}',
        b'{"kind": ["Rendering"], "done": 1, "total": 2}',
        b'{"kind": "Rendering", "done": 3, "total": 2}',
        b'{"kind": "Rendering", "done": 1.5, "total": 2}',
        b'{"kind": "Rendering", "done": true, "total": 2}',
        b'{"kind": "Rendering", "done": 1, "total": 2, "more": 3}',
        (
            b'{"kind": "BatchProgress", "epoch": 1, "batch": 1, "seconds": 0, '
            b'"loss": NaN, "accuracy": 1}'
        ),
        (
            b'{"kind": "BatchProgress", "epoch": 1, "batch": 1, "seconds": 0, '
            b'"loss": 1, "accuracy": 1.1}'
        ),
        b'{"kind": "Finished", "confusion": [[1, 2], [3]]}',
        b'{"kind": "Finished", "confusion": [[0, 0], [0, 0]]}',
        b"[" * 3_000,
    ],
)
def test_other_data_is_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        decoded(data)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_message_reader(data: bytes) -> None:
    with pytest.raises(MessageError):
        decoded(data)


def test_a_matrix_counts_its_mistakes() -> None:
    assert (FINISHED.images, FINISHED.errors) == (100, 2)


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
def test_only_offered_trainings_can_be_requested(model: str, images: int, epochs: int) -> None:
    with pytest.raises(ValueError, match=r"no model|too few or too many"):
        TrainingRequest(model, images, epochs)


def remaining_seconds(*batches: BatchProgress, epochs: tuple[Epoch, ...] = ()) -> float | None:
    status = TrainingStatus(REQUEST, "running", started=STARTED, batches=batches, epochs=epochs)
    return status.remaining_seconds


def test_the_time_left_follows_from_the_first_batches() -> None:
    assert TrainingStatus(REQUEST, "running").remaining_seconds is None
    assert remaining_seconds(batch(1, 1, 9.0)) is None
    # The first batch waits for the compiling; then half a second a batch, 12 and 16 to come.
    batches = (batch(1, 1, 9.0), batch(1, 2, 9.5), batch(1, 4, 10.5))
    assert remaining_seconds(*batches) == pytest.approx(12 * 0.5 + 16 * 0.5)


def test_the_time_left_counts_the_test_of_each_epoch() -> None:
    batches = (batch(1, 15, 7.5), batch(1, 16, 8.0), batch(2, 2, 12.0), batch(2, 4, 13.0))
    epoch = dataclasses.replace(EPOCHS[0], seconds=11.0)
    assert remaining_seconds(*batches, epochs=(epoch,)) == pytest.approx(11.0 - 4 * 0.5)


def test_a_curve_keeps_its_latest_point_and_is_not_too_long() -> None:
    batches = tuple(batch(1, number, float(number)) for number in range(1, 5 * MAX_POINTS))
    curve = TrainingStatus(REQUEST, "running", batches=batches).curve()
    assert len(curve) <= MAX_POINTS
    assert curve[-1] == batches[-1]
    assert [each.batch for each in curve] == sorted(each.batch for each in curve)
