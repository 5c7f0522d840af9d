"""``python -m core models``: list the models, which of them are trained, and their scores."""

import argparse
import json
from dataclasses import asdict
from statistics import median
from typing import Any

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError
from core.zoo import zoo
from core.zoo._spec import HandModelSpec, ModelSpec

SUMMARY = "list the models, which of them are trained, and their scores"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print one JSON array")


def run(arguments: argparse.Namespace) -> int:
    """List every model; a damaged card is reported in its line."""
    rows = [_describe(spec) for spec in zoo().values()]
    if arguments.json:
        print(json.dumps(rows, indent=1))
    else:
        for row in rows:
            print(_as_text(row))
    return 1 if any(row["error"] for row in rows) else 0


def _describe(spec: ModelSpec | HandModelSpec) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": spec.name,
        "title": spec.title,
        "summary": spec.summary,
        "target": spec.target if isinstance(spec, ModelSpec) else spec.task,
        "trained": artifacts.is_trained(spec.name),
        "article": _article(spec),
        "error": None,
    }
    if not row["trained"]:
        return row
    try:
        return row | (_facts(spec) if isinstance(spec, ModelSpec) else _hand_facts(spec))
    except ArtifactError as error:
        return row | {"error": str(error)}


def _article(spec: ModelSpec | HandModelSpec) -> dict[str, Any] | None:
    figure = spec.article if isinstance(spec, ModelSpec) else None
    return None if figure is None else {"wrong": figure.errors, "time": figure.time}


def _facts(spec: ModelSpec) -> dict[str, Any]:
    card = artifacts.read_card(spec.name)
    return {
        "parameters": card.parameters,
        "trainable_parameters": card.trainable_parameters,
        "data": card.data.name,
        "test_images": card.data.test_images,
        "wrong": card.errors,
        "test_accuracy": card.test_accuracy,
        "seed": card.seed,
        "recipe": card.recipe,
        "median_wrong": card.median_errors,
        "seconds": median(each.seconds for each in card.runs),
        "epochs": card.epochs,
        "wrong_by_seed": {str(each.seed): each.errors for each in card.runs},
    }


def _hand_facts(spec: HandModelSpec) -> dict[str, Any]:
    card = artifacts.read_hand_card(spec.name)
    return {
        "parameters": card.parameters,
        "trainable_parameters": card.trainable_parameters,
        "data": "photos and drawn hands",
        "seed": card.seed,
        "scores": [asdict(score) for score in card.scores],
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
    return (
        f"{known}{row['wrong']} wrong of {row['test_images']:,} ({row['test_accuracy']:.2%}) on "
        f"'{row['data']}', seed {row['seed']}; median of {len(row['wrong_by_seed'])} seeds "
        f"{row['median_wrong']:g} wrong, {_time_text(row)}{_article_text(row)}"
    )


def _time_text(row: dict[str, Any]) -> str:
    """Of one epoch where there are several, as the article gives times."""
    if row["epochs"] > 1:
        return f"{row['seconds'] / row['epochs']:.1f} s an epoch"
    return f"{row['seconds']:.1f} s"


def _article_text(row: dict[str, Any]) -> str:
    article = row["article"]
    if article is None:
        return ""
    return f"; article: {article['wrong']} wrong" + (article["time"] and f", {article['time']}")
