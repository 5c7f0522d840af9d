"""Atomic writes: a crash never damages the file that was there before."""

import ctypes
import errno
import os
import struct
import tempfile
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

DAMAGED_ARRAYS = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    EOFError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    MemoryError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What NumPy raises on ``.npy`` and ``.npz`` files that are damaged or malicious."""

_HERE, _RENAME_EXCHANGE = -100, 2
"""Linux's AT_FDCWD and RENAME_EXCHANGE."""


@contextmanager
def atomic_writer(path: Path) -> Iterator[BinaryIO]:
    """Write to a temporary file that replaces ``path`` when the block ends without an error.

    Programs that have the old file open, or mapped, keep the old content.

    Raises:
        OSError: the disk is full or not writable; what was there before stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files private; the final file should be readable like any other.
        Path(partial).chmod(0o644)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Write beside the file, then rename over it; raises what ``atomic_writer`` raises."""
    with atomic_writer(path) as file:
        file.write(content)


def write_text_atomically(path: Path, content: str) -> None:
    """Write UTF-8 text beside the file, then rename over it."""
    write_bytes_atomically(path, content.encode())


def exchange(one: Path, other: Path) -> None:
    """Exchange two files or folders in a single step, so that neither is ever missing.

    Where the system cannot do that, in three steps.

    Raises:
        OSError: one is missing, or the disk is not writable; both stay.
    """
    library = ctypes.CDLL(None, use_errno=True)
    try:
        names = os.fsencode(one), os.fsencode(other)
        failed = library.renameat2(_HERE, names[0], _HERE, names[1], _RENAME_EXCHANGE)
        code = ctypes.get_errno() if failed else 0
    except AttributeError:
        code = errno.ENOSYS
    if code in (errno.ENOSYS, errno.EINVAL):
        _exchange_in_steps(one, other)
    elif code:
        raise OSError(code, os.strerror(code), str(one))


def _exchange_in_steps(one: Path, other: Path) -> None:
    aside = one.with_name(f".{one.name}.aside")
    one.rename(aside)
    try:
        other.rename(one)
    except OSError:
        aside.rename(one)
        raise
    aside.rename(other)
