"""``python -m core experiment``: measure on the imported dataset, for the pages."""

import argparse

from core.datasets.importing import IMPORTED_NAME
from core.datasets.store import open_store
from core.experiments import all_experiments, get_experiment
from core.experiments.records.store import write_record

SUMMARY = "measure on the imported dataset, and record the results for the pages"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the experiment's name."""
    parser.add_argument("name", metavar="NAME", help=f"one of: {', '.join(all_experiments())}")


def run(arguments: argparse.Namespace) -> int:
    """Run one experiment and record its results."""
    experiment = get_experiment(arguments.name)
    dataset = open_store(IMPORTED_NAME)
    print(f"{experiment.title}, on '{dataset.facts.name}': {dataset.facts.images:,} images")
    path = write_record(experiment.name, experiment.run(dataset))
    print(f"Recorded in {path}")
    return 0
