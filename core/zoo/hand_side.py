"""Transfer learning: the counting network's layers, frozen, under a new output for the side."""

from typing import TYPE_CHECKING

from core.zoo._spec import ModelSpec, Recipe

if TYPE_CHECKING:
    import keras


def build(backbone: "keras.Model") -> "keras.Model":
    """The trained backbone up to its flattened features, frozen, and one sigmoid output.

    Frozen batch normalisation runs on its learned statistics, in training too.
    """
    from keras import Model, layers

    backbone.trainable = False
    features = backbone.get_layer("flatten").output
    right = layers.Dense(1, activation="sigmoid", name="right_hand")(features)
    return Model(backbone.input, right, name="hand_side")


SPEC = ModelSpec(
    name="hand_side",
    title="Hand side by transfer",
    summary="The trained layers of the CNN, kept and frozen, under a new output: left or right.",
    task="side",
    recipe=Recipe(epochs=3, batch_size=32),
    build=build,
    backbone="cnn_batch_norm",
)
