"""Imports the Fingers dataset from a zip or a folder into a store, or downloads it from Kaggle.

That takes kagglehub, an optional dependency.
"""

import errno
import importlib
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.common.progress import Progress
from core.common.types import IMAGE_SIZE, Uint8Array
from core.datasets.sources import ImageSource, RefusedImageError, open_source, printable
from core.datasets.store import (
    SPLITS,
    DatasetError,
    Facts,
    ImageLabel,
    StoredBatch,
    data_root,
    write_store,
)
from core.images.decoding import PhotoError, decode_photo, to_grey

IMPORTED_NAME = "fingers"

KAGGLE_HANDLE = "koryakinp/fingers"
KAGGLE_PAGE = f"https://www.kaggle.com/datasets/{KAGGLE_HANDLE}"
TIMEOUT_SECONDS = 30 * 60

_BY_HAND = (
    f"You can also download it in a browser from {KAGGLE_PAGE} "
    "and import the zip: python -m core data import PATH"
)
_CAUSES_BY_STATUS = {
    401: "Kaggle does not accept your credentials. Create a new token in your Kaggle settings.",
    403: "Kaggle refused the download. Check that your credentials are set up and valid.",
    404: "Kaggle no longer has this dataset.",
    429: "Kaggle reports too many downloads. Try again later.",
}
_CAUSES_BY_NAME = {
    "CredentialError": "Your Kaggle credentials are not set up. See https://www.kaggle.com/docs/api",
    "UnauthenticatedError": "You are not logged in to Kaggle. See https://www.kaggle.com/docs/api",
    "NotFoundError": _CAUSES_BY_STATUS[404],
    "DataCorruptionError": "The download arrived damaged. Try again.",
}

_WORKERS = 2
_CHUNK = 256
_CHUNKS_AHEAD = 4
_NAMED_REFUSALS = 5
_PLAIN_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(
    [0, 0, 0, IMAGE_SIZE, 0, 0, 0, IMAGE_SIZE, 8, 0]
)
"""The first bytes of a PNG of 128×128 pixels in 8-bit grey."""

_Chunk = tuple[StoredBatch, list[tuple[str, str]]]
"""Images in the order of the source, then the name of each refused one with the reason."""


@dataclass(frozen=True)
class ImportReport:
    """The new store's facts, each refused image with the reason, and how many other files."""

    facts: Facts
    refused: tuple[tuple[str, str], ...]
    ignored: int


