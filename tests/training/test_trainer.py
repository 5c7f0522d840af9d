"""Training from the command line: all of it on a few images, and resuming after an interruption."""

import os
import signal
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest

from core.artifacts.store import Epoch, parse_history
from core.datasets.rendering import render_store
from core.datasets.store import open_store
from core.zoo import Recipe, dry_run_of, get_spec
from core.zoo._layers import convolutional_network, dense_network
from tests.helpers.keras_process import in_keras_process, run_command

pytestmark = pytest.mark.keras


def test_a_dry_run_trains_exports_and_records() -> None:
    done = run_command("train", "hand_side", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "cnn_batch_norm seed 0 epoch 2/2" in done.stdout
    assert "hand_side seed 0 epoch 2/2" in done.stdout
    assert "204,454 parameters, 204,262 trainable" in done.stdout
    assert "nothing was kept" in done.stdout


class InterruptedTrainingError(Exception):
    """Stands for whatever ends a training after an epoch."""


@in_keras_process
def test_an_interrupted_training_resumes_where_it_stopped(tmp_path: Path) -> None:
    from core.training.trainer import TrainedSeed, TrainingRun, train_seed

    spec = dry_run_of(get_spec("cnn_batch_norm"))
    assert isinstance(spec.recipe, Recipe)
    whole_run, broken_run = (
        TrainingRun(spec, spec.recipe, 7, tmp_path / name) for name in ("whole", "broken")
    )

    def interrupt(_: Epoch) -> None:
        raise InterruptedTrainingError

    def train(run: TrainingRun) -> tuple[list[Epoch], TrainedSeed]:
        seen: list[Epoch] = []
        return seen, train_seed(run, open_store("rendered", tmp_path), seen.append)

    render_store(72, 0, root=tmp_path)
    whole, model = train(whole_run)
    with pytest.raises(InterruptedTrainingError):
        train_seed(broken_run, open_store("rendered", tmp_path), interrupt)
    resumed, other = train(broken_run)
    assert [epoch.epoch for epoch in resumed] == [1, 2]
    for one, two in zip(whole, resumed, strict=True):
        assert one.train_loss == pytest.approx(two.train_loss, abs=1e-4)
        assert one.test_loss == pytest.approx(two.test_loss, abs=1e-3)
    for part in ("epoch", "confusion", "weight_epoch", "weights"):
        assert getattr(model.records, part).shape == getattr(other.records, part).shape, part
    assert model.records.epoch.tolist() == other.records.weight_epoch.tolist() == [0, 1, 2]
    assert (model.records.confusion[:2] == other.records.confusion[:2]).all()
    assert model.records.weights.shape == (3, 64, 4, 4)
    assert len(list((tmp_path / "broken").glob("epoch-*.keras"))) == 1

    # Other data start over rather than resume from a checkpoint that does not fit.
    render_store(72, 1, root=tmp_path)
    restarted, _ = train(broken_run)
    assert restarted[0].train_loss != resumed[0].train_loss


@in_keras_process
def train_softmax(folder: Path, dies: bool) -> list[Epoch]:
    """A small training that resumes from the folder; its process may die after the first epoch."""
    from core.training.trainer import TrainingRun, train_seed

    seen: list[Epoch] = []

    def report(epoch: Epoch) -> None:
        seen.append(epoch)
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)

    spec = dry_run_of(get_spec("softmax"))
    assert isinstance(spec.recipe, Recipe)
    run = TrainingRun(spec, spec.recipe, 7, folder / "run")
    train_seed(run, open_store("rendered", folder), report)
    return seen


def test_a_killed_training_resumes_after_its_last_epoch(tmp_path: Path) -> None:
    def recorded() -> list[Epoch]:
        content = (tmp_path / "run" / "history.csv").read_bytes()
        return parse_history(Epoch, content)

    render_store(72, 0, root=tmp_path)
    with pytest.raises(BrokenProcessPool):
        train_softmax(tmp_path, dies=True)
    (first,) = recorded()
    seen = train_softmax(tmp_path, dies=False)
    assert [epoch.epoch for epoch in seen] == [1, 2]
    # The first epoch was reported again from the record; it was not trained again.
    assert seen[0] == first
    assert recorded() == seen


