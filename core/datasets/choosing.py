"""Chooses the dataset of commands and pages: the imported one, else a synthetic one."""

import threading

from core.common.progress import Progress
from core.datasets.importing import IMPORTED_NAME
from core.datasets.rendering import RENDERED_NAME, render_store
from core.datasets.store import Dataset, open_store, store_exists

# Several sessions of the app may start at once; one of them renders, the others wait for it.
_rendering = threading.Lock()


def chosen_name() -> str | None:
    """The name of the store in use; None if there is none yet."""
    return next((name for name in (IMPORTED_NAME, RENDERED_NAME) if store_exists(name)), None)


def best_dataset(progress: Progress | None = None) -> Dataset:
    """The imported dataset if there is one, else the rendered one, which is created if missing.

    ``facts.rendered`` of the result says which one it is.

    Raises:
        DatasetError: the store is damaged, or the rendered one cannot be written.
    """
    with _rendering:
        name = chosen_name()
        if name is None:
            render_store(progress=progress)
            name = RENDERED_NAME
    return open_store(name)
