"""``python -m core health``: ask a running server whether it can answer."""

import argparse
import json
import urllib.error
import urllib.request

from core.common.errors import UserError

SUMMARY = "ask a running server whether its models are loaded, and what it did so far"

_SECONDS = 10
_MAX_BYTES = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the server's address."""
    parser.add_argument("--url", default="http://127.0.0.1:8501", help="of the server")


def run(arguments: argparse.Namespace) -> int:
    """Print its counts; the exit status is 1 where it cannot answer.

    Raises:
        UserError: no server answers there, or it is not ready.
    """
    url = str(arguments.url).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise UserError(f"The address of a server begins with http:// or https://, not {url}.")
    _ask(f"{url}/ready")
    try:
        counts = json.loads(_ask(f"{url}/counters"))
        print("\n".join(f"{name:<26} {value}" for name, value in counts.items()))
    except (ValueError, AttributeError) as error:
        raise UserError(f"What answers at {url} is not this program's server.") from error
    return 0


def _ask(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
            content: bytes = answer.read(_MAX_BYTES)
            return content
    except urllib.error.HTTPError as error:
        raise UserError(f"The server is not ready: {url} answers {error.code}.") from error
    except (OSError, ValueError) as error:
        raise UserError(f"At {url} no server answers ({error}).") from error
