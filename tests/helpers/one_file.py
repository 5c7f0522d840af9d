"""Adds one more file, for the duration of a test, to a package that discovers its entries."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

ENTRIES = Path(__file__).with_name("entries")


@contextmanager
def folder_added(package: ModuleType, folder: Path) -> Iterator[Path]:
    """Let a package find modules in one more folder; afterwards their imports are undone."""
    package.__path__.append(str(folder))
    importlib.invalidate_caches()
    before = set(sys.modules)
    try:
        yield folder
    finally:
        package.__path__.remove(str(folder))
        for name in set(sys.modules) - before:
            parent, _, entry = name.rpartition(".")
            if parent == package.__name__:
                del sys.modules[name]
                vars(package).pop(entry, None)


def entry_text(name: str, **renamed: str) -> str:
    """The source of one of ``entries``, with identifiers renamed to break it."""
    text = (ENTRIES / f"{name}.py").read_text(encoding="utf-8")
    for old, new in renamed.items():
        assert old in text
        text = text.replace(old, new)
    return text
