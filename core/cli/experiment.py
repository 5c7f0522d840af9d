"""``python -m core experiment``: measure on the imported dataset, for the pages."""

import argparse

from core.common.errors import UserError
from core.common.parallel import add_cluster_argument, cluster
from core.datasets.importing import IMPORTED_NAME
from core.datasets.store import open_store
from core.experiments import all_experiments, get_experiment
from core.experiments.records.store import write_record

SUMMARY = "measure on the imported dataset, and record the results for the pages"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the experiment's name, and where its parts run."""
    parser.add_argument("name", metavar="NAME", help=f"one of: {', '.join(all_experiments())}")
    add_cluster_argument(parser, "parts of the experiment")


def run(arguments: argparse.Namespace) -> int:
    """Run one experiment and record its results."""
    experiment = get_experiment(arguments.name)
    if arguments.cluster and not experiment.has_parts:
        raise UserError(f"'{experiment.name}' has no independent parts: run it without --cluster.")
    dataset = open_store(IMPORTED_NAME)
    print(f"{experiment.title}, on '{dataset.facts.name}': {dataset.facts.images:,} images")
    with cluster(arguments.cluster):
        record = experiment.run(dataset)
    path = write_record(experiment.name, record)
    print(f"Recorded in {path}")
    return 0
