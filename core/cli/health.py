"""``python -m core health``: ask a running server whether it can answer."""

import argparse
import time
import urllib.error
import urllib.request
from http.client import HTTPException

from core.common.errors import UserError

SUMMARY = "check whether a running server is ready, and print its metrics"

_SECONDS = 10
_MAX_BYTES = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the server's address."""
    parser.add_argument(
        "--url", default="http://127.0.0.1:8501", help="address of the server (default %(default)s)"
    )
    parser.add_argument(
        "--metrics-url",
        help="address of its metrics (default: where a server of this environment serves them)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the server's metrics; the exit status is 1 if it is not ready.

    Raises:
        UserError: no server answers there, or it is not ready.
    """
    # Imported here so that other commands do not wait for it.
    from prometheus_client.parser import text_string_to_metric_families

    from core.serving.metrics import metrics_address, summarise

    url = str(arguments.url).rstrip("/")
    metrics_url = arguments.metrics_url or "http://{}:{}".format(*metrics_address())
    for address in (url, metrics_url):
        if not address.startswith(("http://", "https://")):
            raise UserError(f"A server's address must begin with http:// or https://: {address}.")
    _ask(f"{url}/readyz")
    try:
        text = _ask(f"{metrics_url}/metrics").decode()
        figures = summarise(text_string_to_metric_families(text))
        if "fingers_queue_length" not in figures:
            raise LookupError(url)
    except (ValueError, LookupError) as error:
        raise UserError(f"The server at {metrics_url} is not this program's.") from error
    if started := figures.get("process_start_time_seconds"):
        figures["uptime_seconds"] = time.time() - started
    for name, figure in figures.items():
        print(f"{name:<54} {'-' if figure is None else f'{figure:.10g}'}")
    return 0


def _ask(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310
            content: bytes = answer.read(_MAX_BYTES)
            return content
    except urllib.error.HTTPError as error:
        raise UserError(f"The server is not ready: {url} answers {error.code}.") from error
    except (OSError, ValueError, HTTPException) as error:
        raise UserError(f"No server answers at {url} ({error}).") from error
