"""The environment of this process: versions, the kind of machine, and what it can do."""

import ctypes
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from core.common.files import write_text_atomically
from core.common.serialization import decode, encode

RECORDED_PACKAGES = (
    "keras",
    "tensorflow",
    "jax",
    "numpy",
    "opencv-python-headless",
    "ai-edge-litert",
)

FACTS_FILE = "trained.json"


@dataclass(frozen=True)
class _Facts:
    machine: str
    versions: dict[str, str]


def versions(packages: Sequence[str] = RECORDED_PACKAGES) -> dict[str, str]:
    """The versions of Python and of the given packages, as far as they are installed."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> str:
    """The kind of machine that this process runs on, without its host name."""
    return f"{platform.machine()}, {platform.system()}, {graphics_card() or 'CPU'}"


def keep_facts(folder: Path) -> None:
    """Record in a training's folder the machine and the versions that it is trained with.

    A training may finish on one machine and be published on another.

    Raises:
        OSError: the disk is full or not writable.
    """
    write_text_atomically(folder / FACTS_FILE, encode(_Facts(machine(), versions())))


def kept_facts(folder: Path) -> tuple[str, dict[str, str]]:
    """A training's machine and versions; those of this process where none were recorded."""
    try:
        facts = decode(_Facts, (folder / FACTS_FILE).read_bytes())
    except (OSError, ValueError):
        return machine(), versions()
    return facts.machine, versions() | facts.versions


def now() -> str:
    """The current time in UTC, in ISO 8601 format."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def keep_freed_memory() -> None:
    """Make glibc keep freed memory for the next batch.

    Measured on two cores: returning a batch's large arrays to the system and allocating them again
    takes nearly half of an epoch. Does nothing on other systems.
    """
    try:
        library = ctypes.CDLL("libc.so.6")
        for option, value in ((-4, 0), (-1, 2**31 - 1), (-3, 1 << 30)):
            library.mallopt(option, value)
    except (OSError, AttributeError):
        return


def graphics_card() -> str | None:
    """The graphics card that JAX uses; None if there is none or JAX is not loaded."""
    jax = sys.modules.get("jax")
    if jax is None:
        return None
    device = jax.devices()[0]
    return str(device.device_kind) if device.platform == "gpu" else None


def has_bfloat16() -> bool:
    """Whether the hardware multiplies bfloat16 natively.

    Graphics cards do, and processors with AVX512-BF16.
    """
    if graphics_card() is not None:
        return True
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
