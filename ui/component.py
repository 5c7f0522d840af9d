"""Components of the app's own HTML, CSS and JavaScript."""

from pathlib import Path

_FOLDER = Path(__file__).parent


def read_component(name: str, *scripts: str) -> tuple[str, str, str]:
    """HTML, CSS and JavaScript of a component, by the path of its page without the suffix.

    All styles beside the page are its own. A component takes a single script, so that several files
    become one; the last has its entry.
    """
    page = _FOLDER / name
    styles = (_FOLDER / "component.css", *sorted(page.parent.glob("*.css")))
    style = "".join(each.read_text("utf-8") for each in styles)
    script = "\n".join((page.parent / f"{each}.js").read_text("utf-8") for each in scripts)
    return page.with_suffix(".html").read_text("utf-8"), style, script
