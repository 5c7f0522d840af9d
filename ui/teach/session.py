"""What a session has taught so far, and the way back."""

from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from core.few_shot.learning import Learnt
from core.few_shot.lesson import Lesson, LessonError, Sign
from ui.teach.messages import Change

MAX_UNDO = 50

FIRST_LESSON = Lesson((Sign("Sign 1"), Sign("Sign 2")))


@dataclass
class TaughtSession:
    """The lesson of a session, and those before it, the newest last."""

    lesson: Lesson = FIRST_LESSON
    earlier: list[Lesson] = field(default_factory=list)
    _learnt: tuple[Lesson, str, Learnt] | None = None

    @property
    def can_undo(self) -> bool:
        """Whether there is a way back."""
        return bool(self.earlier)

    def learnt_once(self, version: str, learn: Callable[[Lesson], Learnt]) -> Learnt:
        """What ``learn`` makes of the lesson, kept until that or the features' version changes."""
        kept = self._learnt
        if kept is None or kept[0] is not self.lesson or kept[1] != version:
            kept = self._learnt = self.lesson, version, learn(self.lesson)
        return kept[2]

    def teach(self, lesson: Lesson) -> None:
        """Go on with another lesson, from which there is a way back."""
        if lesson == self.lesson:
            return
        self.earlier = [*self.earlier, self.lesson][-MAX_UNDO:]
        self.lesson = lesson

    def take(self, change: Change) -> None:
        """Do what the visitor did in the component.

        Raises:
            LessonError: it cannot be taught.
        """
        if change.undo and self.earlier:
            self.lesson = self.earlier.pop()
        else:
            self.teach(changed(self.lesson, change))


def taught_session(key: str) -> TaughtSession:
    """What this session has taught so far."""
    session: TaughtSession = st.session_state.setdefault(f"{key} session", TaughtSession())
    return session


def changed(lesson: Lesson, change: Change) -> Lesson:
    """The lesson after what the visitor did.

    Raises:
        LessonError: it cannot be taught.
    """
    if change.record is not None:
        return lesson.with_recording(change.record.sign, change.record.features)
    if change.rename is not None:
        return lesson.renamed(change.rename.sign, change.rename.name)
    if change.drop is not None:
        return lesson.without_sample(change.drop.recording, change.drop.place)
    if change.remove is not None:
        return lesson.without_sign(change.remove)
    if change.add:
        return lesson.with_sign(_free_name(lesson))
    return lesson


def _free_name(lesson: Lesson) -> str:
    taken = {each.name for each in lesson.signs}
    names = (f"Sign {number}" for number in range(len(taken) + 1, 2 * len(taken) + 2))
    try:
        return next(name for name in names if name not in taken)
    except StopIteration as error:
        raise LessonError("Name the signs first.") from error
