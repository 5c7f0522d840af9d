"""A self-test that is running: what to show next, and when its answer is taken."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.live.prompts import Observation, Prompt, Stopwatch
from core.live.trial_log import Trial

POSE_SECONDS = 3.0
"""From the question to the answer that counts, right or wrong: time to show the hand."""


@dataclass(frozen=True)
class SelfTest:
    """A self-test at one moment; each frame gives the next.

    Attributes:
        prompts: still to be shown, the next one first.
        stopwatch: the time of this one.
    """

    prompts: tuple[Prompt, ...]
    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    @property
    def prompt(self) -> Prompt | None:
        """What to show now; None where the test is over."""
        return self.prompts[0] if self.prompts else None

    @property
    def seconds_left(self) -> float:
        """Until the answer is taken."""
        return max(0.0, POSE_SECONDS - self.stopwatch.seconds)

    def updated(self, hands: Sequence[Observation], now: float) -> tuple["SelfTest", Trial | None]:
        """The test after a frame, and the trial that it ended, if it ended one.

        Args:
            hands: the answers for it, most confident first; the first one counts.
            now: when it was taken, in seconds of any clock.
        """
        if not self.prompts:
            return self, None
        stopwatch = self.stopwatch.at(now)
        if stopwatch.seconds < POSE_SECONDS:
            return SelfTest(self.prompts, stopwatch), None
        trial = Trial(self.prompts[0], hands[0] if hands else None)
        return SelfTest(self.prompts[1:]), trial
