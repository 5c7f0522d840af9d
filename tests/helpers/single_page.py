"""A page by itself, for tests of pages."""

from streamlit.testing.v1 import AppTest


def page_test(name: str) -> AppTest:
    """A page by the name of its file, without the app around it; not yet run."""
    return AppTest.from_function(_show, args=(name,), default_timeout=60)


def _show(name: str) -> None:
    # The source of this function becomes a script of its own.
    import importlib

    importlib.import_module(f"pages.{name}").render()
