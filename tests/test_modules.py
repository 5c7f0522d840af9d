"""The shape of the tree: short modules, and packages that say what belongs in them."""

import ast
from pathlib import Path

import pytest

from tests.helpers.own_process import ROOT

MAX_LINES = 320
PACKAGES = sorted(path.parent for path in (ROOT / "core").glob("*/__init__.py"))


def sources() -> list[Path]:
    """Every module in Python and JavaScript."""
    folders = ("core", "pages", "tests", "ui")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.*")]
    return [path for path in [*found, *ROOT.glob("*.py")] if path.suffix in (".py", ".js")]


def test_modules_stay_short() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources()
    }
    assert {"core/__main__.py", "tests/test_modules.py", "serve.py"} <= lengths.keys()
    assert any(name.startswith("ui/") and name.endswith(".js") for name in lengths)
    assert {name: lines for name, lines in lengths.items() if lines > MAX_LINES} == {}


def test_core_has_no_loose_modules() -> None:
    assert {path.name for path in (ROOT / "core").glob("*.py")} == {"__init__.py", "__main__.py"}
    folders = {path.parent for path in (ROOT / "core").rglob("*.py")} - {ROOT / "core"}
    assert all((folder / "__init__.py").exists() for folder in folders)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_package_says_what_belongs_in_it_and_what_it_imports(package: Path) -> None:
    text = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8")))
    assert text is not None
    what, _, imports = text.partition("\n\n")
    assert len(what.split()) >= 3
    assert "import" in imports
