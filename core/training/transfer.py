"""Transfer learning in three ways, with any number of labelled images.

Needs TensorFlow, so it runs in a separate process, never in the app's.
"""

import math
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from core.artifacts.store import MODELS_ROOT
from core.common.metrics import Tested
from core.common.types import Float32Array
from core.datasets.store import Dataset, Split
from core.hands.preprocessing import as_model_input
from core.training.arrays import targets_of, train_indices
from core.training.trainer import build_optimizer, built_model, quiet_tensorflow
from core.zoo import ArticleSpec, Recipe, get_spec

if TYPE_CHECKING:
    import keras

Mode = Literal["frozen", "fine_tuned", "from_scratch"]
"""What is trained: the new output alone; then also all layers; or all layers from scratch."""

MODES: tuple[Mode, ...] = get_args(Mode)

MIN_STEPS = 120
"""The number of batches, however few images there are; more only to complete one epoch."""

FINE_TUNING_SHARE = 0.1
"""As a share of the recipe's learning rate. The trained layers change slowly, and only once the new
output fits them; otherwise its first, wrong gradients would distort them (Kumar et al.,
"Fine-Tuning can Distort Pretrained Features", 2022)."""

BATCH_NORM_MOMENTUM = 0.9
"""For batch normalisation that is trained. With Keras's 0.99 the initial statistics still weigh in
after so few batches: a network trained on 1,000 images in 150 batches then errs a hundred times as
often."""

_CHUNK = 200

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class TransferPoint(Tested):
    """One training.

    Attributes:
        images: number of labelled training images.
        seed: for their choice and the new layers.
        steps: batches in each phase.
        seconds: of training, without testing and without the frozen layers' features.
    """

    mode: Mode
    images: int
    seed: int
    steps: int
    test_images: int
    errors: int
    seconds: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.images, self.steps) < 1 or min(self.seed, self.seconds) < 0:
            raise ValueError(f"an impossible training: {self}")


def steps_for(images: int, batch_size: int) -> int:
    """The number of batches for training on that many images."""
    return max(MIN_STEPS, math.ceil(images / batch_size))


def order_of(chosen: Indices, length: int, seed: int) -> Indices:
    """The chosen images, repeated in a new order each epoch and cut off at a length."""
    generator = np.random.default_rng([seed, len(chosen)])
    passes = [generator.permutation(chosen) for _ in range(math.ceil(length / len(chosen)))]
    return np.concatenate(passes)[:length]


class TransferTrainings:
    """All trainings of one model on a backbone, sharing the backbone's features."""

    def __init__(
        self, spec: ArticleSpec, dataset: Dataset, models_root: Path = MODELS_ROOT
    ) -> None:
        """Prepare a model with one sigmoid output and a trained backbone; nothing is computed."""
        if spec.backbone is None or spec.target != "side" or not isinstance(spec.recipe, Recipe):
            raise ValueError(f"'{spec.name}' is not a side classifier on a backbone")
        quiet_tensorflow()
        self._spec = spec
        self._recipe = spec.recipe
        self._backbone = get_spec(spec.backbone)
        self._dataset = dataset
        self._models_root = models_root
        self._features = cache(self._compute_features)

    def train(self, mode: Mode, images: int, seed: int) -> TransferPoint:
        """Train on the first images of a seeded shuffle, and count the errors on all test images.

        Raises:
            ArtifactError: the backbone is not trained.
        """
        import keras

        if mode != "from_scratch":
            _ = self._features("train"), self._features("test")
        keras.utils.clear_session()
        keras.utils.set_random_seed(seed)
        batch_size = min(self._recipe.batch_size, images)
        steps = steps_for(images, batch_size)
        order = order_of(train_indices(self._dataset, images, seed), steps * batch_size, seed)
        rate = self._recipe.learning_rate
        started = time.perf_counter()
        if mode == "from_scratch":
            model = self._spec.build(self._backbone.build())
        else:
            model = built_model(self._spec, models_root=self._models_root)
            self._fit_output(model, order, batch_size)
            rate *= FINE_TUNING_SHARE
        if mode != "frozen":
            self._fit_all(model, order, batch_size, rate)
        seconds = time.perf_counter() - started
        tested, errors = len(self._dataset.indices("test")), self._wrong(model, mode)
        return TransferPoint(mode, images, seed, steps, tested, errors, round(seconds, 2))

    def _compute_features(self, split: Split) -> npt.NDArray[np.float16]:
        """(images, features): the backbone's features for a split, in store order.

        Half precision halves the memory, 1.1 GB for 18,000 images, and is finer than the pixels'
        own quantisation.
        """
        import keras

        model = built_model(self._spec, models_root=self._models_root)
        backbone = keras.Model(model.input, model.layers[-1].input)
        indices = self._dataset.indices(split)
        features = np.empty((len(indices), backbone.output.shape[-1]), np.float16)
        for start in range(0, len(indices), _CHUNK):
            chosen = indices[start : start + _CHUNK]
            features[start : start + _CHUNK] = backbone.predict_on_batch(
                as_model_input(self._dataset.images[chosen])
            )
        return features

    def _fit_output(self, model: "keras.Model", order: Indices, batch_size: int) -> None:
        """Train the last layer alone, on features that the frozen backbone computed once."""
        import keras

        output = model.layers[-1]
        given = keras.Input(output.input.shape[1:])
        head = keras.Model(given, output(given))
        _compile(head, self._recipe.learning_rate)
        positions = np.searchsorted(self._dataset.indices("train"), order)
        answers = self._answers(order)
        for start in range(0, len(order), batch_size):
            chosen = slice(start, start + batch_size)
            features = self._features("train")[positions[chosen]].astype(np.float32)
            head.train_on_batch(features, answers[chosen])

    def _fit_all(self, model: "keras.Model", order: Indices, batch_size: int, rate: float) -> None:
        import keras

        for layer in model.layers:
            # The model itself is already trainable, so setting its flag would change nothing.
            layer.trainable = True
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = BATCH_NORM_MOMENTUM
        _compile(model, rate)
        images, answers = self._dataset.images[order][..., None], self._answers(order)
        model.fit(images, answers, batch_size=batch_size, shuffle=False, verbose=0)

    def _answers(self, indices: Indices) -> Float32Array:
        return targets_of(self._spec.target, self._dataset, indices)

    def _wrong(self, model: "keras.Model", mode: Mode) -> int:
        test = self._dataset.indices("test")
        if mode == "frozen":
            weights, bias = model.layers[-1].get_weights()
            said = _logits(self._features("test"), weights, bias) > 0
        else:
            images = self._dataset.images[test][..., None]
            said = np.asarray(model.predict(images, batch_size=_CHUNK, verbose=0)) > 0.5
        return int((said != (self._answers(test) > 0.5)).sum())


def _compile(model: "keras.Model", rate: float) -> None:
    import keras

    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", jit_compile=False)
    build_optimizer(model)


def _logits(
    features: npt.NDArray[np.float16], weights: Float32Array, bias: Float32Array
) -> Float32Array:
    """(images, 1) logits, computed in portions since full precision takes much memory."""
    portions = (features[start : start + _CHUNK] for start in range(0, len(features), _CHUNK))
    return np.concatenate([each.astype(np.float32) @ weights + bias for each in portions])
