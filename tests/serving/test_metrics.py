"""The metrics of the server: each request once, by its outcome; the series stay the same."""

import json

import numpy as np
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from streamlit.testing.v1 import AppTest

from core.common.types import Photo
from core.images.decoding import PhotoError
from core.serving.metrics import (
    DURATION_BUCKETS,
    METRICS,
    Outcome,
    Refusal,
    RequestType,
    ServerMetrics,
    summarise,
)
from core.serving.scheduler import BusyError
from ui.server.inference import read_frame, read_photo


def test_the_metrics_are_right() -> None:
    metrics = ServerMetrics()
    empty = summarise(metrics.registry.collect())
    assert empty["fingers_request_duration_seconds_p95_at_most_frame"] is None
    assert empty["fingers_requests_total_refused_photo"] == 0
    assert empty["fingers_refusals_total_busy"] == 0
    for seconds in [0.004] * 90 + [0.15] * 9 + [90.0]:
        metrics.requests.labels(Outcome.ANSWERED, RequestType.FRAME).inc()
        metrics.durations.labels(RequestType.FRAME).observe(seconds)
    metrics.requests.labels(Outcome.REFUSED, RequestType.PHOTO).inc()
    metrics.durations.labels(RequestType.PHOTO).observe(90.0)
    figures = summarise(metrics.registry.collect())
    assert figures["fingers_requests_total_answered_frame"] == 100
    assert figures["fingers_requests_total_answered_photo"] == 0
    assert figures["fingers_requests_total_refused_photo"] == 1
    name = "fingers_request_duration_seconds"
    assert figures[f"{name}_count_frame"] == 100
    assert figures[f"{name}_median_at_most_frame"] == DURATION_BUCKETS[0]
    assert figures[f"{name}_p95_at_most_frame"] == 0.2
    assert figures[f"{name}_mean_frame"] == pytest.approx(0.9171)
    assert figures[f"{name}_p95_at_most_photo"] is None
    assert set(figures) == set(empty), "a series came that was not there from the start"
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures, "the log cannot tell it"


@pytest.mark.parametrize("request_type", RequestType)
@pytest.mark.parametrize(
    ("outcome", "reason", "error"),
    [
        (Outcome.ANSWERED, None, None),
        (Outcome.REFUSED, Refusal.BUSY, BusyError()),
        (Outcome.REFUSED, Refusal.UNREADABLE, PhotoError("Not a photo.")),
        (Outcome.ERROR, None, ValueError("unforeseen")),
    ],
)
def test_each_request_is_counted_once_by_its_outcome(
    request_type: RequestType, outcome: Outcome, reason: Refusal | None, error: Exception | None
) -> None:
    def recognise() -> str:
        if error is not None:
            raise error
        return "answer"

    before = summarise(METRICS.registry.collect())

    def read() -> str:
        if request_type is RequestType.FRAME:
            return read_frame(recognise)
        return read_photo(
            Photo(np.zeros((8, 8, 3), np.uint8)), lambda _photo, _seconds: recognise()
        )

    if error is None:
        assert read() == "answer"
    else:
        with pytest.raises(type(error)):
            read()
    after = summarise(METRICS.registry.collect())
    increases = {
        name: (after[name] or 0) - (before[name] or 0)
        for name in after
        if name.startswith(("fingers_requests_total", "fingers_refusals")) or "_count_" in name
    }
    expected = {f"fingers_requests_total_{outcome}_{request_type}": 1}
    if reason is not None:
        expected[f"fingers_refusals_total_{reason}"] = 1
    if outcome is Outcome.ANSWERED:
        expected[f"fingers_request_duration_seconds_count_{request_type}"] = 1
        expected[f"fingers_queue_duration_seconds_count_{request_type}"] = 1
    assert {name: increase for name, increase in increases.items() if increase} == expected


def test_the_metrics_text_matches_the_registry() -> None:
    metrics = ServerMetrics()
    metrics.durations.labels(RequestType.PHOTO).observe(0.3)
    metrics.page_errors.inc()
    metrics.queue_length.set(4)
    text = generate_latest(metrics.registry).decode()
    parsed, held = (
        {name: figure for name, figure in summarise(families).items() if "fingers_" in name}
        for families in (text_string_to_metric_families(text), metrics.registry.collect())
    )
    assert parsed == held
    assert parsed["fingers_queue_length"] == 4


def test_metrics_stay_small_and_separate() -> None:
    metrics, other = ServerMetrics(), ServerMetrics()
    before = generate_latest(metrics.registry)
    for number in range(10_000):
        metrics.requests.labels(Outcome.REFUSED, RequestType.PHOTO).inc()
        metrics.durations.labels(RequestType.PHOTO).observe(number)
    after = generate_latest(metrics.registry)
    assert after.count(b"\n") == before.count(b"\n") < 150
    assert (
        other.registry.get_sample_value("fingers_request_duration_seconds_count", {"type": "photo"})
        == 0
    )


def test_an_unforeseen_error_is_counted_and_shown_without_its_words() -> None:
    def page() -> None:
        from ui.server.operations import on_script_error

        assert on_script_error(ValueError("a secret"))

    before = METRICS.registry.get_sample_value("fingers_page_errors_total")
    assert before is not None
    at = AppTest.from_function(page).run()
    assert "Reload the page" in at.error[0].value
    assert "secret" not in at.error[0].value
    assert METRICS.registry.get_sample_value("fingers_page_errors_total") == before + 1
