"""Random augmentation layers, in front of a network."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from cnn_core.architecture.layers.base import Layer, register_layer
from cnn_core.architecture.layers.fields import HighestKnob
from cnn_core.architecture.layers.traits import Traits


class RandomAugmentation(Layer):
    """A layer that changes images at random during training, and passes them on at inference."""

    group = "augmentation"
    traits = Traits("copy", training_only="augmentation")
    takes_data_format = True


@register_layer
class RandomFlip(RandomAugmentation):
    stem = "flip"
    positional = ("mode",)
    kind: Literal["RandomFlip"] = "RandomFlip"
    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = Field(
        "horizontal", title="Mode", description="Along which axis a picture may be turned over while training."
    )


class _RandomByFactor(RandomAugmentation):
    factor: float = Field(
        0.1, ge=0, le=1, title="Factor", description="The largest change while training, as a share of the whole."
    )

    def arguments(self, data_format: str) -> dict[str, Any]:
        return super().arguments(data_format) | {"fill_mode": "constant"}  # what moves in from outside is background


@register_layer
class RandomRotation(_RandomByFactor):
    stem = "rotate"
    positional = ("factor",)
    kind: Literal["RandomRotation"] = "RandomRotation"


@register_layer
class RandomTranslation(_RandomByFactor):
    stem = "shift"
    positional = ("height_factor", "width_factor")
    kind: Literal["RandomTranslation"] = "RandomTranslation"

    def arguments(self, data_format: str) -> dict[str, Any]:
        arguments = super().arguments(data_format)
        factor = arguments.pop("factor")
        return arguments | {"height_factor": factor, "width_factor": factor}


@register_layer
class RandomZoom(_RandomByFactor):
    stem = "zoom"
    positional = ("height_factor",)
    kind: Literal["RandomZoom"] = "RandomZoom"
    stretch: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Stretch",
        description="By how much more than the height the width changes, on its own; 0: the shape is kept.",
    )

    def arguments(self, data_format: str) -> dict[str, Any]:
        arguments = super().arguments(data_format)
        arguments["height_factor"] = factor = arguments.pop("factor")
        if stretch := arguments.pop("stretch"):
            arguments["width_factor"] = min(1.0, round(factor + stretch, 6))
        return arguments


@register_layer
class RandomShear(_RandomByFactor):
    """Horizontal shear only, as in slanted handwriting."""

    stem = "slant"
    positional = ("x_factor",)
    kind: Literal["RandomShear"] = "RandomShear"

    def arguments(self, data_format: str) -> dict[str, Any]:
        # To either side all the same: Keras draws the side separately. It saves a single number as a range that it
        # refuses to load.
        arguments = super().arguments(data_format)
        return arguments | {"x_factor": (0.0, arguments.pop("factor"))}


@register_layer
class RandomGaussianBlur(RandomAugmentation):
    """Its `value_range` is 0–`highest`, the value of full ink after input scaling."""

    stem = "blur"
    positional = ("factor", "kernel_size", "sigma")
    kind: Literal["RandomGaussianBlur"] = "RandomGaussianBlur"
    factor: float = Field(0.5, ge=0, le=1, title="Factor", description="Share of the pictures that are blurred.")
    kernel_size: Literal[3, 5, 7] = Field(
        5, title="Kernel size", description="Height and width of the sliding window, in pixels."
    )
    sigma: float = Field(1.0, gt=0, le=1, title="Sigma", description="How far the strongest blur reaches, in pixels.")
    highest: HighestKnob = 1

    def arguments(self, data_format: str) -> dict[str, Any]:
        arguments = super().arguments(data_format)
        # A single number would be drawn from 0 to it, and blur half as many images.
        arguments["factor"] = (self.factor, self.factor)
        return arguments | {"value_range": (0, arguments.pop("highest"))}


@register_layer
class RandomBrightness(RandomAugmentation):
    """Lower brightness also thins bright strokes, as values are clipped at 0."""

    stem = "brightness"
    positional = ("factor", "value_range")
    kind: Literal["RandomBrightness"] = "RandomBrightness"
    lower: float = Field(
        -0.2, ge=-1, le=0, title="Darkest", description="The largest step down while training, as a share of the range."
    )
    upper: float = Field(
        0.2, ge=0, le=1, title="Brightest", description="The largest step up while training, as a share of the range."
    )
    highest: HighestKnob = 1

    def arguments(self, data_format: str) -> dict[str, Any]:
        arguments = super().arguments(data_format)
        arguments["factor"] = (arguments.pop("lower"), arguments.pop("upper"))
        return arguments | {"value_range": (0, arguments.pop("highest"))}


@register_layer
class RandomContrast(RandomAugmentation):
    stem = "contrast"
    positional = ("factor", "value_range")
    kind: Literal["RandomContrast"] = "RandomContrast"
    lower: float = Field(
        0.2, ge=0, le=1, title="Less", description="How much contrast is taken away at most while training."
    )
    upper: float = Field(
        0.2, ge=0, le=1, title="More", description="How much contrast is added at most while training; 1 doubles it."
    )
    highest: HighestKnob = 1

    def arguments(self, data_format: str) -> dict[str, Any]:
        arguments = super().arguments(data_format)
        arguments["factor"] = (arguments.pop("lower"), arguments.pop("upper"))
        return arguments | {"value_range": (0, arguments.pop("highest"))}
