"""Training from the command line: all of it on a few images, and going on after an interruption."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.keras


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True, text=True, cwd=ROOT, timeout=280, check=False,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip


def test_a_dry_run_trains_exports_and_records_the_whole_chain() -> None:
    done = run("-m", "core", "train", "hand_side", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "cnn_batch_norm seed 0 epoch 2/2" in done.stdout
    assert "hand_side seed 0 epoch 2/2" in done.stdout
    assert "204,454 parameters, 204,262 trainable" in done.stdout
    assert "nothing of it was kept" in done.stdout


RESUMING = """
import sys
from pathlib import Path
from core.training.trainer import trainer
from core import zoo
from core.zoo._spec import dry_run_of
from core.datasets.rendering import render_store
from core.datasets.store import open_store

folder = Path(sys.argv[1])
render_store(72, 0, root=folder)
dataset = open_store("rendered", folder)
spec = dry_run_of(zoo.get_spec("cnn_batch_norm"))

def run_in(runs):
    return training.TrainingRun(spec, spec.recipe, 7, folder / runs)

def train(runs):
    seen = []
    trained = training.train_seed(run_in(runs), dataset, seen.append)
    return seen, trained

class Interrupted(Exception):
    pass

def interrupt(epoch):
    raise Interrupted

whole, model = train("whole")
try:
    training.train_seed(run_in("broken"), dataset, interrupt)
except Interrupted:
    pass
resumed, other = train("broken")
assert [epoch.epoch for epoch in resumed] == [1, 2], resumed
for one, two in zip(whole, resumed):
    assert abs(one.train_loss - two.train_loss) < 1e-4, (one, two)
    assert abs(one.test_loss - two.test_loss) < 1e-3, (one, two)
for part in ("epoch", "confusion", "weight_epoch", "weights"):
    one, two = (getattr(each.records, part) for each in (model, other))
    assert one.shape == two.shape, part
assert model.records.epoch.tolist() == other.records.weight_epoch.tolist() == [0, 1, 2]
assert (model.records.confusion[:2] == other.records.confusion[:2]).all()
assert model.records.weights.shape == (3, 64, 4, 4)
assert len(list((folder / "broken").glob("epoch-*.keras"))) == 1

# Other data start over rather than go on from a checkpoint that does not fit.
render_store(72, 1, root=folder)
dataset = open_store("rendered", folder)
restarted, _ = train("broken")
assert restarted[0].train_loss != resumed[0].train_loss
print("resumed")
"""


def test_an_interrupted_training_goes_on_where_it_was(tmp_path: Path) -> None:
    done = run("-c", RESUMING, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "resumed"


SAME_ADAM = """
import keras, numpy as np
from core.training.trainer.fused_adam import adam

random = np.random.default_rng(0)
images, answers = random.normal(size=(64, 20)), random.normal(size=(64, 3))

def trained(optimizer):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Input((20,)), keras.layers.Dense(3)])
    model.compile(optimizer, "mse", jit_compile=False)
    model.fit(images, answers, batch_size=8, epochs=5, shuffle=False, verbose=0)
    return model.get_weights()

for one, two in zip(trained(adam(0.01)), trained(keras.optimizers.Adam(0.01)), strict=True):
    np.testing.assert_allclose(one, two, atol=1e-5)
"""


def test_adam_in_one_pass_is_keras_s_adam() -> None:
    done = run("-c", SAME_ADAM)
    assert done.returncode == 0, done.stderr


SAME_BATCH_NORM = """
import keras, numpy as np
from core.training.trainer.fused_batch_norm import with_fused_batch_norm
from core.zoo._layers import convolutional_network
from core.zoo._layers import dense_network

random = np.random.default_rng(0)
images = random.integers(0, 256, (48, 128, 128, 1)).astype("float32")
answers = np.eye(6)[random.integers(0, 6, 48)]

def trained(model):
    model.compile(keras.optimizers.SGD(1e-3), "categorical_crossentropy", jit_compile=False)
    model.fit(images, answers, batch_size=16, epochs=2, shuffle=False, verbose=0)
    return [*model.get_weights(), model.predict(images, verbose=0)]

for network, kinds in ((convolutional_network, 2), (dense_network, 3)):
    units = ((8, 8, 8),) if network is dense_network else ()
    model = network("model", *units, batch_norm=True)
    fused = with_fused_batch_norm(model)
    names = [type(layer).__name__ for layer in fused.layers]
    assert names.count("FusedBatchNormalization") == kinds, names
    for one, two in zip(trained(fused), trained(model), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-4)

plain = dense_network("plain", (8,))
assert with_fused_batch_norm(plain) is plain

frozen = convolutional_network("frozen", batch_norm=True)
for layer in frozen.layers:
    layer.trainable = False
before = frozen.get_weights()
for one, two in zip(trained(with_fused_batch_norm(frozen)), before, strict=False):
    np.testing.assert_array_equal(one, two)
"""


def test_batch_normalisation_in_two_passes_is_keras_s_batch_normalisation() -> None:
    done = run("-c", SAME_BATCH_NORM)
    assert done.returncode == 0, done.stderr


def test_the_fast_recipe_runs_dry() -> None:
    done = run("-m", "core", "train", "dense_128", "--dry-run", "--fast")
    assert done.returncode == 0, done.stderr
    assert "dense_128 seed 0 epoch 2/2" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "There is no model 'nothing'"),
        (["cnn_batch_norm", "--seeds", "1", "1"], "seeds are different numbers"),
        (["cnn_batch_norm", "--seeds", "-1"], "seeds are different numbers"),
        (["softmax", "--fast"], "has no fast recipe"),
        (["hand_detector", "--fast"], "has no fast recipe"),
    ],
)
def test_a_wrong_call_is_told_in_words(arguments: list[str], message: str) -> None:
    done = run("-m", "core", "train", *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


LEARNING_FROM_LITTLE = """
import numpy as np
import keras, tensorflow as tf
from core.training.trainer.losses import cross_entropy
from core.training.trainer.losses import unclipped_cross_entropy
from keras.losses import binary_crossentropy, categorical_crossentropy

assert cross_entropy(6) == "categorical_crossentropy" and cross_entropy(1) == "binary_crossentropy"
rng = np.random.default_rng(3)
logits = tf.constant(rng.normal(0, 2, (50, 6)), tf.float32)
true = tf.one_hot(rng.integers(6, size=50), 6)
softmax = tf.nn.softmax(logits)
np.testing.assert_allclose(
    unclipped_cross_entropy(true, softmax), categorical_crossentropy(true, softmax), rtol=1e-5
)
side, right = tf.sigmoid(logits[:, :1]), true[:, :1]
np.testing.assert_allclose(
    unclipped_cross_entropy(right, side), binary_crossentropy(right, side), rtol=1e-4, atol=1e-6
)
with tf.GradientTape(persistent=True) as tape:
    never = tf.Variable([[30.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
    lost = tf.reduce_sum(unclipped_cross_entropy(tf.one_hot([1], 6), tf.nn.softmax(never)))
    exact = tf.reduce_sum(tf.nn.softmax_cross_entropy_with_logits(tf.one_hot([1], 6), never))
np.testing.assert_allclose(tape.gradient(lost, never), tape.gradient(exact, never), atol=1e-5)
"""


def test_a_class_of_next_to_no_probability_is_still_learned() -> None:
    """Against the gradient of TensorFlow's cross-entropy of logits."""
    done = run("-c", LEARNING_FROM_LITTLE)
    assert done.returncode == 0, done.stderr
