"""How large a network may be here: the weights of a run, and what training keeps of one image."""

from __future__ import annotations

from math import prod

from cnn_core.architecture.costs import LayerCost
from cnn_core.architecture.layers import Layer
from cnn_core.errors import LayerProblem

BYTES_PER_VALUE = 4  # float32
PARAMETERS_AT_MOST = 50_000_000  # 200 MB of weights, 600 MB while Adam trains them
ACTIVATION_BYTES_AT_MOST = 32_000_000  # of one image: a batch of 64 keeps 2 GB, and its gradients take as much again


def check_size(layer: Layer, cost: LayerCost, parameters_before: int, bytes_before: int) -> None:
    """Raises `LayerProblem` where a layer, or it and the ones before it, are more than a run here can hold.

    `parameters_before` and `bytes_before` are the sums over all layers before this one.
    """
    _check_parameters(layer, cost, parameters_before)
    _check_memory(layer, cost, bytes_before)


def _check_parameters(layer: Layer, cost: LayerCost, before: int) -> None:
    own = cost.parameters
    if before + own <= PARAMETERS_AT_MOST:
        return
    much = f"{cost.arithmetic} = {own:,} parameters"
    if own > PARAMETERS_AT_MOST:
        much += " are"
    else:
        much += f" make {before:,} + {own:,} = {before + own:,} with the layers before it,"
    raise LayerProblem(
        layer.name,
        "too_large",
        f"{layer.name}: {much} more than the {PARAMETERS_AT_MOST // 10**6} million that a run here can hold; "
        "pool before it, or give a layer fewer filters or units.",
    )


def _check_memory(layer: Layer, cost: LayerCost, before: int) -> None:
    own = prod(cost.shape) * BYTES_PER_VALUE
    if before + own <= ACTIVATION_BYTES_AT_MOST:
        return
    much = (
        f"{'·'.join(f'{n:,}' for n in cost.shape)} outputs of {BYTES_PER_VALUE} bytes are {own:,} bytes for one image"
    )
    if before:
        much += f", with the layers before it {before + own:,}"
    raise LayerProblem(
        layer.name,
        "too_much_memory",
        f"{layer.name}: {much}; a run here can hold {ACTIVATION_BYTES_AT_MOST:,}. "
        "Pool before it, or give it or a layer before it fewer filters.",
    )
