"""A network's graph gone through layer by layer, with a look at each output, or a change to it, on the way."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import keras

    from cnn_core.inspection.model.probe import Probe

Progress = Callable[[float], None]  # 0 to 1
Built = TypeVar("Built")

# Functions traced for a network. They hold its model, and so must not hold its probe: it is what they die with.
_traces: WeakKeyDictionary[Probe, dict[Hashable, Any]] = WeakKeyDictionary()


def traced(probe: Probe, key: Hashable, build: Callable[[keras.Model], Built]) -> Built:
    """What `build(probe.model)` returned the first time, so that TensorFlow traces once and follows new weights."""
    kept: dict[Hashable, Any] = _traces.setdefault(probe, {})
    if key not in kept:
        kept[key] = build(probe.model)
    built: Built = kept[key]
    return built


def forward_with_hook(model: keras.Model, inputs: Any, visit: Callable[[keras.layers.Layer, Any, Any], Any]) -> Any:
    """The model's output for a tensor, as at inference, where `visit(layer, its input, its output)` replaces outputs.

    No layer is built or wired anew. To be called inside a traced function.
    """

    def wrap(layer: keras.layers.Layer) -> Callable[..., Any]:
        def call(received: Any, **arguments: Any) -> Any:
            if "training" in inspect.signature(layer.call).parameters:
                arguments["training"] = False
            return visit(layer, received, layer(received, **arguments))

        return call

    return model._run_through_graph([inputs], operation_fn=wrap)  # Keras's own call goes through the same method


@dataclass(frozen=True)
class _Name:
    """A layer's name in the place of its output."""

    name: str


def find_sources(model: keras.Model) -> dict[str, tuple[str, ...]]:
    """Every layer's name → the names of the layers that it reads; what reads the picture reads "input"."""
    sources: dict[str, tuple[str, ...]] = {}

    def note(layer: keras.layers.Layer) -> Callable[..., _Name]:
        def call(received: Any, **_: Any) -> _Name:
            several = received if isinstance(received, (list, tuple)) else [received]
            sources[layer.name] = tuple(source.name for source in several)
            return _Name(layer.name)

        return call

    model._run_through_graph([_Name("input")], operation_fn=note)
    return sources
