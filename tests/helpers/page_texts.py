"""What a page says, for tests of pages."""

from streamlit.testing.v1 import AppTest


def answer_of(at: AppTest) -> str:
    """The page's headline; asserts that nothing went wrong."""
    assert not at.exception
    return next(text.value for text in at.markdown if 'role="status"' in text.value)


def texts_of(at: AppTest) -> str:
    """All sentences on the page."""
    return "\n".join(element.value for element in [*at.markdown, *at.caption])
