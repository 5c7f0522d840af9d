"""A short run of ``make fuzz``, and hostile links for every page."""

import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.common.errors import UserError
from core.images.decoding import MAX_BYTES, decode_photo
from tests.fuzz import __main__ as command_line
from tests.fuzz import guards
from tests.fuzz.__main__ import run_generated
from tests.fuzz.doors import Door, doors
from tests.fuzz.grammars import GRAMMARS, Recipe, Repeated, built
from tests.fuzz.guided import TARGETS, target_of
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
def test_every_entry_point_holds(door: str) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.fuzz", "--door", door, "--share", SHARE]
    # A busy machine must not fail the test; the long run enforces the limit.
    command += ["--slack", "4"]
    environment = os.environ | {"CI": "true"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert f"{door}: " in done.stdout


def test_a_long_run_tries_fifty_thousand_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    asked: dict[str, int] = {}

    def start(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        started.append(command[command.index("tests.fuzz") + 1 :])
        return subprocess.CompletedProcess(command, 0)

    def count(door: Door, cases: int) -> str:
        asked[door.name] = cases
        return ""

    monkeypatch.setattr(subprocess, "run", start)
    monkeypatch.setattr(command_line, "throw", count)
    assert command_line.main([]) == 0
    for arguments in started:
        assert command_line.main(arguments) == 0
    assert asked.keys() == {door.name for door in doors()}
    assert sum(asked.values()) >= 50_000


@pytest.mark.parametrize("door", doors(), ids=lambda door: door.name)
def test_as_many_cases_run_as_requested(door: Door) -> None:
    """Most of them are different: no generator is exhausted."""
    cases = []
    assert run_generated(door, 50, lambda case: cases.append(repr(case))) == len(cases) == 50
    assert len(set(cases)) > 25


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


def test_a_slow_case_or_another_error_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guards, "MAX_SECONDS", 0.0)
    with pytest.raises(guards.CaseError, match="took"):
        guards.check_case(lambda: sum(range(100_000)), UserError)
    with pytest.raises(ZeroDivisionError):
        guards.check_case(lambda: 1 / 0, UserError)


def test_a_case_that_holds_the_interpreter_s_lock_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guards, "MAX_STALL_SECONDS", 0.05)
    text = "a" * 22
    with pytest.raises(guards.CaseError, match="kept other threads waiting"):
        # A regular expression is matched without a break.
        guards.check_case(lambda: re.match("(a+a+)+c", text), UserError)


@pytest.mark.parametrize("name", GRAMMARS)
def test_a_recipe_without_changes_is_a_photo(name: str) -> None:
    assert decode_photo(built(name, Recipe(0, [], []))).width in {16, 32}
    content = built(name, Recipe(0, [Repeated(0, 12_000_000)], []))
    assert MAX_BYTES - 200 < len(content) <= MAX_BYTES


@pytest.mark.parametrize("name", TARGETS)
def test_a_guided_run_begins_with_good_input(name: str, tmp_path: Path) -> None:
    """What it changes gets past the first check, and what is damaged raises the named error."""
    target = target_of(name, tmp_path)
    target.enter(target.seeds[0])
    with pytest.raises(target.allowed):
        target.enter(target.seeds[0][:-40])


def test_mutations_change_their_input() -> None:
    assert mutated(b"abcdef", [(0.5, "put", b"X")]) == b"abcXef"
    assert mutated(b"abcdef", [(0.5, "insert", b"X")]) == b"abcXdef"
    assert mutated(b"abcdef", [(0.5, "cut", b"")]) == b"abc"
    assert damaged({"a": {"b": 1}}, 0.07, None) == {"a": None}
    assert damaged({"a": {"b": 1}}, 0.5, None) == {"a": {"b": None}}
