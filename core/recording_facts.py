"""When, where and with which versions a model was trained."""

import platform
import time
from importlib import metadata

RECORDED_PACKAGES = ("keras", "tensorflow", "numpy", "opencv-python-headless", "ai-edge-litert")


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that decide what a training leaves."""
    found = {"python": platform.python_version()}
    return found | {package: metadata.version(package) for package in RECORDED_PACKAGES}


def machine() -> str:
    """What kind of machine this is, without its name."""
    return f"{platform.machine()}, {platform.system()}, CPU"


def now() -> str:
    """The time in UTC, in the form of ISO 8601."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
