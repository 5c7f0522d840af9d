"""``python -m core train``: train a model of the zoo and publish it."""

import argparse
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from core.artifacts.cards import Card
from core.artifacts.store import MODELS_ROOT, read_card
from core.common.errors import UserError
from core.common.parallel import add_cluster_argument, cluster
from core.common.progress import ProgressLine
from core.datasets.rendering import RENDERED_NAME, best_dataset, render_store
from core.datasets.store import Dataset, open_store
from core.evaluation.calibration import CALIBRATION_PHOTOS
from core.hands_training.trainer import dry_run_hand_model, train_hand_model
from core.training.trainer import RUNS_ROOT, print_epoch
from core.zoo import ArticleSpec, RecipeName, dry_run_of, get_spec, hand_specs, recipe_of, zoo

SUMMARY = "train a model, record it under models/ and export it for serving"

DRY_RUN_IMAGES = 120
DRY_RUN_PHOTOS = 12
SEEDS = [0, 1, 2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the model's name and the options of its training."""
    parser.add_argument("name", metavar="NAME", help=f"one of: {', '.join(zoo())}")
    parser.add_argument(
        "--seeds",
        type=int,
        nargs="+",
        metavar="SEED",
        help="train each of these; the one with the fewest test errors is shipped (0 1 2; "
        "hand detector and hand classifier: one seed, 0)",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help="hand detector and hand classifier: processes that draw samples during training (1)",
    )
    add_cluster_argument(parser, "seeds of a dense network, CNN or logistic regression")
    parser.add_argument(
        "--fast",
        action="store_true",
        help="dense networks and CNNs: a recipe that takes less time than the article's",
    )
    parser.add_argument(
        "--fine-tune",
        action="store_true",
        help="hand models: fine-tune the published one, in about an hour on two cores",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="go through every step with a few synthetic images, in a temporary folder",
    )


def run(arguments: argparse.Namespace) -> int:
    """Train, publish and report."""
    hand_spec = hand_specs().get(arguments.name)
    seeds = arguments.seeds or (SEEDS if hand_spec is None else [0])
    if min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise UserError("The seeds must be different numbers, 0 or greater.")
    if arguments.cluster and (arguments.dry_run or len(seeds) == 1):
        raise UserError(
            "One seed has no independent parts: give more of them, or train without --cluster."
        )
    if hand_spec is not None:
        if arguments.fast:
            raise UserError(f"'{hand_spec.name}' has no fast recipe: train it without --fast.")
        if len(seeds) > 1 or not 1 <= arguments.workers <= 64:
            raise UserError(f"'{hand_spec.name}' takes one seed and 1 to 64 workers.")
        if arguments.dry_run:
            dry_run_hand_model(hand_spec, arguments.fine_tune)
        else:
            train_hand_model(hand_spec, seeds[0], arguments.workers, arguments.fine_tune)
        return 0
    if arguments.fine_tune:
        raise UserError("Only the hand detector and the hand classifier can be fine-tuned.")
    spec = get_spec(arguments.name)
    recipe_name: RecipeName = "fast" if arguments.fast else "article"
    recipe_of(spec, recipe_name)
    if arguments.dry_run:
        with tempfile.TemporaryDirectory() as folder:
            _dry_run(spec, recipe_name, Path(folder))
        return 0
    dataset = best_dataset(ProgressLine("Drawing a dataset, because none was imported"))
    facts = dataset.facts
    kind = "drawn images, because no dataset was imported" if facts.rendered else facts.origin
    print(f"Dataset '{facts.name}': {facts.images:,} images ({kind})")
    with cluster(arguments.cluster):
        _train(spec, recipe_name, dataset, seeds, RUNS_ROOT, MODELS_ROOT)
    return 0


def _dry_run(spec: ArticleSpec, recipe_name: RecipeName, folder: Path) -> None:
    """Run the whole training, with its backbone, on few images in a temporary folder."""
    render_store(DRY_RUN_IMAGES, seed=0, root=folder, progress=ProgressLine("Drawing"))
    dataset = open_store(RENDERED_NAME, folder)
    chain = [spec]
    while chain[0].backbone is not None:
        chain.insert(0, get_spec(chain[0].backbone))
    roots = folder / "runs", folder / "models"
    for each in chain[:-1]:
        _train(dry_run_of(each), "article", dataset, [0], *roots, DRY_RUN_PHOTOS)
    _train(dry_run_of(spec), recipe_name, dataset, [0], *roots, DRY_RUN_PHOTOS)
    print("Dry run: nothing was kept.")


def _train(
    spec: ArticleSpec,
    recipe_name: RecipeName,
    dataset: Dataset,
    seeds: Sequence[int],
    runs_root: Path,
    models_root: Path,
    calibration_photos: int = CALIBRATION_PHOTOS,
) -> None:
    # Keras and TensorFlow take seconds to import; the other commands must not wait for them.
    from core.training.publish import train_all, train_and_record
    from core.training.trainer import TO_BE_RECORDED, keras_backend

    report = partial(print_epoch, spec.name, recipe_of(spec, recipe_name).epochs)
    if keras_backend() != "tensorflow":
        train_all(spec, recipe_name, dataset, seeds, report, runs_root, models_root)
        print(TO_BE_RECORDED)
        return
    train_and_record(
        spec, dataset, seeds, report, recipe_name, runs_root, models_root, calibration_photos
    )
    _say_card(read_card(spec.name, models_root))


def _say_card(card: Card) -> None:
    print(f"{card.name}: {card.parameters:,} parameters, {card.trainable_parameters:,} trainable")
    facts = card.on_dataset
    for each in facts.runs:
        shipped = "  shipped" if each.seed == card.seed else ""
        print(
            f"  seed {each.seed}: {each.errors} wrong of {facts.data.test_images:,}, "
            f"{each.synthetic_accuracy:.1%} of synthetic photos right{shipped}"
        )
    print(
        f"  exported model: within {card.export_difference:.1e} of Keras on "
        f"{card.export_images} images, temperature {facts.temperature}"
    )
