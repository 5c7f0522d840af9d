"""The entry points for untrusted input, and the cases to try on each."""

import base64
import json
import re
import shutil
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from core.artifacts import store as artifacts
from core.artifacts.cards import ArtifactError
from core.common.errors import UserError
from core.datasets.importing import import_dataset
from core.datasets.store import (
    ImageLabel,
    open_store,
    store_path,
    verify_fingerprint,
    write_store,
)
from core.experiments.learning_curve import LearningCurveRecord
from core.experiments.pooling import PoolingRecord
from core.experiments.records.near_duplicates import NearDuplicatesRecord
from core.experiments.records.store import read_record
from core.hands import loading
from core.hands.pipeline import HAND_CLASSIFIER, HAND_DETECTOR, hand_recogniser
from core.images.frame_decoding import MAX_FRAME_SIDE, decode_frame
from core.images.isolated_decoding import decode_isolated
from tests.fuzz import hostile
from tests.fuzz.grammars import RECIPES, Recipe, Repeated, built
from tests.fuzz.mutations import DAMAGE, JSON, MUTATIONS, Mutation, damaged, mutated
from tests.fuzz.packs import enter_pack, small_pack
from tests.fuzz.taught import HEADS, enter_change, enter_head, small_head
from tests.helpers.costly_photos import FRAME_BYTES, costly_frames
from ui.live.messages import checked_frame


@dataclass(frozen=True)
class Door:
    """One entry point.

    Attributes:
        name: in a word or two.
        cases: how many in a long run.
        allowed: the error that it may raise.
        harmless: valid input, which loads whatever is loaded on first use.
        thrown: generates hostile input.
        enter: takes one input, and the only folder in which it may write.
        corpus: the cases that are always tried, by name.
        share: of the time of any case that one of this door may take.
    """

    name: str
    cases: int
    allowed: type[Exception]
    harmless: Any
    thrown: SearchStrategy[Any]
    enter: Callable[[Any, Path], object]
    corpus: Callable[[], dict[str, Any]]
    share: float = 1.0


@cache
def _small_images() -> list[bytes]:
    made = [hostile.saved(name) for name in ("JPEG", "PNG", "WEBP", "BMP", "GIF", "HEIF")]
    return [
        *made,
        hostile.saved("JPEG", progressive=True),
        hostile.looping_exif(),
        hostile.animated_png(4),
        hostile.animated_gif(4),
    ]


@cache
def small_zip() -> bytes:
    # Hypothesis remembers its examples, so they should be small.
    image = hostile.decompression_bomb(128, 128)
    names = [
        f"{split}/0_{n}{side}.png" for split in ("train", "test") for n in range(6) for side in "LR"
    ]
    return hostile.hostile_zip(dict.fromkeys(names, image))


def enter_frame(message: Any, _folder: Path) -> None:
    frame = checked_frame(message)
    if frame is not None and frame.jpeg is not None:
        assert decode_frame(frame.jpeg).width <= MAX_FRAME_SIDE


def frame_message(content: bytes) -> dict[str, Any]:
    jpeg = "data:image/jpeg;base64," + base64.b64encode(content).decode()
    return {"sequence": 1, "taken": 1.0, "jpeg": jpeg}


def _enter_zip(content: bytes, folder: Path) -> None:
    path = folder / "dataset.zip"
    path.write_bytes(content)
    import_dataset(path, folder / "stores")


def _enter_card(damage: tuple[float, Any], folder: Path) -> None:
    for name in (HAND_CLASSIFIER, "cnn_batch_norm"):
        facts = json.loads((artifacts.model_folder(name) / "card.json").read_text(encoding="utf-8"))
        target = folder / name
        target.mkdir(exist_ok=True)
        (target / "card.json").write_text(json.dumps(damaged(facts, *damage)), encoding="utf-8")
        artifacts.read_card(name, folder)


def _enter_models(damage: tuple[str, float, list[Mutation]], folder: Path) -> None:
    file, place, mutations = damage
    for name in (HAND_DETECTOR, HAND_CLASSIFIER):
        source, target = artifacts.model_folder(name), folder / name
        target.mkdir(exist_ok=True)
        for needed in ("card.json", "serving.tflite"):
            shutil.copyfile(source / needed, target / needed)
    chosen = folder / (HAND_DETECTOR if place < 0.5 else HAND_CLASSIFIER) / file
    chosen.write_bytes(mutated(chosen.read_bytes(), mutations))
    # Otherwise the models of the case before would go on.
    loading._current.cache_clear()
    hand_recogniser(folder)


