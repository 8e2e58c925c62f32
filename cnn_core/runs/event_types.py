"""Events as types: what a worker writes while it trains, one JSON object per line.

`docs/run-format.md` is generated from these classes. Readers ignore unknown fields and skip lines that do not validate,
so that damage costs no more than the damaged lines.
"""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, Field, TypeAdapter
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from cnn_core.experiment.optimizers import Optimizer

EVENTS_VERSION = 2

_LATEST = 253_402_300_799.0  # the end of year 9999, beyond which Python has no dates
Time = Annotated[float, Field(ge=0, le=_LATEST, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Positive = Annotated[int, Field(ge=1, le=2**53)]
_OPTIMIZER: TypeAdapter[Any] = TypeAdapter(Optimizer)
Number = Annotated[float, Field(allow_inf_nan=False)] | None  # None stands for NaN and infinity, which are not JSON


class _Event(TypedDict):
    v: NotRequired[Annotated[int, Field(ge=1, le=EVENTS_VERSION)]]
    seq: NotRequired[int]
    time: Time


class StateEvent(_Event):
    """A change of state. `queued` carries what was asked for with it: more epochs, or another learning rate."""

    type: Literal["state"]
    state: Literal["queued", "running", "paused", "completed", "stopped", "failed", "interrupted"]
    reason: NotRequired[str]
    epochs: NotRequired[Positive | None]
    learning_rate: NotRequired[Number]


class DownloadEvent(_Event):
    """Progress of a dataset's download, in bytes."""

    type: Literal["download"]
    bytes: Count
    total: Count


class PlanEvent(_Event):
    """What the run sets out to do. It replaces what was written of epochs from `first_epoch` on: the run resumes there.

    `samples` are the training images, `watched` is the set behind the `val_` metrics, `missing_classes` are the
    indices of classes without a training image.
    """

    type: Literal["plan"]
    epochs: Positive
    first_epoch: NotRequired[Positive]
    steps_per_epoch: Positive
    samples: Positive
    parameters: Count
    threads: NotRequired[Positive | None]
    precision: NotRequired[Literal["float32", "mixed_bfloat16"]]
    watched: Literal["test", "validation"]
    missing_classes: NotRequired[list[Count]]


class BatchEvent(_Event):
    """Means over the batches since the last such event. `samples` are the images seen in this epoch."""

    type: Literal["batch"]
    epoch: Positive
    step: Positive
    samples: Count
    loss: Number
    accuracy: NotRequired[Number]
    learning_rate: NotRequired[Number]


class LayerStatsEvent(_Event):
    """Lists with one entry per layer that has a kernel: norms of its weights and gradients. Step 0 is before the first.

    `dead` is the fraction of its outputs that no image of a fixed batch activates; None for a layer without ReLU.
    """

    type: Literal["layer_stats"]
    epoch: Positive
    step: Count
    names: list[str]
    weights: list[Number]
    gradients: list[Number]
    dead: list[Number]


class EpochEvent(_Event):
    """Metrics of a whole epoch. `seconds` includes evaluation."""

    type: Literal["epoch"]
    epoch: Positive
    samples: NotRequired[Count]
    loss: Number
    accuracy: NotRequired[Number]
    val_loss: NotRequired[Number]
    val_accuracy: NotRequired[Number]
    learning_rate: NotRequired[Number]
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Intervention(_Event):
    type: Literal["intervention"]
    epoch: Count
    step: Count


class EpochsIntervention(_Intervention):
    """Another number of epochs."""

    what: Literal["epochs"]
    value: Positive


class LearningRateIntervention(_Intervention):
    """Another learning rate, which replaces the schedule."""

    what: Literal["learning_rate"]
    value: Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _check_optimizer(value: dict[str, Any]) -> dict[str, Any]:
    _OPTIMIZER.validate_python(value)
    return value


class OptimizerIntervention(_Intervention):
    """Another optimizer, with its settings."""

    what: Literal["optimizer"]
    value: Annotated[dict[str, Any], AfterValidator(_check_optimizer)]


class UnusedOptimizerIntervention(_Intervention):
    """An optimizer that was asked for in the last epoch, too late to be used; with its settings."""

    what: Literal["optimizer_unused"]
    value: dict[str, Any]


class OtherIntervention(_Intervention):
    """A pause, its end, a stop, a single step ("batch" or "epoch"), or a restart: {"run": id, "epoch": number}."""

    what: Literal["pause", "resume", "step", "stop", "restart"]
    value: NotRequired[Any]


class ResultEvent(_Event):
    """Metrics on the test set, of the weights of `epoch` (the last one where it is missing).

    `seconds` is the time of all epochs.
    """

    type: Literal["result"]
    test_loss: NotRequired[Number]
    test_accuracy: NotRequired[Number]
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    epoch: NotRequired[Count]


def _same_length(event: LayerStatsEvent) -> LayerStatsEvent:
    if len({len(event["names"]), len(event["weights"]), len(event["gradients"]), len(event["dead"])}) > 1:
        raise ValueError("The lists have one entry per layer.")
    return event


AnyIntervention = Annotated[
    EpochsIntervention
    | LearningRateIntervention
    | OptimizerIntervention
    | UnusedOptimizerIntervention
    | OtherIntervention,
    Field(discriminator="what"),
]
AnyEvent = Annotated[
    StateEvent
    | DownloadEvent
    | PlanEvent
    | BatchEvent
    | Annotated[LayerStatsEvent, AfterValidator(_same_length)]
    | EpochEvent
    | AnyIntervention
    | ResultEvent,
    Field(discriminator="type"),
]
EVENT_ADAPTER: TypeAdapter[Any] = TypeAdapter(AnyEvent)
EVENT_TYPES: tuple[type[Any], ...] = (
    StateEvent,
    DownloadEvent,
    PlanEvent,
    BatchEvent,
    LayerStatsEvent,
    EpochEvent,
    EpochsIntervention,
    LearningRateIntervention,
    OptimizerIntervention,
    UnusedOptimizerIntervention,
    OtherIntervention,
    ResultEvent,
)
ENVELOPE = ("v", "seq", "time", "type")  # fields of every event, beside what it reports
# Metrics that an event may lack; readers find None there, as for a value that is not finite.
_METRICS = {
    "batch": ("accuracy", "learning_rate"),
    "epoch": ("accuracy", "val_loss", "val_accuracy", "learning_rate"),
    "result": ("test_loss", "test_accuracy"),
}


def complete(event: dict[str, Any]) -> dict[str, Any]:
    """The event with None for each metric that it lacks."""
    for name in _METRICS.get(event["type"], ()):
        event.setdefault(name, None)
    return event
