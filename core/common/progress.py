"""Progress bars for long tasks in a terminal."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tqdm import tqdm

T = TypeVar("T")

Progress = Callable[[int, int], None]
"""Called with the number of finished steps and the total."""


class ProgressLine:
    """A progress bar on standard error; in a log file it is updated every ten seconds."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._bar: tqdm[None] | None = None

    def __call__(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` steps are done."""
        if self._bar is None:
            # Imported here because the app shows no bars and should not wait for it.
            from tqdm import tqdm

            # tqdm must not start its monitor thread, because some commands fork.
            tqdm.monitor_interval = 0
            pause = 0.1 if sys.stderr.isatty() else 10
            self._bar = tqdm(desc=self._label, total=total, mininterval=pause, miniters=1)
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._bar.close()
            self._bar = None


def with_progress(items: Sequence[T], label: str) -> Iterator[T]:
    """The items, with a progress bar of those that are done."""
    progress = ProgressLine(label)
    for done, item in enumerate(items, start=1):
        yield item
        progress(done, len(items))
