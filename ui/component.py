"""Components of the app's own HTML, CSS and JavaScript."""

from pathlib import Path

_FOLDER = Path(__file__).parent


def read_component(name: str, *scripts: str) -> tuple[str, str, str]:
    """HTML, CSS and JavaScript of a component, by the path of its page without the suffix.

    A component takes a single script, so that several files become one; the last has its entry.
    """
    page, shared = _FOLDER / name, _FOLDER / "component.css"
    style = shared.read_text("utf-8") + page.with_suffix(".css").read_text("utf-8")
    script = "\n".join((page.parent / f"{each}.js").read_text("utf-8") for each in scripts)
    return page.with_suffix(".html").read_text("utf-8"), style, script
