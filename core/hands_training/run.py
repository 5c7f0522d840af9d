"""Whole trainings of the hand models, as started from the command line."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from core.artifacts.store import HandEpoch
from core.common.progress import ProgressLine
from core.datasets.store import data_root
from core.hands_training.loader import prepare_batches
from core.hands_training.photo_pack import Pack, read_pack
from core.hands_training.synthetic_frames import synthetic_frames
from core.hands_training.test_sets import (
    HAND_FREE,
    SYNTHETIC,
    EvaluationPhoto,
    make_test_sets,
    sources_of,
)
from core.hands_training.trainer import HandRun, is_finished, train_epochs
from core.training.trainer import RUNS_ROOT, TO_BE_RECORDED, keras_backend
from core.zoo import HandSpec, dry_run_of

if TYPE_CHECKING:
    import keras

DRY_RUN_TEST_PHOTOS = 8
DRY_RUN_EXPORT_FRAMES = 20


def runs_folder() -> Path:
    """Where the pack of photos and the synthetic frames are kept, outside git."""
    return data_root() / "field"


def pack_path() -> Path:
    """The pack of photos used for training."""
    return runs_folder() / "pack.npz"


def train_hand_model(spec: HandSpec, seed: int, workers: int) -> None:
    """Train on the pack and on synthetic frames, and publish the model.

    Raises:
        UserError: there is no pack.
        OSError: the disk is full or not writable; the model that was there stays.
    """
    pack = read_pack(pack_path())
    fingerprint = hashlib.sha256(pack_path().read_bytes()).hexdigest()
    run = HandRun(RUNS_ROOT / spec.name / f"seed-{seed}", seed, fingerprint)
    model, history = _train(spec, run, pack_path(), runs_folder(), workers)
    if keras_backend() != "tensorflow":
        print(TO_BE_RECORDED)
        return
    print("Calibrating on held-out photos …", flush=True)
    # It imports scikit-learn, for which other commands must not wait.
    from core.hands_training.publish import FinishedRun, record

    finished = FinishedRun(spec, model, history, seed, pack, fingerprint, run.folder)
    card = record(finished, make_test_sets(sources_of(pack), None))
    print(
        f"{card.name}: {card.parameters:,} parameters, exported within "
        f"{card.export_difference:.1e} of Keras on {card.export_images} frames; "
        f"{card.on_photos.calibration or card.on_photos.detector_threshold}\n"
        f"Measure it with: python -m core evaluate photos --record"
    )


def dry_run_hand_model(spec: HandSpec) -> None:
    """The whole training on a few synthetic frames, in a temporary folder; nothing is kept."""
    small = dry_run_of(spec)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = HandRun(folder / "run", 0, "dry run")
        model, history = _train(small, run, None, folder, workers=1)
        if keras_backend() != "tensorflow":
            print("Dry run: trained. Only TensorFlow can export a model.")
            return
        from core.hands_training.publish import FinishedRun, record

        finished = FinishedRun(small, model, history, 0, Pack.empty(), "dry run", run.folder)
        few = {name: _few(name) for name in (SYNTHETIC, HAND_FREE)}
        record(finished, few, folder / "models", DRY_RUN_EXPORT_FRAMES)
    print("Dry run: nothing was kept.")


def _few(name: str) -> Callable[[], Iterator[EvaluationPhoto]]:
    return lambda: islice(make_test_sets({}, None)[name](), DRY_RUN_TEST_PHOTOS)


def _train(
    spec: HandSpec, run: HandRun, pack: Path | None, folder: Path, workers: int
) -> "tuple[keras.Model, list[HandEpoch]]":
    """Train on a pack and on synthetic frames in a folder, which are drawn first."""
    frames = spec.recipe.synthetic_frames
    if not is_finished(spec, run):
        synthetic_frames(folder, frames, workers + 1, ProgressLine("Drawing frames"))

    def report(epoch: HandEpoch) -> None:
        print(
            f"{spec.name} epoch {epoch.epoch}/{spec.recipe.epochs}: loss {epoch.loss:.4f}, "
            f"learning rate {epoch.learning_rate:.5f}, {epoch.seconds:.1f} s",
            flush=True,
        )

    arguments = (spec.task, pack, folder, frames)
    return train_epochs(spec, run, prepare_batches, arguments, report, workers)
