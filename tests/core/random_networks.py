"""Random networks out of a seeded `random.Random`: every kind of layer with every knob, whole ones and broken ones."""

from typing import Literal, get_args, get_origin

from cnn_core import ArchitectureSpec, compute_anatomy
from cnn_core.architecture.layers import LAYER_TYPES, RandomAugmentation
from cnn_core.errors import SpecError

INPUT_SHAPES = ((28, 28, 1), (32, 32, 3), (17, 23, 2))
AUGMENTING = [kind for kind, cls in LAYER_TYPES.items() if issubclass(cls, RandomAugmentation)]
FOR_PICTURES = [kind for kind, cls in LAYER_TYPES.items() if cls.traits.takes == "maps"]
FOR_ANYTHING = ["Activation", "Dropout", "BatchNormalization"]
FLATTENING = ["Flatten", "GlobalAveragePooling2D"]

SMALL = {
    "filters": tuple(range(1, 13)),
    "units": tuple(range(1, 13)),
    "kernel_size": (1, 2, 3, 3, 5, 7),
    "strides": (1, 1, 1, 2, 3),
    "pool_size": (1, 2, 2, 3),
    "dilation_rate": (1, 1, 1, 2, 3),
    "depth_multiplier": (1, 2),
    "l2": (0.0, 0.0, 1e-3, 1 / 3),
    "rate": (0.0, 0.1, 1 / 3),
    "factor": (0.0, 0.1, 1 / 7),
    "stretch": (0.0, 0.1, 1 / 7),
    "sigma": (0.1, 1 / 3, 1.0),
    "lower": (0.0,),
    "upper": (0.0, 0.1, 1 / 7),
    "momentum": (0.99, 0.9, 2 / 3),
}
LARGE = {
    "filters": (512, 1024),
    "units": (4096, 8192),
    "kernel_size": (15, 31),
    "strides": (5, 16),
    "pool_size": (7, 16),
    "dilation_rate": (4, 8),
    "depth_multiplier": (16,),
}


def random_layer(rng, kind, large=0.0):
    """A layer's fields, each drawn again; `large` is how often a number comes from the far end of its range."""
    fields = {"kind": kind}
    for name, field in LAYER_TYPES[kind].model_fields.items():
        if name in ("kind", "name"):
            continue
        if get_origin(field.annotation) is Literal:
            fields[name] = rng.choice(get_args(field.annotation))
        elif name in LARGE and rng.random() < large:
            fields[name] = rng.choice(LARGE[name])
        elif name in SMALL:
            optional = (None, None) if type(None) in get_args(field.annotation) else ()
            fields[name] = rng.choice((*SMALL[name], *optional))
        else:
            fields[name] = rng.choice((True, True, False) if field.annotation is bool else get_args(field.annotation))
    return fields


def random_valid_network(rng, input_shape=None):
    """Layers in an order that makes sense, drawn until all of them fit."""
    while True:
        kinds = rng.choices(AUGMENTING, k=rng.choice((0, 0, 1, 2, 3)))
        kinds += rng.choices([x for x in FOR_PICTURES if x not in FLATTENING] + FOR_ANYTHING, k=rng.randint(0, 5))
        if rng.random() < 0.7:
            kinds += [
                rng.choice(FLATTENING),
                *rng.choices(["Dense", "Dense", "Flatten", *FOR_ANYTHING], k=rng.randint(0, 3)),
            ]
        if not kinds:
            continue
        spec = _network(rng, [random_layer(rng, kind) for kind in kinds], input_shape)
        try:
            compute_anatomy(spec)
        except SpecError:
            continue
        return spec


def random_network(rng):
    """Any layers in any order, of any size: most of these are broken."""
    layers = [random_layer(rng, kind, large=0.1) for kind in rng.choices(list(LAYER_TYPES), k=rng.randint(1, 8))]
    if rng.random() < 0.4:
        layers += [{"kind": "Flatten"}, random_layer(rng, "Dense", large=0.3) | {"units": rng.choice((10, 3, 8192))}]
    return _network(rng, layers)


def random_broken_network(rng):
    """A network that `compute_anatomy` refuses."""
    while True:
        spec = random_network(rng)
        try:
            compute_anatomy(spec)
        except SpecError:
            return spec


def _network(rng, layers, input_shape=None):
    return ArchitectureSpec.model_validate(
        {
            "input_shape": input_shape or rng.choice(INPUT_SHAPES),
            "data_format": rng.choice(("channels_last", "channels_first")),
            "layers": layers,
        }
    )
