"""``python -m core models``: list the models, bring back one before, export a graph of layers."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError, Card
from core.artifacts.weights import LAYERS_FILE
from core.zoo import ModelSpec, zoo

SUMMARY = "list the models and their scores, bring back the version before of one, or export layers"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``, ``--rollback`` and ``--layers``."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--json", action="store_true", help="print one JSON array")
    either.add_argument(
        "--rollback",
        metavar="NAME",
        choices=zoo(),
        help="exchange a model for the version before; once more brings back the newer",
    )
    either.add_argument(
        "--layers",
        metavar="NAME",
        choices=zoo(),
        nargs="+",
        help="export again, from published weights, what the page “Look inside” runs of models",
    )


def run(arguments: argparse.Namespace) -> int:
    """List every model, or change some; a damaged card is reported on its line."""
    if arguments.rollback:
        _roll_back(arguments.rollback)
        return 0
    if arguments.layers:
        _export_layers(arguments.layers)
        return 0
    rows = [_describe(spec) for spec in zoo().values()]
    if arguments.json:
        print(json.dumps(rows, indent=1))
    else:
        for row in rows:
            print(_as_text(row))
    return 1 if any(row["error"] for row in rows) else 0


def _roll_back(name: str) -> None:
    card = artifacts.roll_back(name)
    print(
        f"{name} is now the version that was trained on {card.created}. The one that it replaced "
        "is kept; the same command brings it back. Running servers follow within seconds."
    )


def _export_layers(names: Sequence[str]) -> None:
    # Keras and TensorFlow take seconds to import; the other commands must not wait for them.
    from core.training.publish import refresh_layer_graph

    for name in names:
        card = refresh_layer_graph(name)
        print(f"{name}: {LAYERS_FILE} {card.sha256[LAYERS_FILE]}")


def _describe(spec: ModelSpec[Any]) -> dict[str, Any]:
    article = spec.article
    row: dict[str, Any] = {
        "name": spec.name,
        "title": spec.title,
        "summary": spec.summary,
        "target": spec.task,
        "trained": artifacts.is_trained(spec.name),
        "article": None if article is None else {"wrong": article.errors, "time": article.time},
        "error": None,
    }
    if not row["trained"]:
        return row
    try:
        return row | _facts(artifacts.read_card(spec.name))
    except ArtifactError as error:
        return row | {"error": str(error)}


def _facts(card: Card) -> dict[str, Any]:
    row = {
        "parameters": card.parameters,
        "trainable_parameters": card.trainable_parameters,
        "seed": card.seed,
    }
    if card.photos is not None:
        scores = [asdict(score) for score in card.photos.scores]
        return row | {"data": "photos and synthetic hands", "scores": scores}
    facts = card.on_dataset
    return row | {
        "data": facts.data.name,
        "test_images": facts.data.test_images,
        "wrong": facts.errors,
        "test_accuracy": facts.test_accuracy,
        "recipe": facts.recipe,
        "median_wrong": facts.median_errors,
        "seconds": median(each.seconds for each in facts.runs),
        "epochs": card.epochs,
        "wrong_by_seed": {str(each.seed): each.errors for each in facts.runs},
    }


def _as_text(row: dict[str, Any]) -> str:
    if row["error"]:
        return f"{row['name']:<22} {row['error']}"
    if not row["trained"]:
        return (
            f"{row['name']:<22} {row['target']:<8} not trained yet: "
            f"python -m core train {row['name']}{_article_text(row)}"
        )
    known = f"{row['name']:<22} {row['target']:<8} {row['parameters']:>9,} parameters  "
    if "scores" in row:
        return f"{known}for any camera: python -m core evaluate photos"
    # Per epoch if there are several, as in the article.
    time = f"{row['seconds'] / row['epochs']:.1f} s" + (" an epoch" if row["epochs"] > 1 else "")
    return (
        f"{known}{row['wrong']} wrong of {row['test_images']:,} ({row['test_accuracy']:.2%}) on "
        f"'{row['data']}', seed {row['seed']}; median of {len(row['wrong_by_seed'])} seeds "
        f"{row['median_wrong']:g} wrong, {time}{_article_text(row)}"
    )


def _article_text(row: dict[str, Any]) -> str:
    article = row["article"]
    if article is None:
        return ""
    return f"; article: {article['wrong']} wrong" + (article["time"] and f", {article['time']}")
