"""Tells visitors apart as well as is possible without accounts."""

import re

import streamlit as st
from streamlit.runtime import get_instance as get_runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.training_jobs.job import Visitor

_NUMBER = re.compile("[0-9a-f]{32}")
"""What ``deploy/nginx.conf`` gives each browser as a cookie."""


def this_visitor() -> Visitor:
    """The visitor for whom the page runs: nginx's number for the browser, or else the address."""
    context = get_script_run_ctx()
    assert context is not None
    session = context.session_id
    number = st.context.cookies.get("visitor", "")
    identity = number if _NUMBER.fullmatch(number) else st.context.ip_address or "this machine"
    return Visitor(identity, lambda: get_runtime().is_active_session(session))
