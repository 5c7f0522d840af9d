"""A page by itself and what it says, for tests of pages."""

from streamlit.testing.v1 import AppTest


def page_test(name: str) -> AppTest:
    """A page by the name of its file, without the app around it; not yet run."""
    return AppTest.from_function(_show, args=(name,), default_timeout=60)


def _show(name: str) -> None:
    # The source of this function becomes a script of its own.
    import importlib

    importlib.import_module(f"pages.{name}").render()


def answer_of(at: AppTest) -> str:
    """The headline of the page, and nothing that went wrong."""
    assert not at.exception
    return next(text.value for text in at.markdown if 'role="status"' in text.value)


def texts_of(at: AppTest) -> str:
    """All that the page says in sentences."""
    return "\n".join(element.value for element in [*at.markdown, *at.caption])
