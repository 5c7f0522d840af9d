"""Prometheus metrics of a server: numbers alone, no picture, no name, no address."""

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

DURATION_BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Upper bounds in seconds; a photo may wait 30 s for its turn."""

# They would double the number of series, and a restart shows in process_start_time_seconds.
disable_created_metrics()  # type: ignore[no-untyped-call]


class RequestType(StrEnum):
    """What a visitor sends to be recognised."""

    PHOTO = "photo"
    FRAME = "frame"


class Outcome(StrEnum):
    """What became of a request."""

    ANSWERED = "answered"
    BUSY = "busy"
    UNREADABLE = "unreadable"
    ERROR = "error"


class ServerMetrics:
    """The metrics of one server in a registry of their own, shared by threads, of constant size.

    Labels take the values of enumerations alone, and each series is there from the start, so that
    the first error is seen as a rise from 0.

    Attributes:
        registry: of all metrics, with the process's memory, descriptors and start time.
        requests: how many there were, by outcome and type.
        durations: seconds from taking up a request to its answer, of answered ones, by type.
        page_errors: unforeseen exceptions that ended the run of a page.
        queue_length: how many requests wait for their turn.
    """

    def __init__(self) -> None:
        """Nothing counted yet."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "fingers_requests",
            "Photos and live frames by what became of them.",
            ("outcome", "type"),
            registry=self.registry,
        )
        self.durations = Histogram(
            "fingers_request_duration_seconds",
            "From taking up a photo or frame to its answer, waiting included; answered ones.",
            ("type",),
            buckets=DURATION_BUCKETS,
            registry=self.registry,
        )
        self.page_errors = Counter(
            "fingers_page_errors",
            "Unforeseen exceptions that ended the run of a page.",
            registry=self.registry,
        )
        self.queue_length = Gauge(
            "fingers_queue_length",
            "Photos and live frames that wait for their turn.",
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)
        for request_type in RequestType:
            self.durations.labels(request_type)
            for outcome in Outcome:
                self.requests.labels(outcome, request_type)


def summarise(families: Iterable[Metric]) -> dict[str, float | None]:
    """Each figure by the name of its metric followed by the values of its labels.

    Of a histogram: count, mean, and upper bounds of the median and the 95th percentile; None where
    nothing was observed, or where the percentile lies above the last bound.

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
"""Of this process."""