def _enter_record(damage: tuple[float, Any], folder: Path) -> None:
    kinds = (NearDuplicatesRecord, PoolingRecord, LearningCurveRecord)
    for name, kind in zip(("near_duplicates", "pooling", "learning_curve"), kinds, strict=True):
        source = artifacts.MODELS_ROOT / "experiments" / name / "results.json"
        # Records are cached by folder, so each case has its own.
        root = folder / uuid.uuid4().hex
        (root / name).mkdir(parents=True)
        facts = json.loads(source.read_text(encoding="utf-8"))
        text = json.dumps(damaged(facts, *damage))
        (root / name / "results.json").write_text(text, encoding="utf-8")
        try:
            read_record(name, kind, root)
        finally:
            shutil.rmtree(root)


@cache
def _small_store() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        labels = [ImageLabel(0, "L", "train", "a"), ImageLabel(1, "R", "test", "b")]
        batches = [(np.zeros((2, 128, 128), np.uint8), labels)]
        write_store("fingers", "fuzz", rendered=False, batches=batches, root=Path(folder))
        return store_path("fingers", Path(folder)).read_bytes()


def _parts_of_a_store() -> list[int]:
    """Where its arrays and its facts begin."""
    content = _small_store()
    return [*(found.start() for found in re.finditer(b"\x93NUMPY", content)), content.rindex(b"{")]


def _enter_store(damage: tuple[int, list[Mutation]], folder: Path) -> None:
    # Most of a store is pixels, so mutations go to the beginning of one of its parts.
    start, mutations = damage
    content, end = _small_store(), start + 400
    path = store_path("fingers", folder)
    path.write_bytes(content[:start] + mutated(content[start:end], mutations) + content[end:])
    dataset = open_store("fingers", folder)
    verify_fingerprint(dataset)
    dataset.indices("train")


def _enter_structure(case: tuple[str, Recipe], _folder: Path) -> None:
    decode_isolated(built(*case))


def _enter_frame_structure(case: tuple[str, Recipe], folder: Path) -> None:
    enter_frame(frame_message(built(*case, most_bytes=FRAME_BYTES)), folder)


def _no_corpus() -> dict[str, Any]:
    return {}


def _mutated_images() -> SearchStrategy[bytes]:
    return st.builds(mutated, st.sampled_from(_small_images()), MUTATIONS) | st.binary(max_size=99)


def doors() -> list[Door]:
    """All entry points."""
    return [
        Door(
            "photo",
            24_000,
            UserError,
            hostile.saved("JPEG"),
            _mutated_images(),
            lambda content, _: decode_isolated(content),
            # Costly ones are thrown one by one in tests/images/test_isolated_decoding.py.
            hostile.images,
        ),
        Door(
            "frame",
            14_000,
            UserError,
            frame_message(hostile.saved("JPEG")),
            JSON
            | st.fixed_dictionaries(
                {"sequence": JSON, "taken": JSON},
                optional={"jpeg": JSON, "rounds": JSON, "trials": JSON},
            )
            | _mutated_images().map(frame_message),
            enter_frame,
            lambda: (
                hostile.MESSAGES
                | {
                    name: frame_message(content)
                    for name, content in [*hostile.images().items(), *costly_frames()]
                }
            ),
        ),
        Door(
            "photo structure",
            2_000,
            UserError,
            ("JPEG", Recipe(0, [], [])),
            RECIPES,
            _enter_structure,
            _no_corpus,
        ),
        Door(
            "frame structure",
            6_000,
            UserError,
            ("JPEG", Recipe(0, [], [])),
            RECIPES,
            _enter_frame_structure,
            lambda: {"nothing but FF": ("JPEG", Recipe(2, [Repeated(8, FRAME_BYTES)], []))},
            # A session sends up to twenty a second.
            share=0.05,
        ),
        Door(
            "zip",
            4_000,
            UserError,
            small_zip(),
            MUTATIONS.map(lambda mutations: mutated(small_zip(), mutations)),
            _enter_zip,
            hostile.zips,
        ),
        Door("card", 4_000, ArtifactError, (0.0, None), DAMAGE, _enter_card, _no_corpus),
        Door(
            "model files",
            600,
            UserError,
            ("card.json", 0.0, []),
            st.tuples(st.sampled_from(["card.json", "serving.tflite"]), st.floats(0, 1), MUTATIONS),
            _enter_models,
            _no_corpus,
        ),
        Door("head", 2_000, UserError, small_head(), HEADS, enter_head, _no_corpus),
        Door("taught change", 2_000, UserError, None, JSON, enter_change, _no_corpus),
        Door("record", 1_500, UserError, (0.0, None), DAMAGE, _enter_record, _no_corpus),
        Door(
            "store",
            2_500,
            UserError,
            (0, []),
            st.tuples(st.sampled_from(_parts_of_a_store()), MUTATIONS),
            _enter_store,
            _no_corpus,
        ),
        Door(
            "pack",
            2_500,
            UserError,
            small_pack(),
            MUTATIONS.map(lambda mutations: mutated(small_pack(), mutations)),
            enter_pack,
            _no_corpus,
        ),
    ]
