"""``python -m core data``: import, render and describe the dataset."""

import argparse
import json
import sys
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.common.files import write_bytes_atomically
from core.common.progress import ProgressLine
from core.common.types import FINGER_COUNTS, IMAGE_SIZE, SIDES
from core.datasets.importing import IMPORTED_NAME, download_from_kaggle, import_dataset
from core.datasets.rendering import (
    DEFAULT_RENDERED_COUNT,
    DEFAULT_RENDERED_SEED,
    RENDERED_NAME,
    chosen_name,
    render_store,
)
from core.datasets.sources import printable
from core.datasets.store import (
    SPLITS,
    Dataset,
    DatasetError,
    data_root,
    open_store,
    open_store_if_any,
    store_exists,
    store_path,
    verify_fingerprint,
)
from core.hands_training.object_photos import write_object_photos
from core.hands_training.photo_labels import read_answers_by_photo
from core.hands_training.photo_pack import write_pack
from core.hands_training.trainer import pack_path
from core.synthetic.dataset_look import draw_dataset_image
from core.synthetic.photo import PhotoSettings, draw_photo

SUMMARY = "import the Fingers dataset, draw a substitute for it, or show what is there"

_KAGGLE = "kaggle"
_SHOWN_REFUSALS = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands ``import``, ``render``, ``pack`` and ``info``."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")

    importing = actions.add_parser("import", help="import the download of the Fingers dataset")
    importing.add_argument(
        "source",
        metavar="PATH|kaggle",
        help="a zip or a folder, or the word kaggle to download it (./kaggle is a path)",
    )
    importing.add_argument(
        "--skip-broken", action="store_true", help="leave out images that cannot be imported"
    )
    importing.set_defaults(act=_import)

    rendering = actions.add_parser("render", help="draw a dataset")
    rendering.add_argument(
        "--count",
        type=int,
        default=DEFAULT_RENDERED_COUNT,
        help=f"how many images (default {DEFAULT_RENDERED_COUNT})",
    )
    rendering.add_argument(
        "--seed",
        type=int,
        default=DEFAULT_RENDERED_SEED,
        help=f"the same seed draws the same images (default {DEFAULT_RENDERED_SEED})",
    )
    rendering.add_argument(
        "--picture",
        metavar="PNG",
        type=Path,
        help="only draw examples into this file: hands in the dataset's look and in free poses",
    )
    rendering.set_defaults(act=_render)

    packing = actions.add_parser(
        "pack",
        help="pack the real photos that the hand detector and the hand classifier learn from",
    )
    packing.add_argument(
        "folder", metavar="FOLDER", type=Path, help="folder with the zip files of the datasets"
    )
    packing.add_argument(
        "--landmarks",
        metavar="FILE",
        type=Path,
        help="what core/hands_training/mediapipe_baseline.py printed for the photos",
    )
    packing.set_defaults(act=_pack)

    objects = actions.add_parser(
        "objects",
        help="make photos of things that are no hands, from two packages of Debian",
        description="Debian's packages tuxpaint-stamps-default and gcompris-qt-data, installed or "
        "unpacked, hold the pictures.",
    )
    objects.add_argument("folder", metavar="FOLDER", type=Path, help="where the dataset is made")
    objects.add_argument(
        "--root",
        metavar="ROOT",
        type=Path,
        default=Path("/"),
        help="where the packages are unpacked (default /)",
    )
    objects.set_defaults(act=_objects)

    info = actions.add_parser("info", help="show which datasets are there")
    info.add_argument("--json", action="store_true", help="print JSON")
    info.add_argument(
        "--verify", action="store_true", help="read every image and compare the fingerprint"
    )
    info.set_defaults(act=_info)


def run(arguments: argparse.Namespace) -> int:
    """Run one subcommand and return the exit status."""
    return int(arguments.act(arguments))


def _import(arguments: argparse.Namespace) -> int:
    if arguments.source == _KAGGLE:
        print("Downloading from Kaggle …", file=sys.stderr)
        path = download_from_kaggle()
    else:
        path = Path(arguments.source).expanduser()
    progress = ProgressLine("Importing")
    report = import_dataset(path, skip_broken=arguments.skip_broken, progress=progress)
    for name, reason in report.refused[:_SHOWN_REFUSALS]:
        print(f"left out: {printable(name)} {reason}", file=sys.stderr)
    if len(report.refused) > _SHOWN_REFUSALS:
        print(f"left out: {len(report.refused) - _SHOWN_REFUSALS:,} more", file=sys.stderr)
    if report.ignored:
        print(f"ignored: {report.ignored:,} other files", file=sys.stderr)
    print(f"Imported {report.facts.images:,} images into {store_path(IMPORTED_NAME)}")
    print(f"fingerprint {report.facts.fingerprint}")
    return 0


