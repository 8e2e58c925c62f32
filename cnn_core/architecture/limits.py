"""Size limits of a network: parameters, and memory per training image."""

from __future__ import annotations

from math import prod

from cnn_core.architecture.layers import Layer
from cnn_core.architecture.layers.cost import LayerCost
from cnn_core.errors import LayerProblem

BYTES_PER_VALUE = 4  # float32
PARAMETERS_AT_MOST = 50_000_000  # 200 MB of weights, 600 MB while Adam trains them
ACTIVATION_BYTES_AT_MOST = 32_000_000  # of one image: a batch of 64 keeps 2 GB, and its gradients take as much again


def check_size(layer: Layer, cost: LayerCost, parameters_before: int, bytes_before: int) -> None:
    """Raises `LayerProblem` if the network up to some layer exceeds the size limits.

    `parameters_before` and `bytes_before` are the sums over all layers before this one.
    """
    _check_parameters(layer, cost, parameters_before)
    _check_memory(layer, cost, bytes_before)


def _check_parameters(layer: Layer, cost: LayerCost, before: int) -> None:
    own = cost.parameters
    if before + own <= PARAMETERS_AT_MOST:
        return
    facts = {"name": layer.name, "arithmetic": cost.arithmetic, "own": own, "most": PARAMETERS_AT_MOST // 10**6}
    if own > PARAMETERS_AT_MOST:
        raise LayerProblem(
            layer.name,
            "too_large",
            "{name}: {arithmetic} = {own:,} parameters are more than the {most} million that a run here can hold; "
            "pool before it, or give a layer fewer filters or units.",
            **facts,
        )
    raise LayerProblem(
        layer.name,
        "too_large",
        "{name}: {arithmetic} = {own:,} parameters make {before:,} + {own:,} = {total:,} with the layers before it, "
        "more than the {most} million that a run here can hold; pool before it, or give a layer fewer filters or "
        "units.",
        before=before,
        total=before + own,
        **facts,
    )


def _check_memory(layer: Layer, cost: LayerCost, before: int) -> None:
    own = prod(cost.shape) * BYTES_PER_VALUE
    if before + own <= ACTIVATION_BYTES_AT_MOST:
        return
    outputs = "·".join(f"{n:,}" for n in cost.shape)
    facts = {"name": layer.name, "outputs": outputs, "each": BYTES_PER_VALUE, "own": own}
    if not before:
        raise LayerProblem(
            layer.name,
            "too_much_memory",
            "{name}: {outputs} outputs of {each} bytes are {own:,} bytes for one image; a run here can hold {most:,}. "
            "Pool before it, or give it or a layer before it fewer filters.",
            most=ACTIVATION_BYTES_AT_MOST,
            **facts,
        )
    raise LayerProblem(
        layer.name,
        "too_much_memory",
        "{name}: {outputs} outputs of {each} bytes are {own:,} bytes for one image, with the layers before it "
        "{total:,}; a run here can hold {most:,}. Pool before it, or give it or a layer before it fewer filters.",
        total=before + own,
        most=ACTIVATION_BYTES_AT_MOST,
        **facts,
    )
