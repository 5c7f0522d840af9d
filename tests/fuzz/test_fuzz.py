"""A short run of ``make fuzz``, and hostile links for every page."""

import os
import random
import subprocess
import sys
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.common.errors import UserError
from tests.fuzz import guards
from tests.fuzz.doors import doors
from tests.fuzz.hostile import SETTINGS
from tests.fuzz.mutations import damaged, mutated
from tests.helpers.browser import ROOT
from ui.navigation import find_pages

SHARE = "0.002"
PAGES = [module.__name__.rpartition(".")[2] for module in find_pages()]
LINKS_A_PAGE = 2

OpenPage = Callable[..., AppTest]


@pytest.mark.slow
@pytest.mark.parametrize("door", [door.name for door in doors()])
def test_every_door_holds(door: str) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "fuzz", "--door", door, "--share", SHARE]
    # A busy machine is no reason to fail; the long run holds to the bound.
    command += ["--slack", "4"]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", "CI": "true"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert f"{door}: " in done.stdout


def test_a_long_run_throws_fifty_thousand() -> None:
    assert sum(door.cases for door in doors()) >= 50_000


@pytest.mark.parametrize("page", PAGES)
def test_hostile_links_open_the_page_as_it_is(open_page: OpenPage, page: str) -> None:
    at = open_page(page).run()
    assert not at.exception
    names = sorted({key for each in at.main if (key := getattr(each, "key", None))})
    chance = random.Random(page)
    links = [
        {name: chance.choice(SETTINGS) for name in [*names, "unknown"]} for _ in range(LINKS_A_PAGE)
    ]
    for link in [dict.fromkeys(names, ""), *links]:
        at = open_page(page, **link).run()
        assert not at.exception, link
        assert at.title


def test_a_case_that_takes_long_or_fails_otherwise_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guards, "MAX_SECONDS", 0.0)
    with pytest.raises(guards.CaseError, match="took"):
        guards.check_case(lambda: sum(range(100_000)), UserError)
    with pytest.raises(ZeroDivisionError):
        guards.check_case(lambda: 1 / 0, UserError)


def test_mutations_change_what_they_are_given() -> None:
    assert mutated(b"abcdef", [(0.5, "put", b"X")]) == b"abcXef"
    assert mutated(b"abcdef", [(0.5, "insert", b"X")]) == b"abcXdef"
    assert mutated(b"abcdef", [(0.5, "cut", b"")]) == b"abc"
    assert damaged({"a": {"b": 1}}, 0.07, None) == {"a": None}
    assert damaged({"a": {"b": 1}}, 0.5, None) == {"a": {"b": None}}
