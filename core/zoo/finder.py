"""The finder: a small colour frame of any scene -> where hands are in it."""

from typing import TYPE_CHECKING

from core.model_spec import FieldRecipe, FieldSpec

if TYPE_CHECKING:
    import keras

FRAME_SIZE = 192
OUTPUTS = 5
"""As ``core.field.finder_answers`` lays them out."""


def build() -> "keras.Model":
    """Plain convolutions down to a thirty-second, and back up to an eighth of the frame.

    The coarse maps see the whole scene, the fine one says where exactly (Lin et al., "Feature
    Pyramid Networks", 2017).
    """
    from keras import Input, Model, layers
    from keras.initializers import Constant

    frame = Input((FRAME_SIZE, FRAME_SIZE, 3), name="frame")
    x = layers.Rescaling(1 / 64, offset=-2.0, name="rescaling")(frame)
    x = _convolution(x, 12, 3, 2, "stem")
    x = _convolution(x, 16, 3, 2, "quarter")
    x = _residual(x, 16, "quarter_block")
    x = _convolution(x, 32, 3, 2, "eighth")
    eighth = _residual(x, 32, "eighth_block")
    x = _convolution(eighth, 48, 3, 2, "sixteenth")
    sixteenth = _residual(x, 48, "sixteenth_block")
    x = _convolution(sixteenth, 64, 3, 2, "coarse")
    x = _residual(x, 64, "coarse_block")
    x = _merged(x, sixteenth, 48, "to_sixteenth")
    x = _convolution(x, 48, 3, 1, "sixteenth_again")
    x = _merged(x, eighth, 32, "to_eighth")
    x = _convolution(x, 40, 3, 1, "head")
    # Hands are rare, and reach some cells far: training starts from there.
    middle = layers.Conv2D(1, 1, bias_initializer=Constant(-4.0), name="middle")(x)
    reaches = layers.Conv2D(OUTPUTS - 1, 1, bias_initializer=Constant(1.0), name="reaches")(x)
    answer = layers.Concatenate(dtype="float32", name="answer")([middle, reaches])
    return Model(frame, answer, name="finder")


def _convolution(
    x: "keras.KerasTensor", filters: int, size: int, stride: int, name: str
) -> "keras.KerasTensor":
    from keras import layers

    x = layers.Conv2D(
        filters, size, stride, padding="same", use_bias=False, name=f"{name}_convolution"
    )(x)
    x = layers.BatchNormalization(name=f"{name}_batch_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def _residual(x: "keras.KerasTensor", filters: int, name: str) -> "keras.KerasTensor":
    from keras import layers

    inside = _convolution(x, filters, 3, 1, f"{name}_first")
    inside = layers.Conv2D(
        filters, 3, padding="same", use_bias=False, name=f"{name}_second_convolution"
    )(inside)
    inside = layers.BatchNormalization(name=f"{name}_second_batch_norm")(inside)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([x, inside]))


def _merged(
    coarse: "keras.KerasTensor", fine: "keras.KerasTensor", filters: int, name: str
) -> "keras.KerasTensor":
    from keras import layers

    coarse = _convolution(coarse, filters, 1, 1, name)
    coarse = layers.UpSampling2D(2, name=f"{name}_enlarged")(coarse)
    return layers.Add(name=f"{name}_add")([coarse, fine])


SPEC = FieldSpec(
    name="finder",
    title="Hand finder",
    summary="Finds every hand in a frame of any camera.",
    task="find",
    recipe=FieldRecipe(
        cycles=(20, 14),
        samples=9_600,
        batch_size=32,
        learning_rate=0.002,
        weight_decay=0.02,
        drawn_frames=40_000,
    ),
    build=build,
)