def import_dataset(
    path: Path,
    root: Path | None = None,
    skip_broken: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import a zip or a folder into the store ``fingers``, which is replaced only at the end.

    With ``skip_broken``, images that cannot be imported are left out.

    Raises:
        DatasetError: the source is damaged, malicious or incomplete, or the disk is full.
    """
    with open_source(path) as source:
        refused = list(source.listing.refused)
        images = source.listing.images
        if not images and not refused:
            raise DatasetError(
                f"{path} holds no images of the Fingers dataset. There must be a train and a test "
                "folder with images named like 0a1b_3L.png (three fingers, left hand)."
            )

        def kept(chunks: Iterator[_Chunk]) -> Iterator[StoredBatch]:
            done, splits = 0, set()
            for batch, broken in chunks:
                yield batch
                splits |= {image.split for image in batch[1]}
                refused.extend(broken)
                done += len(batch[1]) + len(broken)
                if progress is not None:
                    progress(done, len(images))
            if refused and not skip_broken:
                raise DatasetError(_refusal(refused))
            if missing := [split for split in SPLITS if split not in splits]:
                raise DatasetError(
                    f"{path} has no usable images in {' and '.join(missing)}; "
                    "both train and test are needed. Download the dataset again."
                )

        # Close the chunks before the source, so that no thread reads from a closed zip.
        with report_disk_errors(root), closing(_read_chunks(source)) as chunks:
            facts = write_store(
                IMPORTED_NAME, path.name, rendered=False, batches=kept(chunks), root=root
            )
    return ImportReport(facts, tuple(refused), source.listing.ignored)


@contextmanager
def report_disk_errors(root: Path | None) -> Iterator[None]:
    """Turn errors in writing a store into a DatasetError that says what to do."""
    try:
        yield
    except OSError as error:
        folder = root or data_root()
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DatasetError(
                f"The disk has no room for the dataset in {folder}. Free 500 MB, or set "
                "FINGERS_DATA to a folder on another disk. What was there before is unchanged."
            ) from error
        raise DatasetError(
            f"The dataset cannot be written to {folder}: {error.strerror or error}. "
            "Set FINGERS_DATA to a folder that can be written to."
        ) from error


def decode_image(content: bytes) -> Uint8Array:
    """Decode one image of the dataset: (128, 128) uint8, grey.

    Raises:
        RefusedImageError: it is damaged or has the wrong size.
    """
    if content.startswith(_PLAIN_PNG):
        decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
        if decoded is None:
            raise RefusedImageError("is damaged or cut off")
        return np.asarray(decoded, dtype=np.uint8)
    try:
        photo = decode_photo(content)
    except PhotoError as error:
        raise RefusedImageError(f"cannot be read ({error})") from error
    if (photo.height, photo.width) != (IMAGE_SIZE, IMAGE_SIZE):
        raise RefusedImageError(
            f"measures {photo.width}×{photo.height} pixels, not {IMAGE_SIZE}×{IMAGE_SIZE}"
        )
    return to_grey(photo.pixels)


def _read_chunks(source: ImageSource) -> Generator[_Chunk, None, None]:
    images = source.listing.images
    pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="dataset-import")
    waiting: deque[Future[_Chunk]] = deque()
    try:
        for start in range(0, len(images), _CHUNK):
            waiting.append(pool.submit(_read_chunk, source, images[start : start + _CHUNK]))
            if len(waiting) > _CHUNKS_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _read_chunk(source: ImageSource, images: Sequence[ImageLabel]) -> _Chunk:
    pixels = np.empty((len(images), IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    kept: list[ImageLabel] = []
    refused: list[tuple[str, str]] = []
    for image in images:
        try:
            pixels[len(kept)] = decode_image(source.read(image))
        except RefusedImageError as error:
            refused.append((image.name, str(error)))
        else:
            kept.append(image)
    return (pixels[: len(kept)], kept), refused


def _refusal(refused: Sequence[tuple[str, str]]) -> str:
    lines = [f"  {printable(name)} {reason}" for name, reason in refused[:_NAMED_REFUSALS]]
    if len(refused) > _NAMED_REFUSALS:
        lines.append(f"  and {len(refused) - _NAMED_REFUSALS:,} more")
    return "\n".join(
        [
            f"Nothing was imported; images that cannot be used: {len(refused):,}.",
            *lines,
            "Download the dataset again, or leave these images out with --skip-broken.",
        ]
    )


def download_from_kaggle(timeout_seconds: float = TIMEOUT_SECONDS) -> Path:
    """Download the dataset, or find an earlier download, and return its folder.

    Raises:
        DatasetError: kagglehub is not installed, there is no network or no permission, or the
            download takes too long.
    """
    try:
        kagglehub = importlib.import_module("kagglehub")
    except ImportError as error:
        raise DatasetError(
            "Downloading from Kaggle needs the library kagglehub: pip install kagglehub. "
            f"{_BY_HAND}"
        ) from error
    download: Future[str] = Future()

    def run() -> None:
        # kagglehub raises its own exceptions and those of requests and the operating system; each
        # of them becomes a message.
        try:
            download.set_result(str(kagglehub.dataset_download(KAGGLE_HANDLE)))
        except Exception as error:  # noqa: BLE001
            download.set_exception(error)

    # kagglehub has no overall time limit; a daemon thread cannot keep the program from exiting.
    threading.Thread(target=run, name="kaggle-download", daemon=True).start()
    if not wait([download], timeout_seconds).done:
        raise DatasetError(
            f"The download from Kaggle did not end within {timeout_seconds / 60:g} minutes. "
            f"Check the network and try again. {_BY_HAND}"
        )
    if trouble := download.exception():
        raise DatasetError(f"{_cause(trouble)} {_BY_HAND}") from trouble
    return Path(download.result())


def _cause(error: BaseException) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in _CAUSES_BY_STATUS:
        return _CAUSES_BY_STATUS[status]
    # By name, because importing the exception classes would require the libraries.
    for kind in type(error).__mro__:
        if kind.__name__ in _CAUSES_BY_NAME:
            return _CAUSES_BY_NAME[kind.__name__]
        if kind.__name__ in ("ConnectionError", "Timeout", "TimeoutError", "gaierror"):
            return "Kaggle cannot be reached. Check the network and try again."
    details = " ".join(str(error).split())[:300] or type(error).__name__
    return f"The download from Kaggle failed: {details}."
