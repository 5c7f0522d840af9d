"""The app's entry: finds the pages of ``pages/`` and shows the one that was asked for."""

import importlib
import pkgutil
from collections import defaultdict
from types import ModuleType

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.navigation.page import StreamlitPage

import ui
from core.photos import MAX_BYTES


def find_pages(package: str = "pages") -> list[ModuleType]:
    """The modules of a package, each a page, in the order in which they are listed.

    Raises:
        TypeError: a file does not end in ``PAGE = ui.Page(…)`` and ``def render() -> None``.
    """
    folder = importlib.import_module(package).__path__
    modules = [
        importlib.import_module(f"{package}.{entry.name}") for entry in pkgutil.iter_modules(folder)
    ]
    for module in modules:
        if not isinstance(getattr(module, "PAGE", None), ui.Page):
            raise TypeError(f"{module.__name__} is no page: it needs PAGE = ui.Page(…)")
        if not callable(getattr(module, "render", None)):
            raise TypeError(f"{module.__name__} is no page: it needs def render() -> None")
    return sorted(modules, key=lambda module: (module.PAGE.order, module.__name__))


def keep_uploads_in_memory() -> None:
    """Keep photos off the disk, on which the web server parks uploads of more than 1 MB."""
    MultiPartParser.spool_max_size = 2 * MAX_BYTES


def main() -> None:
    """Set up the app, list its pages, and run one."""
    keep_uploads_in_memory()
    st.set_page_config(
        page_title=ui.APP_NAME,
        page_icon=ui.APP_ICON,
        layout="wide",
        # With an entry of its own the menu appears, and with it the choice of light or dark.
        menu_items={"About": ui.ABOUT},
    )
    groups: dict[str, list[StreamlitPage]] = defaultdict(list)
    for position, module in enumerate(find_pages()):
        page = st.Page(
            module.render,
            title=module.PAGE.title,
            icon=module.PAGE.icon,
            url_path=module.__name__.rpartition(".")[2],
            default=position == 0,
        )
        groups[module.PAGE.group].append(page)
    chosen = st.navigation(groups, position="top")
    with (
        st.container(horizontal_alignment="center"),
        st.container(width=ui.PAGE_WIDTH, gap="medium"),
    ):
        chosen.run()


if __name__ == "__main__":
    main()
