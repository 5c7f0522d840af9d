"""The doors through which something untrusted comes in, and what to throw at each."""

import base64
import io
import json
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from core import artifacts
from core.cards import ArtifactError
from core.dataset.importing import import_dataset
from core.dataset.store import open_store, verify_fingerprint
from core.dataset.store_writer import StoreWriter
from core.errors import UserError
from core.experiments.learning_curve import LearningCurveRecord
from core.experiments.near_copies_record import NearCopiesRecord
from core.experiments.pooling import PoolingRecord
from core.experiments.records import read_record
from core.field_training.pack import HAND_DTYPE, PHOTO_DTYPE, read_pack
from core.photos import decode_photo
from core.recognition import FINDER, READER, field_recogniser
from fuzz import hostile
from ui.live_camera import checked_frame

Mutation = tuple[float, str, bytes]

_PIECES = st.one_of(
    st.binary(max_size=6),
    st.sampled_from([bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x01"]),
)
_MUTATIONS: SearchStrategy[list[Mutation]] = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(["put", "insert", "cut", "twice"]), _PIECES),
    min_size=1,
    max_size=5,
)
_JSON: SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([2**63, -1, 1e400, "../../etc/passwd", "\x00", [], {}]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_DAMAGE: SearchStrategy[tuple[float, Any]] = st.tuples(st.floats(0, 1), _JSON)


@dataclass(frozen=True)
class Door:
    """One way in.

    Attributes:
        name: in a word or two.
        cases: of a long run.
        allowed: the error that it may answer with.
        harmless: something of that kind that loads what is loaded at the first use.
        thrown: what is thrown at it.
        enter: takes one of those, and a folder in which alone it may write.
        corpus: the cases that are always tried, by name.
    """

    name: str
    cases: int
    allowed: type[Exception]
    harmless: Any
    thrown: SearchStrategy[Any]
    enter: Callable[[Any, Path], object]
    corpus: Callable[[], dict[str, Any]]


def mutated(content: bytes, mutations: list[Mutation]) -> bytes:
    """The content with a few bytes put over, inserted, cut off or doubled."""
    for place, kind, piece in mutations:
        at = round(place * len(content))
        if kind == "put":
            content = content[:at] + piece + content[at + len(piece) :]
        elif kind == "insert":
            content = content[:at] + piece + content[at:]
        elif kind == "cut":
            content = content[:at]
        else:
            content = content[:at] + content[at : at + 64] + content[at:]
    return content


def damaged(value: Any, place: float, replacement: Any) -> Any:
    """A JSON value in which one of its parts, chosen by ``place`` from 0 to 1, is another."""
    if isinstance(value, dict | list) and value:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        position = min(int(place * len(keys)), len(keys) - 1)
        key, copy = keys[position], value.copy()
        rest = place * len(keys) - position
        if rest < 0.05 and isinstance(copy, dict):
            del copy[key]
        elif rest < 0.1:
            copy[key] = replacement
        else:
            copy[key] = damaged(copy[key], (rest - 0.1) / 0.9, replacement)
        return copy
    return replacement


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
def _small_zip() -> bytes:
    # Hypothesis remembers what it threw, so it had better be small.
    image = hostile.decompression_bomb(128, 128)
    names = [
        f"{split}/0_{n}{side}.png" for split in ("train", "test") for n in range(6) for side in "LR"
    ]
    return hostile.hostile_zip(dict.fromkeys(names, image))


def _enter_frame(message: Any, _folder: Path) -> None:
    frame = checked_frame(message)
    assert frame is None or frame.photo is None or frame.photo.width <= 1280


def _message(content: bytes) -> dict[str, Any]:
    jpeg = "data:image/jpeg;base64," + base64.b64encode(content).decode()
    return {"sequence": 1, "taken": 1.0, "jpeg": jpeg}


def _enter_zip(content: bytes, folder: Path) -> None:
    path = folder / "dataset.zip"
    path.write_bytes(content)
    import_dataset(path, folder / "stores")


def _enter_card(damage: tuple[float, Any], folder: Path) -> None:
    for name, read in (
        (READER, artifacts.read_field_card),
        ("cnn_batch_norm", artifacts.read_card),
    ):
        facts = json.loads((artifacts.model_folder(name) / "card.json").read_text(encoding="utf-8"))
        target = folder / name
        target.mkdir(exist_ok=True)
        (target / "card.json").write_text(json.dumps(damaged(facts, *damage)), encoding="utf-8")
        read(name, folder)


def _enter_models(damage: tuple[str, float, list[Mutation]], folder: Path) -> None:
    file, place, mutations = damage
    for name in (FINDER, READER):
        source, target = artifacts.model_folder(name), folder / name
        target.mkdir(exist_ok=True)
        for needed in ("card.json", "serving.tflite"):
            shutil.copyfile(source / needed, target / needed)
    chosen = folder / (FINDER if place < 0.5 else READER) / file
    chosen.write_bytes(mutated(chosen.read_bytes(), mutations))
    field_recogniser(folder)


def _enter_record(damage: tuple[float, Any], folder: Path) -> None:
    kinds = (NearCopiesRecord, PoolingRecord, LearningCurveRecord)
    for name, kind in zip(("near_copies", "pooling", "learning_curve"), kinds, strict=True):
        source = artifacts.MODELS_ROOT / "experiments" / name / "results.json"
        # What was read is remembered by its folder, so each case has its own.
        root = folder / uuid.uuid4().hex
        (root / name).mkdir(parents=True)
        facts = json.loads(source.read_text(encoding="utf-8"))
        text = json.dumps(damaged(facts, *damage))
        (root / name / "results.json").write_text(text, encoding="utf-8")
        try:
            read_record(name, kind, root)
        finally:
            shutil.rmtree(root)


def _store(folder: Path) -> Path:
    """A small store, written once a folder; returns the folder of its version."""
    root = folder / "stores"
    if not (root / "fingers").exists():
        with StoreWriter("fingers", "fuzz", rendered=False, root=root) as writer:
            writer.append(np.zeros((4, 128, 128), np.uint8))
            writer.commit([0, 1, 2, 3], ["L", "R", "L", "R"], ["train", "test"] * 2, list("abcd"))
    return root / "fingers" / (root / "fingers" / "CURRENT").read_text(encoding="ascii")


def _enter_store(damage: tuple[str, list[Mutation]], folder: Path) -> None:
    file, mutations = damage
    version = _store(folder)
    path = version.parent / file if file == "CURRENT" else version / file
    whole = path.read_bytes()
    path.write_bytes(mutated(whole, mutations))
    try:
        dataset = open_store("fingers", folder / "stores")
        verify_fingerprint(dataset)
        dataset.indices("train")
    finally:
        path.write_bytes(whole)


@cache
def _small_pack() -> bytes:
    content = io.BytesIO()
    np.savez(
        content,
        photos=np.zeros(2, PHOTO_DTYPE),
        hands=np.zeros(2, HAND_DTYPE),
        content=np.zeros(50, np.uint8),
    )
    return content.getvalue()


def _enter_pack(content: bytes, folder: Path) -> None:
    path = folder / "pack.npz"
    path.write_bytes(content)
    read_pack(path)


def _no_corpus() -> dict[str, Any]:
    return {}


def _mutated_images() -> SearchStrategy[bytes]:
    return st.builds(mutated, st.sampled_from(_small_images()), _MUTATIONS) | st.binary(max_size=99)


def doors() -> list[Door]:
    """All of them."""
    store_files = ["CURRENT", "facts.json", "images.npy", "fingers.npy", "splits.npy", "names.npy"]
    return [
        Door(
            "photo",
            24_000,
            UserError,
            hostile.saved("JPEG"),
            _mutated_images(),
            lambda content, _: decode_photo(content),
            hostile.images,
        ),
        Door(
            "frame",
            14_000,
            UserError,
            _message(hostile.saved("JPEG")),
            _JSON
            | st.fixed_dictionaries({"sequence": _JSON, "taken": _JSON, "jpeg": _JSON})
            | _mutated_images().map(_message),
            _enter_frame,
            lambda: (
                hostile.MESSAGES
                | {name: _message(content) for name, content in hostile.images().items()}
            ),
        ),
        Door(
            "zip",
            4_000,
            UserError,
            _small_zip(),
            _MUTATIONS.map(lambda mutations: mutated(_small_zip(), mutations)),
            _enter_zip,
            hostile.zips,
        ),
        Door("card", 4_000, ArtifactError, (0.0, None), _DAMAGE, _enter_card, _no_corpus),
        Door(
            "model files",
            600,
            UserError,
            ("card.json", 0.0, []),
            st.tuples(
                st.sampled_from(["card.json", "serving.tflite"]), st.floats(0, 1), _MUTATIONS
            ),
            _enter_models,
            _no_corpus,
        ),
        Door("record", 1_500, UserError, (0.0, None), _DAMAGE, _enter_record, _no_corpus),
        Door(
            "store",
            2_500,
            UserError,
            ("CURRENT", []),
            st.tuples(st.sampled_from(store_files), _MUTATIONS),
            _enter_store,
            _no_corpus,
        ),
        Door(
            "pack",
            2_500,
            UserError,
            _small_pack(),
            _MUTATIONS.map(lambda mutations: mutated(_small_pack(), mutations)),
            _enter_pack,
            _no_corpus,
        ),
    ]
