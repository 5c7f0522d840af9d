"""Figures as rows of a table: what was measured, the bar, and how busy the machine was."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser


@dataclass(frozen=True)
class Bar:
    """What a figure is to reach: at most ``least``, or at least that where more is better."""

    least: float
    aim: float
    more_is_better: bool = False

    def is_reached(self, value: float) -> bool:
        """Whether it is good enough; the aim is more than that."""
        return value >= self.least if self.more_is_better else value <= self.least

    def __str__(self) -> str:
        side = "≥" if self.more_is_better else "≤"
        return f"{side} {self.least:g}, aim {self.aim:g}"


def print_head() -> None:
    """Print the table's head."""
    print("| measured | figure | bar | reached | load average |\n| --- | --- | --- | --- | --- |")


def print_figure(what: str, value: float, unit: str, bar: Bar | None = None) -> None:
    """Print one figure as a row."""
    reached = "" if bar is None else "yes" if bar.is_reached(value) else "**no**"
    shown = f"{round(value, 2):.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    row = (what, f"{shown} {unit}", bar or "", reached, f"{os.getloadavg()[0]:.1f}")
    print(f"| {' | '.join(map(str, row))} |", flush=True)


def machine(browser: Browser | None = None, notes: Sequence[str] = ()) -> str:
    """The machine in a line."""
    names = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(": ")[2] for line in names if line.startswith("model name")), "")
    chromium = [] if browser is None else [f"headless Chromium {browser.version}"]
    return ", ".join([f"{os.cpu_count()} cores ({model})", *chromium, *notes])
