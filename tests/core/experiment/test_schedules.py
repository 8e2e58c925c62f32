"""Schedules: Keras's own objects, and the image that is drawn of them without Keras."""

import random

import keras
import numpy as np
import pytest

from cnn_core import TrainingConfig
from cnn_core.experiment.rate_curve import compute_rate_curve, learning_rate_at
from cnn_core.experiment.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    ReduceOnPlateau,
    Step,
    WarmUp,
)
from cnn_core.training.keras_optimizer import build_learning_rate

every_kind = pytest.mark.parametrize("kind", SCHEDULES, ids=lambda kind: kind.__name__)


def random_schedule(kind, rng):
    knobs = {
        "factor": rng.uniform(0.05, 0.95),
        "every": rng.randint(1, 5),
        "final_share": rng.random(),
        "warm_up_epochs": rng.uniform(0.1, 6),
        "warm_up_share": rng.uniform(0.02, 0.98),
        "start_divisor": rng.uniform(1, 100),
        "patience": rng.randint(1, 5),
    }
    return kind(**{name: knobs[name] for name in kind.model_fields if name != "kind"})


@every_kind
@pytest.mark.parametrize("seed", range(12))
def test_the_rate_of_a_step_matches_keras(kind, seed):
    rng = random.Random(seed)
    schedule, rate = random_schedule(kind, rng), 10 ** rng.uniform(-4, 0)
    steps_per_epoch, epochs = rng.randint(1, 1000), rng.randint(1, 8)
    built = build_learning_rate(schedule, rate, steps_per_epoch, epochs)
    total = steps_per_epoch * epochs
    ends = [end + side for end in range(0, total + 1, steps_per_epoch) for side in (-1, 0)]
    for step in [*(s for s in ends if s >= 0), *(rng.randrange(total) for _ in range(15)), total + 100]:
        expected = float(built(np.int64(step))) if callable(built) else built
        mine = learning_rate_at(schedule, rate, step, steps_per_epoch, epochs)
        assert mine == pytest.approx(expected, rel=3e-4, abs=1e-6 * rate), step


@every_kind
def test_the_curve_is_the_rate_of_each_of_its_steps(kind):
    schedule = random_schedule(kind, random.Random(5))
    epochs, rates = compute_rate_curve(schedule, 0.1, 15, 7)
    for epoch, rate in zip(epochs, rates, strict=True):
        assert rate == learning_rate_at(schedule, 0.1, round(epoch * 15), 15, 7)


@pytest.mark.parametrize(("steps_per_epoch", "epochs"), [(1, 1), (1, 7), (938, 5), (15, 1000), (8000, 1000)])
def test_the_curve_goes_from_the_first_step_to_the_last_with_a_few_hundred_points(steps_per_epoch, epochs):
    at, _ = compute_rate_curve(Cosine(), 0.1, steps_per_epoch, epochs)
    assert at[0] == 0
    assert at[-1] == pytest.approx(epochs - 1 / steps_per_epoch)
    assert list(at) == sorted(set(at))
    assert len(at) <= 750


def test_a_step_schedule_multiplies_by_its_factor_after_its_epochs():
    at = [learning_rate_at(Step(factor=0.5, every=2), 0.8, step, 10, 6) for step in (0, 19, 20, 39, 40, 59)]
    assert at == pytest.approx([0.8, 0.8, 0.4, 0.4, 0.2, 0.2])


def test_an_exponential_schedule_multiplies_by_its_factor_in_every_epoch():
    at = [learning_rate_at(Exponential(factor=0.5), 0.8, 10 * epoch, 10, 6) for epoch in range(4)]
    assert at == pytest.approx([0.8, 0.4, 0.2, 0.1])


def test_a_cosine_schedule_ends_at_its_final_fraction():
    at = [learning_rate_at(Cosine(final_share=0.2), 1.0, step, 10, 6) for step in (0, 30, 60)]
    assert at == pytest.approx([1.0, 0.6, 0.2])


def test_a_warm_up_rises_linearly_from_zero_and_stays():
    at = [learning_rate_at(WarmUp(warm_up_epochs=2), 1.0, step, 10, 6) for step in (0, 10, 20, 21, 60)]
    assert at == pytest.approx([0, 0.5, 1, 1, 1])


def test_one_cycle_rises_to_its_peak_and_falls_to_zero():
    schedule = OneCycle(warm_up_share=0.25, start_divisor=10)
    at = [learning_rate_at(schedule, 1.0, step, 10, 8) for step in (0, 20, 50, 80)]
    assert at == pytest.approx([0.1, 1, 0.5, 0])


@pytest.mark.parametrize("schedule", [Constant(), ReduceOnPlateau()], ids=str)
def test_constant_and_plateau_schedules_start_with_a_plain_number(schedule):
    assert build_learning_rate(schedule, 0.3, 10, 5) == 0.3
    assert learning_rate_at(schedule, 0.3, 49, 10, 5) == 0.3


@every_kind
def test_a_schedule_has_a_description_and_round_trips_through_json(kind):
    assert kind.about.endswith((".", ")."))
    config = TrainingConfig(schedule=random_schedule(kind, random.Random(1)))
    assert TrainingConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize("kind", [Step, Exponential, Cosine, WarmUp, OneCycle], ids=lambda kind: kind.__name__)
def test_an_optimizer_follows_the_schedule_during_training(kind):
    schedule = random_schedule(kind, random.Random(2))
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(build_learning_rate(schedule, 0.1, 4, 2)), loss="mse")
    for step in range(8):
        model.train_on_batch(np.ones((1, 1)), np.ones((1, 1)))
        rate = float(model.optimizer.learning_rate)
        assert rate == pytest.approx(learning_rate_at(schedule, 0.1, step + 1, 4, 2), rel=1e-4, abs=1e-7)
