"""The hand detector: a small colour frame of any scene -> where hands are in it."""

from typing import TYPE_CHECKING

from core.zoo._layers import convolution, residual
from core.zoo._spec import HandRecipe, ModelSpec

if TYPE_CHECKING:
    import keras

FRAME_SIZE = 192
"""Height and width, in pixels, of the frame that the hand detector sees."""

STRIDE = 8
"""Height and width of a cell in pixels of the frame."""

CELLS = FRAME_SIZE // STRIDE
"""In each row and column."""

OUTPUTS = 5
"""Per cell: the logit of a hand's middle, then the logarithms of four box offsets in cells."""


def build() -> "keras.Model":
    """Plain convolutions down to 1/32 of the frame's resolution, and back up to 1/8.

    The coarse maps see the whole scene, the fine one locates hands precisely (Lin et al., "Feature
    Pyramid Networks", 2017).
    """
    from keras import Input, Model, layers
    from keras.initializers import Constant

    frame = Input((FRAME_SIZE, FRAME_SIZE, 3), name="frame")
    x = layers.Rescaling(1 / 64, offset=-2.0, name="rescaling")(frame)
    x = convolution(x, 16, 3, 2, "stem")
    x = convolution(x, 16, 3, 2, "quarter")
    x = residual(x, 16, 1, "quarter_block")
    x = convolution(x, 48, 3, 2, "eighth")
    eighth = residual(x, 48, 1, "eighth_block")
    x = convolution(eighth, 64, 3, 2, "sixteenth")
    sixteenth = residual(x, 64, 1, "sixteenth_block")
    x = convolution(sixteenth, 96, 3, 2, "coarse")
    x = residual(x, 96, 1, "coarse_block")
    x = _merged(x, sixteenth, 64, "to_sixteenth")
    x = convolution(x, 64, 3, 1, "sixteenth_again")
    x = _merged(x, eighth, 48, "to_eighth")
    x = convolution(x, 48, 3, 1, "head")
    # Hands are rare and extend over a few cells: the biases start from there.
    middle = layers.Conv2D(1, 1, bias_initializer=Constant(-4.0), name="middle")(x)
    offsets = layers.Conv2D(OUTPUTS - 1, 1, bias_initializer=Constant(1.0), name="reaches")(x)
    answer = layers.Concatenate(dtype="float32", name="answer")([middle, offsets])
    return Model(frame, answer, name="hand_detector")


def _merged(
    coarse: "keras.KerasTensor", fine: "keras.KerasTensor", filters: int, name: str
) -> "keras.KerasTensor":
    from keras import layers

    coarse = convolution(coarse, filters, 1, 1, name)
    coarse = layers.UpSampling2D(2, name=f"{name}_enlarged")(coarse)
    return layers.Add(name=f"{name}_add")([coarse, fine])


SPEC = ModelSpec(
    name="hand_detector",
    title="Hand detector",
    summary="Finds every hand in a picture from any camera.",
    task="detect",
    recipe=HandRecipe(
        cycles=(72, 88),
        samples=38_400,
        batch_size=64,
        learning_rate=0.002,
        weight_decay=0.02,
        synthetic_frames=100_000,
    ),
    # An hour on two busy cores, beside the classifier's.
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
