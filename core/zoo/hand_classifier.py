"""The hand classifier: a grey crop of a hand -> count, side, face, fingers and landmarks."""

from typing import TYPE_CHECKING

from core.common.types import IMAGE_SIZE
from core.zoo._layers import convolution, residual
from core.zoo._spec import HandRecipe, ModelSpec

if TYPE_CHECKING:
    import keras

STAGES = ((32, 1), (64, 3), (96, 2), (128, 1))
"""Filters and residual blocks of each stage; each begins by halving height and width."""

FEATURES = 128
"""Numbers under the answers, from which every answer is one weighted sum."""

OUTPUTS = 56
"""In the layout of ``core.hands.classifier``."""


def build() -> "keras.Model":
    """A small residual network (He et al., "Deep Residual Learning", 2016) of plain convolutions.

    Depthwise convolutions would need fewer parameters, but train four times slower on a CPU.
    The last feature map is flattened, not pooled, because landmarks depend on position.
    """
    from keras import Input, Model, layers

    image = Input((IMAGE_SIZE, IMAGE_SIZE, 1), name="image")
    # Standardise each image by its own mean and deviation, so that brightness makes no difference.
    x = layers.LayerNormalization(
        axis=[1, 2, 3], center=False, scale=False, epsilon=1.0, name="standardise"
    )(image)
    x = convolution(x, STAGES[0][0], 3, 2, "stem")
    for stage, (filters, blocks) in enumerate(STAGES, start=1):
        for block in range(1, blocks + 1):
            x = residual(x, filters, 2 if block == 1 else 1, f"stage_{stage}_block_{block}")
    x = convolution(x, 48, 1, 1, "narrow")
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.15, name="dropout")(x)
    x = layers.Dense(FEATURES, activation="relu", name="features")(x)
    return Model(
        image, layers.Dense(OUTPUTS, dtype="float32", name="answer")(x), name="hand_classifier"
    )


SPEC = ModelSpec(
    name="hand_classifier",
    title="Hand classifier",
    summary="Reads the count, side and face of a hand on any camera, and locates its joints.",
    task="classify",
    recipe=HandRecipe(
        cycles=(78, 16, 48),
        samples=102_400,
        batch_size=128,
        learning_rate=0.003,
        weight_decay=0.02,
        synthetic_frames=100_000,
    ),
    fine_tuning=HandRecipe(
        cycles=(80,),
        samples=4_096,
        batch_size=64,
        learning_rate=0.0003,
        weight_decay=0.02,
        synthetic_frames=8_000,
    ),
    build=build,
)
