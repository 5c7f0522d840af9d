"""When, where and with which versions a model was trained."""

import json
import platform
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from core.common.files import write_text_atomically
from core.common.processor import graphics_card

RECORDED_PACKAGES = (
    "keras",
    "tensorflow",
    "jax",
    "numpy",
    "opencv-python-headless",
    "ai-edge-litert",
)

FACTS_FILE = "trained.json"


def versions(packages: Sequence[str] = RECORDED_PACKAGES) -> dict[str, str]:
    """The versions of Python and of those of the packages that are installed."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> str:
    """What kind of machine this process computes on, without its name."""
    return f"{platform.machine()}, {platform.system()}, {graphics_card() or 'CPU'}"


def keep_facts(folder: Path) -> None:
    """Write down in a training's folder where it is trained and with what.

    A training may be finished on one machine and recorded on another.

    Raises:
        OSError: the disk is full or not writable.
    """
    facts = {"machine": machine(), "versions": versions()}
    write_text_atomically(folder / FACTS_FILE, json.dumps(facts, indent=1))


def kept_facts(folder: Path) -> tuple[str, dict[str, str]]:
    """The machine that a training ran on, and the versions there and, of what it lacked, here."""
    try:
        facts = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
        return str(facts["machine"]), versions() | {
            str(name): str(version) for name, version in facts["versions"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return machine(), versions()


def now() -> str:
    """The time in UTC, in the form of ISO 8601."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
