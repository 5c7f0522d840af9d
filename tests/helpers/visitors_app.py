"""An app in which each session asks for a training at once, and says what came of it."""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.common.errors import UserError
from core.training_jobs.queue import TrainingQueue
from tests.helpers.live_trainings import REQUEST, fake_commands
from ui.server.identity import this_visitor


@st.cache_resource
def queue() -> TrainingQueue:
    """The queue of all sessions; its trainings wait for ever."""
    return TrainingQueue(fake_commands([["wait"]] * 20))


try:
    queue().submit(REQUEST, this_visitor())
    st.text("accepted")
except UserError as error:
    st.text(str(error))
