"""Augmentation: random layers at the front of a network, active during training.

Four kinds have a knob here; further ones (a slant, a blur …) are put in one by one and stay where they are.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cnn_core.architecture.layers import (
    Layer,
    RandomAugmentation,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
)
from cnn_core.architecture.spec import ArchitectureSpec

Flip = Literal["none", "horizontal", "vertical", "horizontal_and_vertical"]


class Augmentation(BaseModel):
    """Augmentation settings, all off by default; each but `flip` is the factor of its Keras layer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shift: float = Field(
        0.0, ge=0, le=1, title="Shift", description="A picture moves by up to this share of its side; 0: never."
    )
    rotation: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Rotation",
        description="A picture turns either way by up to this share of a full turn: 0.05 is 18°; 0: never.",
    )
    zoom: float = Field(
        0.0, ge=0, le=1, title="Zoom", description="A picture grows or shrinks by up to this share; 0: never."
    )
    flip: Flip = Field("none", title="Flip", description="About every other picture is mirrored in this direction.")

    @property
    def is_off(self) -> bool:
        return self == Augmentation()


_KINDS: dict[str, type[Layer]] = {
    "shift": RandomTranslation,
    "rotation": RandomRotation,
    "zoom": RandomZoom,
    "flip": RandomFlip,
}
_OFF = (0.0, "none")


def augmentation_layers(spec: ArchitectureSpec) -> tuple[Layer, ...]:
    """The augmentation layers at the front of the network."""
    return tuple(takewhile(lambda layer: isinstance(layer, RandomAugmentation), spec.layers))


def read_augmentation(spec: ArchitectureSpec) -> Augmentation:
    """Settings of the augmentation layers at the front; of two layers of one type, the first counts."""
    found: dict[str, object] = {}
    for layer in augmentation_layers(spec):
        name = _knob_of(layer)
        if name:
            found.setdefault(name, getattr(layer, _field_of(name)))
    return Augmentation.model_validate(found)


def with_augmentation(spec: ArchitectureSpec, augmentation: Augmentation) -> ArchitectureSpec:
    """Replaces the augmentation layers at the front by those of the settings; others stay.

    Layers that were there keep their names and order; where nothing changes, the network is returned as it is. Raises
    `pydantic.ValidationError` where no layer would be left.
    """
    if augmentation == read_augmentation(spec):
        return spec
    front = augmentation_layers(spec)
    waiting = {name: value for name in _KINDS if (value := getattr(augmentation, name)) not in _OFF}
    changed: list[Layer] = []
    for layer in front:
        name = _knob_of(layer)
        if not name:
            changed.append(layer)
        elif name in waiting:  # of a second one of its kind nothing is left
            changed.append(layer.model_copy(update={_field_of(name): waiting.pop(name)}))
    changed += [_KINDS[name].model_validate({_field_of(name): value}) for name, value in waiting.items()]
    return spec.with_layers([*changed, *spec.layers[len(front) :]])


def _knob_of(layer: Layer) -> str | None:
    return next((name for name, kind in _KINDS.items() if isinstance(layer, kind)), None)


def _field_of(name: str) -> str:
    return "mode" if name == "flip" else "factor"
