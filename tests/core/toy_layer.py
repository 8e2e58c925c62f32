"""A layer type defined outside the package: one class, and the Keras layer it stands for."""

from typing import Literal

from pydantic import Field

from cnn_core.architecture.layers import LAYER_TYPES, Layer, Traits, register_layer


def multiply(before, config, weights, place):
    return before * config["factor"]


class ToyScalingSpec(Layer):
    """Multiplies each value by a constant."""

    stem, group = "scaling", "activation"
    traits = Traits("elementwise", function=multiply)
    kind: Literal["ToyScaling"] = "ToyScaling"
    factor: float = Field(2.0, ge=-10, le=10, title="Scale factor", description="Multiplies each value.")

    def keras_class(self):
        return keras_scaling()


_made = {}


def keras_scaling():
    """The Keras class, made when first needed so that importing this module does not import Keras."""
    if not _made:
        import keras

        @keras.saving.register_keras_serializable("toy")
        class ToyScaling(keras.layers.Layer):
            def __init__(self, factor=2.0, **options):
                super().__init__(**options)
                self.factor = factor

            def call(self, inputs):
                return inputs * self.factor

            def get_config(self):
                return {**super().get_config(), "factor": self.factor}

        _made["class"] = ToyScaling
    return _made["class"]


def __getattr__(name):
    """`from toy_layer import ToyScaling`, as exported scripts import it."""
    if name == "ToyScaling":
        return keras_scaling()
    raise AttributeError(name)


def add():
    register_layer(ToyScalingSpec)


def remove():
    LAYER_TYPES.pop("ToyScaling", None)


def architecture():
    from cnn_core import ArchitectureSpec

    return ArchitectureSpec.model_validate(
        {
            "layers": [
                {"kind": "Conv2D", "filters": 3, "activation": "relu"},
                {"kind": "ToyScaling", "factor": -1.5},
                {"kind": "MaxPooling2D"},
                {"kind": "Flatten"},
                {"kind": "Dense", "units": 10, "activation": "softmax"},
            ]
        }
    )
