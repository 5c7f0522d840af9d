"""The pages: one file each, with ``PAGE`` and ``render``, found by ``streamlit_app``."""