@in_keras_process
def test_fused_adam_is_keras_s_adam() -> None:
    import keras

    from core.training.fused import adam

    random = np.random.default_rng(0)
    images, targets = random.normal(size=(64, 20)), random.normal(size=(64, 3))

    def trained(optimizer: keras.Optimizer) -> list[np.ndarray]:
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.layers.Input((20,)), keras.layers.Dense(3)])
        model.compile(optimizer, "mse", jit_compile=False)
        model.fit(images, targets, batch_size=8, epochs=5, shuffle=False, verbose=0)
        return list(model.get_weights())

    for one, two in zip(trained(adam(0.01)), trained(keras.optimizers.Adam(0.01)), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)


@in_keras_process
def test_fused_batch_normalisation_is_keras_s_batch_normalisation() -> None:
    import keras

    from core.training.fused import with_fused_batch_norm

    random = np.random.default_rng(0)
    images = random.integers(0, 256, (48, 128, 128, 1)).astype("float32")
    targets = np.eye(6)[random.integers(0, 6, 48)]

    def trained(model: keras.Model) -> list[np.ndarray]:
        model.compile(keras.optimizers.SGD(1e-3), "categorical_crossentropy", jit_compile=False)
        model.fit(images, targets, batch_size=16, epochs=2, shuffle=False, verbose=0)
        return [*model.get_weights(), model.predict(images, verbose=0)]

    for model, layers in (
        (convolutional_network(batch_norm=True), 2),
        (dense_network((8, 8, 8), batch_norm=True), 3),
    ):
        fused = with_fused_batch_norm(model)
        kinds = [type(layer).__name__ for layer in fused.layers]
        assert kinds.count("FusedBatchNormalization") == layers
        for one, two in zip(trained(fused), trained(model), strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-4)

    plain = dense_network((8,))
    assert with_fused_batch_norm(plain) is plain

    frozen = convolutional_network(batch_norm=True)
    for layer in frozen.layers:
        layer.trainable = False
    before = frozen.get_weights()
    for one, two in zip(trained(with_fused_batch_norm(frozen)), before, strict=False):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "There is no model 'nothing'"),
        (["cnn_batch_norm", "--seeds", "1", "1"], "seeds must be different numbers"),
        (["cnn_batch_norm", "--seeds", "-1"], "seeds must be different numbers"),
        (["softmax", "--fast"], "has no fast recipe"),
        (["hand_detector", "--fast"], "has no fast recipe"),
    ],
)
def test_wrong_arguments_are_explained_in_words(arguments: list[str], message: str) -> None:
    done = run_command("train", *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@in_keras_process
def test_a_class_with_almost_no_probability_still_has_a_gradient() -> None:
    """Against the gradient of TensorFlow's cross-entropy of logits."""
    import tensorflow as tf
    from keras.losses import binary_crossentropy, categorical_crossentropy

    from core.training.losses import cross_entropy, unclipped_cross_entropy

    assert (cross_entropy(6), cross_entropy(1)) == (
        "categorical_crossentropy",
        "binary_crossentropy",
    )
    rng = np.random.default_rng(3)
    logits = tf.constant(rng.normal(0, 2, (50, 6)), tf.float32)
    true = tf.one_hot(rng.integers(6, size=50), 6)
    softmax = tf.nn.softmax(logits)
    np.testing.assert_allclose(
        unclipped_cross_entropy(true, softmax), categorical_crossentropy(true, softmax), rtol=1e-5
    )
    side, right = tf.sigmoid(logits[:, :1]), true[:, :1]
    np.testing.assert_allclose(
        unclipped_cross_entropy(right, side),
        binary_crossentropy(right, side),
        rtol=1e-4,
        atol=1e-6,
    )
    with tf.GradientTape(persistent=True) as tape:
        never = tf.Variable([[30.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
        loss = tf.reduce_sum(unclipped_cross_entropy(tf.one_hot([1], 6), tf.nn.softmax(never)))
        exact = tf.reduce_sum(tf.nn.softmax_cross_entropy_with_logits(tf.one_hot([1], 6), never))
    np.testing.assert_allclose(tape.gradient(loss, never), tape.gradient(exact, never), atol=1e-5)
