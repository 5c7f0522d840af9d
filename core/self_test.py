"""A self-test that is running: what to show next, and when its answer is taken."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.tally import Trial
from core.tasks import Stopwatch, Task, Told

POSE_SECONDS = 3.0
"""From the question to the answer that counts, right or wrong: time to show the hand."""


@dataclass(frozen=True)
class SelfTest:
    """A self-test at one moment; each frame gives the next.

    Attributes:
        tasks: still to be shown, the next one first.
        watch: the time of this one.
    """

    tasks: tuple[Task, ...]
    watch: Stopwatch = field(default_factory=Stopwatch)

    @property
    def task(self) -> Task | None:
        """What to show now; None where the test is over."""
        return self.tasks[0] if self.tasks else None

    @property
    def seconds_left(self) -> float:
        """Until the answer is taken."""
        return max(0.0, POSE_SECONDS - self.watch.seconds)

    def watched(self, hands: Sequence[Told], now: float) -> tuple["SelfTest", Trial | None]:
        """The test after a frame, and the trial that it ended, if it ended one.

        Args:
            hands: what is told of it, surest first; the first one counts.
            now: when it was taken, in seconds of any clock.
        """
        if not self.tasks:
            return self, None
        watch = self.watch.at(now)
        if watch.seconds < POSE_SECONDS:
            return SelfTest(self.tasks, watch), None
        trial = Trial(self.tasks[0], hands[0] if hands else None)
        return SelfTest(self.tasks[1:]), trial
