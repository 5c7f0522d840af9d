"""The settings of the live camera, in the page's address."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import streamlit as st

from core.hands.pipeline import DEFAULT_FINGERS_MODEL, MAX_HANDS, HandRecogniser
from core.hands.tracking import HALF_LIFE, TrackingSettings
from ui.choice import choose_one

_HANDS = range(1, MAX_HANDS + 1)
_CALIBRATED = 0.0
_SURENESS = {_CALIBRATED: "As calibrated", 0.5: "50%", 0.9: "90%", 0.99: "99%"}
_SMOOTHING = {HALF_LIFE: "Usual", 0.0: "Off", 0.3: "Strong"}
_BESIDE = {DEFAULT_FINGERS_MODEL: "The article's CNN", "": "Nothing"}


@dataclass(frozen=True)
class LiveSettings:
    """How the camera is read, and what of it is shown.

    Attributes:
        tracking: how hands are followed.
        answer: the least probability of an answer; None for the one that was calibrated.
        skeleton: whether the joints are drawn.
        beside: the model of the article that reads the same hand; empty for none.
    """

    tracking: TrackingSettings
    answer: float | None
    skeleton: bool
    beside: str

    @property
    def of_reading(self) -> dict[str, Any]:
        """What the browser's worker is told, as ``ui/live/device/types.d.ts`` declares it."""
        return asdict(self.tracking) | {"answer": self.answer}

    def applied_to(self, recogniser: HandRecogniser) -> HandRecogniser:
        """The recogniser with the chosen threshold of an answer."""
        if self.answer is None:
            return recogniser
        return replace(recogniser, calibration=replace(recogniser.calibration, answer=self.answer))


def choose_settings() -> LiveSettings:
    """A button that opens the settings; those that are chosen."""
    with st.popover("Settings", icon=":material/tune:"):
        hands = choose_one("Hands at most", _HANDS, "hands", MAX_HANDS, width="stretch")
        answer = choose_one("How sure an answer must be", _SURENESS, key="sure", width="stretch")
        half_life = choose_one("Smoothing over time", _SMOOTHING, key="smoothing", width="stretch")
        skeleton = st.toggle("Draw the joints", value=True, key="skeleton", bind="query-params")
        beside = choose_one("Beside it", _BESIDE, key="beside", width="stretch")
    return LiveSettings(TrackingSettings(hands, half_life), answer or None, skeleton, beside)
