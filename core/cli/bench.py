"""``python -m core bench``: measure how fast the program is on this machine."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from core.benchmarks.suite import run_benchmarks
from core.benchmarks.training import training_measurements
from core.common.progress import ProgressLine
from core.datasets.rendering import best_dataset

SUMMARY = "measure the speed of every step, on one thread"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the baseline, what to measure, and the output format."""
    parser.add_argument(
        "--baseline",
        metavar="PYTHON",
        type=Path,
        help="the Python of an environment with MediaPipe, which is timed in the same run",
    )
    parser.add_argument(
        "--training",
        action="store_true",
        help="measure an epoch of each network instead, as in the article, with its recipe here "
        "and with the fast recipe, and how long CNNs take to make no mistakes; about an hour, "
        "on all cores",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON array")


def run(arguments: argparse.Namespace) -> int:
    """Measure, and print medians beside the targets."""
    if arguments.training:
        drawing = ProgressLine("Drawing a dataset, because none was imported")
        measurements = training_measurements(
            best_dataset(drawing), ProgressLine("Timing trainings")
        )
    else:
        measurements = run_benchmarks(arguments.baseline)
    if arguments.json:
        print(json.dumps([asdict(each) for each in measurements], indent=1))
        return 0
    for each in measurements:
        print(f"{each.name:<54} {each.value:>8.2f} {each.unit:<10} {each.goal}")
    return 0
