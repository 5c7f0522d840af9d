"""An experiment of many small parts that write down what they do, importable by any worker."""

import os
import random
import signal
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from core.experiments.records.store import ResultCache

STEPS = 5


@dataclass(frozen=True)
class Walk:
    """Where a random walk ended."""

    end: float


def walks(folder: Path, count: int) -> tuple[Walk, ...]:
    """Random walks, each of which goes on from its checkpoint."""
    finished = ResultCache("walks", Walk, {}, folder)
    cases = {f"walk_{seed}": seed for seed in range(count)}
    return finished.all_parts(partial(walk, folder), cases, "Walking")


def walk(folder: Path, seed: int) -> Walk:
    """A walk of some steps; a file ``fatal_SEED`` ends its process, once, in the middle."""
    checkpoint = folder / f"walk_{seed}.npy"
    path = np.load(checkpoint) if checkpoint.exists() else np.zeros(1)
    for step in range(len(path), STEPS + 1):
        with (folder / "steps.log").open("a") as log:
            log.write(f"{seed} {step}\n")
        fatal = folder / f"fatal_{seed}"
        if step == STEPS // 2 and fatal.exists():
            fatal.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        path = np.append(path, path[-1] + np.random.default_rng([seed, step]).normal())
        np.save(checkpoint, path)
    print(f"walk {seed} ended")
    return Walk(float(path[-1]))


def steps_of(folder: Path) -> list[str]:
    """The steps that were taken, those taken twice included."""
    return sorted((folder / "steps.log").read_text().splitlines())


def fail(message: str) -> None:
    """Write a line, and fail."""
    with Path(message).open("a") as log:
        log.write("tried\n")
    raise OSError(message)


def talk_unless_first(part: int) -> int:
    """Say lines for as long as somebody listens; the first part ends at once."""
    while part:
        print("…")
        time.sleep(0.02)
    return part


def draw(seed: int) -> float:
    """What Python's own generator draws a while after it was seeded, as Keras does."""
    random.seed(seed)
    time.sleep(0.5)
    return random.random()


def process(_: int) -> int:
    """The process that a part runs in."""
    return os.getpid()
