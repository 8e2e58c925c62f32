"""Steering commands: pause, resume, single steps, stop, learning rate, optimizer, epochs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
from pydantic import TypeAdapter, ValidationError

from cnn_core.experiment.optimizers import Optimizer
from cnn_core.runs.folder import STEPS
from cnn_core.training.compilation import set_plain_rate, swap_optimizer
from cnn_core.training.keras_optimizer import build_optimizer

if TYPE_CHECKING:
    from cnn_core.experiment.training import TrainingConfig
    from cnn_core.runs.events import EventWriter
    from cnn_core.runs.folder import CommandReader
    from cnn_core.runs.training_state import TrainingState

_LOOK_INTERVAL_S = 0.1
_OPTIMIZER: TypeAdapter[Any] = TypeAdapter(Optimizer)


class Clock:
    """Seconds of training, excluding pauses."""

    def __init__(self) -> None:
        self.paused = 0.0

    def now(self) -> float:
        return time.perf_counter() - self.paused


class SteeringCallback(keras.callbacks.Callback):
    """Executes the commands in a run folder, and ends training after the planned epochs.

    Every command that had an effect becomes an `intervention` event; one that makes no sense is passed over.
    Commands are looked for before the first step, about every 0.1 s, after each epoch, and all the time during a pause.
    `step` trains one batch or one epoch and pauses again. `show_state` is called before each pause, so that what is
    looked at then is the network as it is.
    """

    def __init__(
        self,
        commands: CommandReader,
        writer: EventWriter,
        config: TrainingConfig,
        training_state: TrainingState,
        first_epoch: int = 1,
    ) -> None:
        super().__init__()
        self._commands, self._writer, self._config = commands, writer, config
        self.training_state, self.clock, self.stopped = training_state, Clock(), False
        self._epoch, self._step, self._looked = first_epoch, 0, 0.0
        self._in_call = False
        self._pause_after = ""  # "batch" or "epoch" while a single step is under way
        self.show_state: Callable[[], None] = lambda: None
        self._next_optimizer: Any = None
        self._given: list[dict[str, Any]] = []  # commands that were read and not yet carried out

    @property
    def is_stepping(self) -> bool:
        """Whether the next batch is a single step: it is reported, and a pause follows."""
        return self._pause_after == "batch"

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._obey()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch, self._step = epoch + 1, 0
        if self._next_optimizer is not None:
            self._change_optimizer()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._step = min(batch + 1, self.params["steps"])  # Keras counts on where several steps make a call
        if self.is_stepping:
            self._end_step()
        elif time.perf_counter() - self._looked >= _LOOK_INTERVAL_S:
            self._obey()

    def after_single_step(self, step: int) -> None:
        """The same in the middle of a call of several steps, which can't be stopped there: a stop waits for its end."""
        self._step, self._in_call = step, True
        self._end_step()
        self._in_call = False

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        is_last = epoch + 1 >= self.training_state.epochs
        if self._pause_after == "epoch":
            self._end_step(pauses=not is_last)
        self._obey()
        if epoch + 1 >= self.training_state.epochs:
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Records an optimizer that came too late to be used."""
        if self._next_optimizer is not None:
            spec, self._next_optimizer = self._next_optimizer, None
            self._note("optimizer_unused", spec.model_dump())

    def _end_step(self, pauses: bool = True) -> None:
        what, self._pause_after = self._pause_after, ""
        if pauses and not self.stopped:
            self._wait("step", what)
        else:
            self._note("step", what)

    def _obey(self) -> None:
        self._looked = time.perf_counter()
        self._given += self._commands.read()
        held = []
        while self._given:
            command = self._given.pop(0)
            if command["command"] == "stop" and not self._step:  # no step was trained yet: at the end of the first call
                held.append(command)
            else:
                self._carry_out(command)
        self._given = held

    def _carry_out(self, command: dict[str, Any]) -> None:
        name = command["command"]
        value: Any = command.get("value")
        if name == "stop" and not self.stopped:
            self.stopped = self.model.stop_training = True
            self._note("stop")
        elif name == "pause" and not self.stopped:
            self._wait("pause")
        elif name == "step" and value in STEPS and not self.stopped:
            self._pause_after = value
        elif name == "learning_rate" and type(value) in (int, float) and 0 < value <= 10:
            self._change_rate(float(value))
        elif name == "optimizer":
            self._plan_optimizer(value)
        elif name == "epochs" and type(value) is int and self._epoch <= value <= 1000:
            self.training_state.epochs = value
            self._note("epochs", value)

    def _wait(self, why: str, value: Any = None) -> None:
        began = time.perf_counter()
        self.show_state()
        self._note(why, value)
        self._writer.emit("state", state="paused")
        while not (word := self._find_end()):
            time.sleep(_LOOK_INTERVAL_S)
            self._given += self._commands.read()
        self.clock.paused += time.perf_counter() - began
        if word != "step":
            self._note("resume")
        self._writer.emit("state", state="running")

    def _find_end(self) -> str:
        """Carries out what is asked for during a pause, up to the command that ends it; empty before there is one."""
        while self._given:
            command = self._given.pop(0)
            name = command["command"]
            if name == "stop" and (not self._step or self._in_call):
                self._given.insert(0, command)
                return "stop"
            if name != "pause":
                self._carry_out(command)
            if name in ("resume", "stop") or (name == "step" and self._pause_after):
                return str(name)
        return ""

    def _change_rate(self, rate: float) -> None:
        if not set_plain_rate(self.model, rate):  # a schedule: the optimizer's memory stays, the schedule goes
            swap_optimizer(
                self.model, build_optimizer(self.training_state.optimizer, rate, self._config.clip_norm), True
            )
        self.training_state.learning_rate = rate
        self._note("learning_rate", rate)

    def _plan_optimizer(self, value: Any) -> None:
        try:
            self._next_optimizer = _OPTIMIZER.validate_python(value)
        except ValidationError:
            return

    def _change_optimizer(self) -> None:
        """Between two epochs: in the middle of one, its checkpoint would hold half of each."""
        spec, self._next_optimizer = self._next_optimizer, None
        rate = float(self.model.optimizer.learning_rate)
        swap_optimizer(self.model, build_optimizer(spec, rate, self._config.clip_norm), False)
        self.training_state.optimizer, self.training_state.learning_rate = spec, rate
        self._note("optimizer", spec.model_dump())

    def _note(self, what: str, value: Any = None) -> None:
        self._writer.emit("intervention", epoch=self._epoch, step=self._step, what=what, value=value)
