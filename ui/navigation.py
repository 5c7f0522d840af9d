"""The pages of the app: found in ``pages/``, listed in their order."""

import importlib
import pkgutil
from types import ModuleType

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from ui.page import Page


def find_pages(package: str = "pages") -> list[ModuleType]:
    """The modules of a package, each a page, in the order in which they are listed.

    Raises:
        TypeError: a file does not end in ``PAGE = Page(…)`` and ``def render() -> None``.
    """
    folder = importlib.import_module(package).__path__
    modules = [
        importlib.import_module(f"{package}.{entry.name}") for entry in pkgutil.iter_modules(folder)
    ]
    for module in modules:
        if not isinstance(getattr(module, "PAGE", None), Page):
            raise TypeError(f"{module.__name__} is not a page: it needs PAGE = Page(…)")
        if not callable(getattr(module, "render", None)):
            raise TypeError(f"{module.__name__} is not a page: it needs def render() -> None")
    return sorted(modules, key=lambda module: (module.PAGE.order, module.__name__))


def name_of(page: ModuleType) -> str:
    """The name of a page's file, by which its address ends."""
    return page.__name__.rpartition(".")[2]


def streamlit_pages() -> dict[str, StreamlitPage]:
    """What Streamlit navigates over, by the name of each page's file; the first opens the app."""
    return {
        name_of(module): st.Page(
            module.render,
            title=module.PAGE.title,
            icon=module.PAGE.icon,
            url_path=name_of(module),
            default=position == 0,
        )
        for position, module in enumerate(find_pages())
    }