def _render(arguments: argparse.Namespace) -> int:
    if arguments.picture:
        write_bytes_atomically(arguments.picture, _examples(arguments.seed))
        print(f"Drew examples into {arguments.picture}")
        return 0
    facts = render_store(arguments.count, arguments.seed, progress=ProgressLine("Drawing"))
    print(f"Drew {facts.images:,} images into {store_path(RENDERED_NAME)}")
    print(f"fingerprint {facts.fingerprint}")
    if chosen_name() == IMPORTED_NAME:
        print("Commands and pages continue to use the imported dataset.")
    return 0


def _examples(seed: int) -> bytes:
    """A PNG file: each count of either hand in the dataset's look, above as many free poses."""
    cases = list(product(SIDES, FINGER_COUNTS))
    looks = [draw_dataset_image(fingers, side, seed) for side, fingers in cases]
    settings = PhotoSettings(width=IMAGE_SIZE, height=IMAGE_SIZE, size=(0.6, 0.9))
    poses = [draw_photo(seed + number, settings).pixels for number in range(len(cases))]
    images = np.stack([*np.repeat(np.stack(looks)[..., None], 3, axis=-1), *poses])
    rows = [np.hstack(list(row)) for row in images.reshape(4, -1, *images.shape[1:])]
    encoded: bytes = cv2.imencode(".png", np.vstack(rows)[:, :, ::-1])[1].tobytes()
    return encoded


def _objects(arguments: argparse.Namespace) -> int:
    progress = ProgressLine("Compositing")
    count = write_object_photos(arguments.root, arguments.folder.expanduser(), progress)
    print(f"{count:,} photos without a hand.")
    return 0


def _pack(arguments: argparse.Namespace) -> int:
    answers = read_answers_by_photo(arguments.landmarks) if arguments.landmarks else {}
    fingers = open_store_if_any(IMPORTED_NAME)
    progress = ProgressLine("Packing")
    pack = write_pack(pack_path(), arguments.folder.expanduser(), fingers, answers, progress)
    held_out = int(pack.photos["held_out"].sum())
    print(
        f"Packed {len(pack.photos):,} photos of {len(pack.hands):,} hands into {pack_path()}; "
        f"{held_out:,} photos are for measuring only"
    )
    return 0


def _info(arguments: argparse.Namespace) -> int:
    names = [name for name in (IMPORTED_NAME, RENDERED_NAME) if store_exists(name)]
    descriptions = [_describe(name, arguments.verify) for name in names]
    if arguments.json:
        print(json.dumps({"root": str(data_root()), "datasets": descriptions}, indent=2))
    elif not descriptions:
        print(
            f"There is no dataset in {data_root()}.\n"
            "Import the Fingers dataset:  python -m core data import PATH\n"
            "or draw a substitute:        python -m core data render"
        )
    else:
        print("\n\n".join(map(_as_text, descriptions)))
    sound = all(entry["error"] is None and entry["verified"] is not False for entry in descriptions)
    return 0 if sound else 1


def _describe(name: str, verify: bool) -> dict[str, Any]:
    description: dict[str, Any] = {
        "name": name,
        "file": str(store_path(name)),
        "in_use": name == chosen_name(),
        "error": None,
        "verified": None,
    }
    try:
        dataset = open_store(name)
        verified = verify_fingerprint(dataset) if verify else None
    except DatasetError as error:
        return description | {"error": str(error)}
    facts = dataset.facts
    return description | {
        "origin": facts.origin,
        "rendered": facts.rendered,
        "created": facts.created,
        "fingerprint": facts.fingerprint,
        "verified": verified,
        "images": facts.images,
        "splits": {split: _count_classes(dataset, index) for index, split in enumerate(SPLITS)},
    }


def _count_classes(dataset: Dataset, split: int) -> dict[str, list[int]]:
    """For each side, how many images of the split show 0, 1, … 5 fingers."""
    return {
        side: np.bincount(
            dataset.fingers[(dataset.splits == split) & (dataset.sides == index)],
            minlength=len(FINGER_COUNTS),
        ).tolist()
        for index, side in enumerate(SIDES)
    }


def _as_text(description: dict[str, Any]) -> str:
    use = "used by commands and pages" if description["in_use"] else "not used"
    lines = [f"{description['name']} ({use})", f"  file         {description['file']}"]
    if description["error"] is not None:
        return "\n".join([*lines, f"  damaged      {description['error']}"])
    kind = "synthetic" if description["rendered"] else "real"
    verified = {None: "", True: " (verified)", False: " (WRONG: damaged, import it again)"}
    lines += [
        f"  origin       {printable(description['origin'])} ({kind} hands)",
        f"  created      {printable(description['created'])}",
        f"  fingerprint  {description['fingerprint']}{verified[description['verified']]}",
    ]
    for split, sides in description["splits"].items():
        lines.append(f"  {split:<6} {sum(map(sum, sides.values())):>6,} images")
        lines.append("    fingers" + "".join(f"{count:>7}" for count in FINGER_COUNTS))
        lines += [
            f"    {side:<7}" + "".join(f"{count:>7,}" for count in counts)
            for side, counts in sides.items()
        ]
    return "\n".join(lines)
