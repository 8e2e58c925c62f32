"""A functional model's layers and their outputs by Keras's public API, and functions traced once per probe."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

from cnn_core.architecture.builder import INPUT_NAME, free_name

if TYPE_CHECKING:
    import keras

Progress = Callable[[float], None]  # share done, 0–1
Built = TypeVar("Built")


class Opened(Protocol):
    """What functions are traced for: a `Probe`."""

    @property
    def model(self) -> keras.Model: ...


@dataclass
class _Entry:
    lock: threading.RLock = field(default_factory=threading.RLock)
    value: Any = None
    is_built: bool = False


# Traced functions hold the probe's model, so they must not hold the probe itself: they are freed with it.
_traces: WeakKeyDictionary[Opened, dict[Hashable, _Entry]] = WeakKeyDictionary()
_traces_lock = threading.Lock()


def traced(probe: Opened, key: Hashable, build: Callable[[keras.Model], Built]) -> Built:
    """Returns `build(probe.model)`, computed once per probe and key: TensorFlow traces once and follows new weights.

    Several threads may ask at once; one builds and the others wait. What `build` returns must not hold the probe.
    """
    with _traces_lock:
        entry = _traces.setdefault(probe, {}).setdefault(key, _Entry())
    with entry.lock:
        if not entry.is_built:
            entry.value = build(probe.model)
            entry.is_built = True
        built: Built = entry.value
        return built


def list_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """The model's layers without its input layers. Each stands after the layers it reads."""
    import keras

    return [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]


def input_name(model: keras.Model) -> str:
    """What the model's input is called beside its layers: "input", or a longer name if a layer has that one."""
    return free_name(INPUT_NAME, {layer.name for layer in list_layers(model)})


def find_sources(model: keras.Model) -> dict[str, tuple[str, ...]]:
    """Each layer's name → the names of the layers it reads, or `input_name` for the model's input."""
    layers = list_layers(model)
    names = {id(model.inputs[0]): input_name(model)} | {id(layer.output): layer.name for layer in layers}
    return {layer.name: tuple(names[id(tensor)] for tensor in _inputs_of(layer)) for layer in layers}


def read_outputs(model: keras.Model, names: Iterable[str]) -> Callable[[Any], list[Any]]:
    """A function from the model's input to the outputs of these layers, at inference, as float32 tensors.

    To be called inside a `tf.function`.

    Example:
        >>> read = tf.function(read_outputs(model, ["conv1", "pool1"]))
        >>> conv1, pool1 = read(inputs)
    """
    import keras
    import tensorflow as tf

    inner = keras.Model(model.inputs[0], [model.get_layer(name).output for name in names])
    return lambda inputs: [tf.cast(output, tf.float32) for output in tf.nest.flatten(inner(inputs, training=False))]


def forward_with_hook(model: keras.Model, inputs: Any, hook: Callable[[keras.layers.Layer, Any], Any]) -> Any:
    """The model's output for a tensor, at inference, with each layer's output replaced by `hook(layer, output)`.

    The layers themselves are called; no new ones are built. To be called inside a `tf.function`.
    """
    tensors = {id(model.inputs[0]): inputs}
    for layer in list_layers(model):
        received = [tensors[id(tensor)] for tensor in _inputs_of(layer)]
        arguments = {"training": False} if "training" in inspect.signature(layer.call).parameters else {}
        output = layer(received if isinstance(layer.input, list) else received[0], **arguments)
        tensors[id(layer.output)] = hook(layer, output)
    return tensors[id(model.outputs[0])]


def _inputs_of(layer: keras.layers.Layer) -> list[Any]:
    return list(layer.input) if isinstance(layer.input, (list, tuple)) else [layer.input]
