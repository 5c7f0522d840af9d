"""Measures how many people the server can handle, over real websockets."""

import argparse
import asyncio
import base64
import json
import os
import random
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from core.serving.metrics import summarise
from core.synthetic.sample_photos import draw_sample
from tests.helpers.browser import free_port
from tests.load.live_visitor import FRAMES_A_SECOND, TrialLog, visit

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120


class Server(NamedTuple):
    """A running server on this machine; ``process`` is its number."""

    port: int
    metrics_port: int
    process: int


class Usage(NamedTuple):
    """The resource usage of the server's process."""

    megabytes: float
    descriptors: int
    threads: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status says whether everything was answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10, help="visitors at once")
    parser.add_argument("--seconds", type=float, default=20.0, help="of sending, a round")
    parser.add_argument("--rounds", type=int, default=1, help="after each, all visitors leave")
    parser.add_argument("--settle", type=float, default=5.0, help="seconds after a round")
    chosen = parser.parse_args(arguments)
    frame = synthetic_frame()
    broken = False
    with running_server() as server:
        print(_usage_line("before", usage_of(server.process)))
        for number in range(1, chosen.rounds + 1):
            tallies, during = asyncio.run(run_round(server, frame, chosen.sessions, chosen.seconds))
            time.sleep(chosen.settle)
            print(f"round {number}: {summary(tallies, chosen.seconds)}")
            print(_usage_line("during", during))
            print(_usage_line("after", usage_of(server.process)), flush=True)
            broken |= any(trial_log.errors or not trial_log.milliseconds for trial_log in tallies)
        print(f"the server's metrics: {json.dumps(_metrics(server.metrics_port))}")
    return int(broken)


async def run_round(
    server: Server, frame: str, sessions: int, seconds: float
) -> tuple[list[TrialLog], Usage]:
    """All visitors at once; returns their experience and the server's peak usage."""
    most = usage_of(server.process)
    stride = 1 / FRAMES_A_SECOND
    visits = [
        asyncio.ensure_future(visit(server.port, frame, seconds, random.random() * stride))
        for _ in range(sessions)
    ]
    pending = set(visits)
    while pending:
        _, pending = await asyncio.wait(pending, timeout=1.0)
        now = usage_of(server.process)
        most = Usage(
            max(most.megabytes, now.megabytes),
            max(most.descriptors, now.descriptors),
            max(most.threads, now.threads),
        )
    return [each.result() for each in visits], most


def synthetic_frame() -> str:
    """A synthetic hand, encoded as by the page."""
    pixels = cv2.cvtColor(draw_sample(3, "R", 1, 320, 240).pixels, cv2.COLOR_RGB2BGR)
    jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def summary(tallies: Sequence[TrialLog], seconds: float) -> str:
    times = np.array([time for trial_log in tallies for time in trial_log.milliseconds])
    answers = [len(trial_log.milliseconds) for trial_log in tallies]
    errors = [error for trial_log in tallies for error in trial_log.errors]
    median, high = np.percentile(times, [50, 95]) if len(times) else (np.nan, np.nan)
    return (
        f"{len(tallies)} sessions, {sum(trial_log.sent for trial_log in tallies)} frames sent, "
        f"{sum(answers) / seconds:.1f} answers a second, p50 {median:.0f} ms, p95 {high:.0f} ms, "
        f"{min(answers)} to {max(answers)} answers a session, "
        f"{sum(trial_log.busy for trial_log in tallies)} told busy, "
        f"{sum(trial_log.lost for trial_log in tallies)} lost, {len(errors)} errors"
        + "".join(f"\n  {error}" for error in sorted(set(errors)))
    )


def _usage_line(when: str, usage: Usage) -> str:
    return (
        f"  {when:<7} {usage.megabytes:7.1f} MB resident, {usage.descriptors} file descriptors, "
        f"{usage.threads} threads"
    )


def usage_of(process: int) -> Usage:
    """A process's current resource usage."""
    folder = Path(f"/proc/{process}")
    pages = int((folder / "statm").read_text(encoding="ascii").split()[1])
    return Usage(
        pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
        sum(1 for _ in (folder / "fd").iterdir()),
        sum(1 for _ in (folder / "task").iterdir()),
    )


def _metrics(port: int) -> dict[str, float | None]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        return summarise(text_string_to_metric_families(answer.read().decode()))


@contextmanager
def running_server(prefix: Sequence[str] = ()) -> Iterator[Server]:
    """The app's server on a free port of this machine, once ready; stopped at the end.

    Args:
        prefix: a command that runs the one behind it.
    """
    port, metrics_port = free_port(), free_port()
    command = [*prefix, sys.executable, "-m", "streamlit", "run", "serve.py"]
    options = [f"--server.port={port}", "--server.address=127.0.0.1"]
    process = subprocess.Popen(
        command + options, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"FINGERS_METRICS_ADDRESS": f"127.0.0.1:{metrics_port}"},
    )  # fmt: skip
    try:
        _wait_until_ready(port, process)
        yield Server(port, metrics_port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise SystemExit("The server did not start.")


if __name__ == "__main__":
    sys.exit(main())
