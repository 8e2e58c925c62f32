"""Steering commands: pause, resume, stop, learning rate, optimizer, epochs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import keras
from pydantic import TypeAdapter, ValidationError

from cnn_core.experiment.optimizers import Optimizer
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
    """

    def __init__(
        self, commands: CommandReader, writer: EventWriter, config: TrainingConfig, training_state: TrainingState
    ) -> None:
        super().__init__()
        self._commands, self._writer, self._config = commands, writer, config
        self.training_state, self.clock, self.stopped = training_state, Clock(), False
        self._epoch, self._step, self._looked = 1, 0, 0.0
        self._next_optimizer: Any = None
        self._given: list[dict[str, Any]] = []  # commands that were read and not yet carried out

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch, self._step = epoch + 1, 0
        if self._next_optimizer is not None:
            self._change_optimizer()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._step = min(batch + 1, self.params["steps"])  # Keras counts on where several steps make a call
        if time.perf_counter() - self._looked >= _LOOK_INTERVAL_S:
            self._obey()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._obey()
        if epoch + 1 >= self.training_state.epochs:
            self.model.stop_training = True

    def _obey(self) -> None:
        self._looked = time.perf_counter()
        self._given += self._commands.read()
        while self._given:
            self._carry_out(self._given.pop(0))

    def _carry_out(self, command: dict[str, Any]) -> None:
        name = command["command"]
        value: Any = command.get("value")
        if name == "stop" and not self.stopped:
            self.stopped = self.model.stop_training = True
            self._note("stop")
        elif name == "pause" and not self.stopped:
            self._pause()
        elif name == "learning_rate" and type(value) in (int, float) and 0 < value <= 10:
            self._change_rate(float(value))
        elif name == "optimizer":
            self._plan_optimizer(value)
        elif name == "epochs" and type(value) is int and self._epoch <= value <= 1000:
            self.training_state.epochs = value
            self._note("epochs", value)

    def _pause(self) -> None:
        self._note("pause")
        self._writer.emit("state", state="paused")
        began = time.perf_counter()
        while not self._goes_on():
            time.sleep(_LOOK_INTERVAL_S)
            self._given += self._commands.read()
        self.clock.paused += time.perf_counter() - began
        self._note("resume")
        self._writer.emit("state", state="running")

    def _goes_on(self) -> bool:
        """Carries out what is asked for during a pause, up to the word that ends it."""
        while self._given:
            command = self._given.pop(0)
            if command["command"] != "pause":
                self._carry_out(command)
            if command["command"] in ("resume", "stop"):
                return True
        return False

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
