"""Writes the store of labelled images; what was there stays whole until the new version is."""

import contextlib
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np

from core.common.files import write_text_atomically
from core.common.types import IMAGE_SIZE, SIDES, Side, Uint8Array
from core.datasets.store import (
    FORMAT_VERSION,
    NAME_BYTES,
    SPLITS,
    VERSION_NAME,
    Facts,
    Split,
    current_version,
    data_root,
)

ABANDONED_AFTER_SECONDS = 6 * 3600


class StoreWriter:
    """Writes a new version of a store; nothing changes for readers until ``commit``.

    Use as a context manager: leaving it without ``commit`` removes what was written. Images are
    written in order through ordinary file writes, because a full disk then raises an error, where a
    memory map would end the process.
    """

    def __init__(self, name: str, origin: str, rendered: bool, root: Path | None = None) -> None:
        self._name = name
        self._origin = origin
        self._rendered = rendered
        self._folder = (root or data_root()) / name
        self._partial = self._folder / f".partial-{uuid.uuid4().hex}"
        self._digest = hashlib.sha256()
        self._written = 0
        self._images: BinaryIO | None = None

    def __enter__(self) -> "StoreWriter":
        self._partial.mkdir(parents=True)
        self._remove_abandoned()
        self._images = (self._partial / "images.npy").open("wb")
        # The count is not known yet: this header is as long as the final one that replaces it.
        self._write_header(0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._images is not None:
            # On a full disk closing writes, and fails, once more; the folder must go even so.
            with contextlib.suppress(OSError):
                self._images.close()
        shutil.rmtree(self._partial, ignore_errors=True)

    def append(self, images: Uint8Array) -> None:
        """Add images: (images, 128, 128) uint8, grey.

        Raises:
            OSError: the disk is full or not writable.
        """
        if images.dtype != np.uint8 or images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE):
            raise ValueError(f"images of shape {images.shape} and type {images.dtype}")
        assert self._images is not None
        content = np.ascontiguousarray(images).tobytes()
        self._images.write(content)
        self._digest.update(content)
        self._written += len(images)

    def commit(
        self,
        fingers: Sequence[int],
        sides: Sequence[Side],
        splits: Sequence[Split],
        names: Sequence[str],
    ) -> Facts:
        """Add the labels, one for each image, and bring the new version into force.

        Raises:
            ValueError: the labels do not fit the images.
            OSError: the disk is full or not writable.
        """
        if {len(fingers), len(sides), len(splits), len(names)} != {self._written}:
            raise ValueError("every image needs one of each label")
        assert self._images is not None
        self._write_header(self._written)
        self._images.flush()
        os.fsync(self._images.fileno())
        self._images.close()
        encoded_names = [name.encode() for name in names]
        if max(map(len, encoded_names)) > NAME_BYTES:
            raise ValueError(f"a file name is longer than {NAME_BYTES} bytes")
        columns = {
            "fingers": np.array(fingers, np.uint8),
            "sides": np.array([SIDES.index(side) for side in sides], np.uint8),
            "splits": np.array([SPLITS.index(split) for split in splits], np.uint8),
            "names": np.array(encoded_names, f"S{NAME_BYTES}"),
        }
        for column, values in columns.items():
            self._digest.update(values.tobytes())
            with (self._partial / f"{column}.npy").open("wb") as file:
                np.save(file, values, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        facts = Facts(
            format_version=FORMAT_VERSION,
            name=self._name,
            origin=self._origin,
            rendered=self._rendered,
            images=self._written,
            fingerprint=self._digest.hexdigest(),
            created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )
        write_text_atomically(self._partial / "facts.json", json.dumps(asdict(facts), indent=2))
        version = f"{facts.fingerprint[:16]}-{uuid.uuid4().hex[:8]}"
        self._partial.rename(self._folder / version)
        previous = current_version(self._folder)
        try:
            write_text_atomically(self._folder / "CURRENT", version)
        except BaseException:
            if current_version(self._folder) != version:
                shutil.rmtree(self._folder / version, ignore_errors=True)
            raise
        # Only the version just replaced is removed: another may belong to an import that is about
        # to come into force. Readers that have it open keep their memory map.
        if previous is not None:
            shutil.rmtree(self._folder / previous, ignore_errors=True)
        return facts

    def _write_header(self, count: int) -> None:
        assert self._images is not None
        # The count is padded to a fixed width, so that the later header fits over the first.
        header = (
            "{'descr': '|u1', 'fortran_order': False, "
            f"'shape': ({count:>12}, {IMAGE_SIZE}, {IMAGE_SIZE})}}"
        )
        prefix = np.lib.format.magic(1, 0)
        padded = header.ljust(128 - len(prefix) - 2 - 1) + "\n"
        self._images.seek(0)
        self._images.write(prefix + len(padded).to_bytes(2, "little") + padded.encode("latin-1"))
        self._images.seek(0, os.SEEK_END)

    def _remove_abandoned(self) -> None:
        """Remove what killed imports left, and versions that two imports at once both replaced."""
        current = current_version(self._folder)
        for entry in self._folder.iterdir():
            ours = entry.name.startswith(".partial-") or VERSION_NAME.fullmatch(entry.name)
            if not ours or entry.name == current:
                continue
            # Another import may remove the same entry at this moment.
            with contextlib.suppress(FileNotFoundError):
                if time.time() - entry.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                    shutil.rmtree(entry, ignore_errors=True)
