"""Prometheus metrics of a server: only numbers, no pictures, names or addresses."""

import os
from collections.abc import Iterable
from enum import StrEnum
from math import inf

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    disable_created_metrics,
)

from core.common.errors import UserError

DURATION_BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Upper bounds in seconds; a photo may wait 30 s for its turn."""

# They would double the number of series; process_start_time_seconds already shows a restart.
disable_created_metrics()  # type: ignore[no-untyped-call]


class RequestType(StrEnum):
    """What a client sends to be recognised."""

    PHOTO = "photo"
    FRAME = "frame"


class Outcome(StrEnum):
    """What became of a request."""

    ANSWERED = "answered"
    REFUSED = "refused"
    ERROR = "error"


class Refusal(StrEnum):
    """Why something that a visitor sent was refused; none of it is the server's error."""

    BUSY = "busy"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    OVER_LIMIT = "over_the_sessions_limit"
    TIMEOUT = "timeout"
    NONSENSE = "nonsense"
    FORBIDDEN = "forbidden_message"
    FULL = "too_many_visitors"


class ServerMetrics:
    """The metrics of one server, in their own registry: thread-safe and of constant size.

    Labels take only values of enumerations, and each series exists from the start, so that the
    first error shows as a rise from 0.

    Attributes:
        registry: of all metrics, including the process's memory, descriptors and start time.
        requests: number of requests, by outcome and type.
        durations: seconds from accepting a request to its answer, by type; answered ones only.
        waits: the part of it in which the request waited for its turn.
        refusals: number of refusals, by reason.
        page_errors: errors of the server that ended a page's run.
        queue_length: number of waiting requests.
        sessions: number of connected visitors.
    """

    def __init__(self) -> None:
        """Start every metric at 0."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "fingers_requests",
            "Photos and live frames by outcome.",
            ("outcome", "type"),
            registry=self.registry,
        )
        self.durations = Histogram(
            "fingers_request_duration_seconds",
            "From accepting a photo or frame to its answer, waiting included; answered ones only.",
            ("type",),
            buckets=DURATION_BUCKETS,
            registry=self.registry,
        )
        self.waits = Histogram(
            "fingers_queue_duration_seconds",
            "The part of it in which the photo or frame waited for its turn.",
            ("type",),
            buckets=DURATION_BUCKETS,
            registry=self.registry,
        )
        self.refusals = Counter(
            "fingers_refusals",
            "What visitors sent and the server refused, by reason.",
            ("reason",),
            registry=self.registry,
        )
        self.page_errors = Counter(
            "fingers_page_errors",
            "Errors of the server that ended a page's run.",
            registry=self.registry,
        )
        self.queue_length = Gauge(
            "fingers_queue_length",
            "Photos and live frames that are waiting for their turn.",
            registry=self.registry,
        )
        self.sessions = Gauge("fingers_sessions", "Connected visitors.", registry=self.registry)
        ProcessCollector(registry=self.registry)
        for reason in Refusal:
            self.refusals.labels(reason)
        for request_type in RequestType:
            self.durations.labels(request_type)
            self.waits.labels(request_type)
            for outcome in Outcome:
                self.requests.labels(outcome, request_type)


def metrics_address() -> tuple[str, int]:
    """Host and port on which the metrics are served; visitors must not reach it.

    Raises:
        UserError: the environment variable holds no such address.
    """
    address = os.environ.get("FINGERS_METRICS_ADDRESS", "127.0.0.1:9501")
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise UserError(
            "FINGERS_METRICS_ADDRESS must be a host and a port, such as 127.0.0.1:9501, "
            f"not {address}."
        )
    return host, int(port)


def summarise(families: Iterable[Metric]) -> dict[str, float | None]:
    """Each figure, keyed by its metric's name followed by the values of its labels.

    For a histogram: count, mean, and upper bounds of the median and the 95th percentile; None if
    nothing was observed, or if the percentile lies above the last bound.

    Args:
        families: of a registry, or parsed from the text of ``/metrics``.

    Raises:
        LookupError: a histogram without its sum or its last bucket.
    """
    figures: dict[str, float] = {}
    histograms: dict[str, dict[float, float]] = {}
    for sample in (sample for family in families for sample in family.samples):
        labels = dict(sample.labels)
        bound = labels.pop("le", None)
        name = "_".join((sample.name, *(labels[label] for label in sorted(labels))))
        if bound is None:
            figures[name] = sample.value
        else:
            cumulative = histograms.setdefault(name.replace("_bucket", "_{}"), {})
            cumulative[float(bound)] = sample.value
    derived: dict[str, float | None] = {}
    for name, cumulative in histograms.items():
        count, total = cumulative[inf], figures.pop(name.format("sum"))
        derived[name.format("mean")] = total / count if count else None
        for quantile, share in (("median_at_most", 0.5), ("p95_at_most", 0.95)):
            limit = next(limit for limit, below in cumulative.items() if below >= share * count)
            derived[name.format(quantile)] = limit if count and limit < inf else None
    return figures | derived


METRICS = ServerMetrics()
"""The metrics of this process."""
