"""A model whose mistakes are made up, for tests of what is shown of them."""

from dataclasses import replace
from pathlib import Path

from core.artifacts import store as artifacts
from core.artifacts.store import Mistake
from core.common.types import SIDES
from core.datasets.store import Facts

SIDE = "Hand side by transfer"
"""The title of the model whose mistakes are made up."""


def model_with_mistakes(root: Path, mistakes: list[Mistake], data: Facts | None = None) -> None:
    """The side network under another root, as if it had made these mistakes on that dataset."""
    card = artifacts.read_card("hand_side")
    files = {file: artifacts.read_verified("hand_side", file) for file in card.sha256}
    files["mistakes.json"] = artifacts.mistakes_json(mistakes)
    errors = [sum(each.true == side for each in mistakes) for side in SIDES]
    tested = card.data.test_images // 2
    matrix = ((tested - errors[0], errors[0]), (errors[1], tested - errors[1]))
    fingerprint = card.data.fingerprint if data is None else data.fingerprint
    card = replace(
        card,
        errors=sum(errors),
        confusion_matrix=matrix,
        data=replace(card.data, fingerprint=fingerprint),
        sha256={file: artifacts.sha256_of(content) for file, content in files.items()},
    )
    artifacts.write_model(card, files, root)
