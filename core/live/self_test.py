"""A running self-test: what to show next, and when the answer is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.live.prompts import Observation, Prompt, Stopwatch
from core.live.trial_log import Trial

POSE_SECONDS = 3.0
"""Seconds from a prompt to the recorded answer: time to show the hand."""


@dataclass(frozen=True)
class SelfTest:
    """The prompts still to be shown, the next one first; each frame gives the next state."""

    prompts: tuple[Prompt, ...]
    stopwatch: Stopwatch = field(default_factory=Stopwatch)

    @property
    def prompt(self) -> Prompt | None:
        """The current prompt; None if the test is over."""
        return self.prompts[0] if self.prompts else None

    @property
    def seconds_left(self) -> float:
        """Seconds until the answer is recorded."""
        return max(0.0, POSE_SECONDS - self.stopwatch.seconds)

    def updated(self, hands: Sequence[Observation], now: float) -> tuple["SelfTest", Trial | None]:
        """The test after a frame, and the trial that the frame completed, if any.

        Only the first, most confident hand counts; ``now`` is in seconds of any clock.
        """
        if not self.prompts:
            return self, None
        stopwatch = self.stopwatch.at(now)
        if stopwatch.seconds < POSE_SECONDS:
            return SelfTest(self.prompts, stopwatch), None
        trial = Trial(self.prompts[0], hands[0] if hands else None)
        return SelfTest(self.prompts[1:]), trial
