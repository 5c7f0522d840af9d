"""Downloads the Fingers dataset from Kaggle with kagglehub, an optional dependency."""

import importlib
import threading
from concurrent.futures import Future, wait
from pathlib import Path

from core.datasets.store import DatasetError

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
