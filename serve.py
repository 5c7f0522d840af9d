"""The app as a server, with what those who run it need: ``streamlit run serve.py``.

Streamlit looks for an app of this name and this form. The pages are those of ``streamlit_app.py``.
"""

import streamlit as st
from starlette.middleware import Middleware

from ui.server import assets
from ui.server.edge import KnownHosts, SecurityHeaders
from ui.server.operations import ROUTES, lifespan, on_script_error
from ui.server.start_page import StartPage
from ui.server.streamlit_files import CompressedFiles
from ui.server.uploads import BoundedUploads
from ui.server.visitors import BoundedVisitors

app = st.App(
    "streamlit_app.py",
    routes=[*ROUTES, *assets.ROUTES],
    middleware=[
        Middleware(each)
        for each in (
            SecurityHeaders,
            KnownHosts,
            CompressedFiles,
            StartPage,
            BoundedVisitors,
            BoundedUploads,
        )
    ],
    lifespan=lifespan,
    on_script_error=on_script_error,
)
