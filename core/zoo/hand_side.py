"""Transfer learning: the counting network's layers, frozen, under a new output for the side."""

from typing import TYPE_CHECKING

from core.model_spec import ModelSpec, Recipe

if TYPE_CHECKING:
    import keras


def build(trunk: "keras.Model | None") -> "keras.Model":
    """The trained trunk up to its flattened features, frozen, and one sigmoid output.

    Frozen batch normalisation runs on its learned statistics, in training too.
    """
    from keras import Model, layers

    assert trunk is not None
    trunk.trainable = False
    features = trunk.get_layer("flatten").output
    right = layers.Dense(1, activation="sigmoid", name="right_hand")(features)
    return Model(trunk.input, right, name="hand_side")


SPEC = ModelSpec(
    name="hand_side",
    title="Hand side by transfer",
    summary="The trained layers of the CNN, kept and frozen, under a new output: left or right.",
    target="side",
    recipe=Recipe(epochs=3, batch_size=32),
    build=build,
    trunk="cnn_batch_norm",
)
