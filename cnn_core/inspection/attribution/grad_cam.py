"""Grad-CAM."""

from __future__ import annotations

import numpy as np

from cnn_core.errors import ModelError
from cnn_core.inspection.attribution.scores import Scores, check_target
from cnn_core.inspection.model.probe import Probe
from cnn_core.inspection.model.walk import list_layers


def list_map_layers(probe: Probe) -> list[str]:
    """Names of the layers whose output is a map, in order; none in a network of dense layers only."""
    return [layer.name for layer in list_layers(probe.model) if len(layer.output.shape) == 4]


def find_last_convolution(probe: Probe) -> str | None:
    """Default layer of Grad-CAM, or None without feature maps.

    It is the one that completes the last convolution: the normalization, sum or activation right behind it, if any.
    """
    import keras

    convolutions = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D)
    completing = (keras.layers.Activation, keras.layers.BatchNormalization, keras.layers.Add)
    found, was_convolution = None, False
    names = list_map_layers(probe)
    for name in names:
        layer = probe.model.get_layer(name)
        was_convolution = isinstance(layer, convolutions) or (was_convolution and isinstance(layer, completing))
        if was_convolution:
            found = name
    return found or (names[-1] if names else None)


def compute_grad_cam(probe: Probe, inputs: np.ndarray, target: int, layer: str) -> np.ndarray:
    """Grad-CAM of a layer (Selvaraju et al. 2017), float32 (H, W) ≥ 0, in the input's size.

    Each map is weighed by the mean of the score's gradient over it; the sum's positive part is enlarged bilinearly.
    """
    check_target(probe.model, inputs, target)
    if layer not in list_map_layers(probe):
        raise ModelError(
            "Layer {layer!r} has no maps for Grad-CAM. Choose one of {layers}.",
            layer=layer,
            layers=list_map_layers(probe),
        )
    maps, gradients = (x[0] for x in Scores(probe).at_layer(layer, inputs, target))
    cam = np.maximum((maps * gradients.mean(axis=(0, 1))).sum(axis=2), 0)
    height, width = inputs.shape[1:3]
    from PIL import Image

    return np.asarray(Image.fromarray(cam).resize((width, height), Image.Resampling.BILINEAR), np.float32)
