"""What is said of a run, from histories made by hand: one for every remark, and many for none."""

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnn_core
from cnn_core import ArchitectureSpec, Experiment, RunStore, TrainingConfig
from cnn_core.diagnosis.diagnose import MOST, find_diagnostics
from cnn_core.runs.history import History, HistoryReader, Plan
from cnn_core.runs.store import BUNDLED_DIR

CATALOGUE = Path(cnn_core.__file__).parents[1] / "ui" / "text" / "en.toml"
SENTENCES = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))["remarks"]
GUESSING = math.log(10)
FLAT, OUT = {"kind": "Flatten"}, {"kind": "Dense", "units": 10, "activation": "softmax"}
POINTS = 4  # `batch` events an epoch


def dense(units=32, activation="relu", **more):
    return {"kind": "Dense", "units": units, "activation": activation, **more}


PLAIN = (FLAT, dense(name="first"), dense(name="second"), OUT)
NORMALISED = (FLAT, dense(), {"kind": "BatchNormalization"}, OUT)


@pytest.fixture(scope="module")
def run_of(tmp_path_factory):
    """Makes a run of its epochs: (loss, accuracy), or (loss, accuracy, val_loss, val_accuracy)."""
    record = RunStore(tmp_path_factory.mktemp("runs")).find("dense-baseline")

    def make(epochs, layers=PLAIN, steps=100, samples=1500, looks=(), changes=(), plan=None, rates=None, **training):
        architecture = ArchitectureSpec.model_validate({"name": "net", "layers": layers})
        config = TrainingConfig.model_validate({"batch_size": 15, "epochs": max(1, len(epochs)), **training})
        planned = Plan(len(epochs), steps, samples, 1000, "test")
        made = [
            event
            for index, figures in enumerate(epochs)
            for event in _epoch(index + 1, figures, steps, samples, rates[index] if rates else config.learning_rate)
        ]
        history = History(
            plan=replace(planned, **(plan or {})),
            batches=tuple(event for event in made if event["type"] == "batch"),
            epochs=tuple(event for event in made if event["type"] == "epoch"),
            layer_stats=tuple({"epoch": i + 1, "step": steps, **seen} for i, seen in enumerate(looks[: len(epochs)])),
            interventions=tuple(changes),
        )
        experiment = Experiment(architecture=architecture, dataset="digits", training=config)
        return replace(record, experiment=experiment, history=history)

    return make


def _epoch(epoch, figures, steps, samples, rate):
    loss, accuracy, *watched = figures
    val_loss, val_accuracy = watched or (loss, accuracy)
    common = {"epoch": epoch, "learning_rate": rate, "loss": loss, "accuracy": accuracy}
    for point in range(1, POINTS + 1):
        yield common | {"type": "batch", "step": steps * point // POINTS, "samples": samples * point // POINTS}
    yield common | {"type": "epoch", "samples": samples, "val_loss": val_loss, "val_accuracy": val_accuracy}


def look(gradients=(1.0, 1.0, 1.0), dead=(0.0, 0.0, None)):
    """A `layers` event of `PLAIN`, or of as many layers as there are gradients."""
    names = ["first", "second", "third", "fourth", "fifth"][: len(gradients)]
    return {"names": names, "gradients": list(gradients), "weights": [1.0] * len(names), "dead": list(dead)}


def codes(run):
    return [remark.code for remark in find_diagnostics(run)]


# ---- one history for every remark

STUCK = [(GUESSING, 0.1)] * 3
LEARNED = [(1.0, 0.7), (0.5, 0.85), (0.3, 0.92)]
OVERFITTED = [
    (0.5, 0.8, 0.5, 0.8),
    (0.3, 0.9, 0.4, 0.85),
    *[(0.2 / i, 0.95, 0.4 + 0.1 * i, 0.85) for i in (1, 2, 3, 4)],
]
BY_HEART = [(1.8, 0.4, 1.2, 0.8), *[(1.5 - 0.1 * i, 0.5 + 0.05 * i, 1.2, 0.8 - 0.05 * i) for i in range(7)]]
LOW = [(2.0, 0.3), (1.5, 0.5), *[(1.2, 0.6)] * 6]
SLOW = [(GUESSING - 0.01 * i, 0.12) for i in range(6)]
DROPOUT = {"kind": "Dropout", "rate": 0.9, "name": "drop"}
RAW = {"input_scaling": "raw"}
FADING = [look((1e-7, 1e-4, 1e-2, 1.0), [None] * 4)] * 4

CASES = {
    "not_finite": ([(2.0, 0.1), (None, 0.1)], {}),
    "not_finite_raw": ([(None, 0.1)], RAW),
    "exploding": ([(GUESSING, 0.1), (40.0, 0.1), (900.0, 0.1)], {}),
    "collapsed": ([(0.5, 0.8), (0.4, 0.9), (GUESSING, 0.1)], {}),
    "stuck": ([(GUESSING, 0.1)] * 6, {}),
    "stuck_labels": (STUCK, {"label_noise": 0.9}),
    "stuck_zeros": (STUCK, {"layers": (FLAT, dense(kernel_initializer="zeros"), OUT)}),
    "stuck_l2": (STUCK, {"layers": (FLAT, dense(l2=0.5), OUT)}),
    "stuck_dropout": (STUCK, {"layers": (FLAT, dense(), DROPOUT, OUT)}),
    "stuck_rate_high": (STUCK, {"learning_rate": 1.0}),
    "stuck_rate_low": (STUCK, {"learning_rate": 1e-6}),
    "stuck_dead": (STUCK, {"looks": [look(dead=(0.2, 1.0, None))] * 3}),
    "stuck_dead_raw": (STUCK, {"looks": [look(dead=(0.2, 1.0, None))] * 3, **RAW}),
    "stuck_vanishing": (STUCK, {"looks": FADING}),
    "stuck_few_steps": ([(GUESSING, 0.1)] * 6, {"steps": 1, "batch_size": 1500}),
    "stuck_narrow": (STUCK, {"layers": (FLAT, dense(1), OUT)}),
    "stuck_raw": (STUCK, RAW),
    "stuck_mse": ([(0.09, 0.1)] * 3, {"loss": "mse"}),
    "slow": (SLOW, {}),
    "slow_few_steps": (SLOW, {"steps": 1, "batch_size": 1500}),
    "large_gradients": (STUCK[:1], {"looks": [look((5e4, 1.0, 1.0))]}),
    "missing_classes": (LEARNED, {"plan": {"missing_classes": (8, 9)}}),
    "vanishing": (SLOW[:3], {"looks": FADING, "steps": 16}),
    "unstable": ([(0.9, 0.7), (0.5, 0.8), (0.9, 0.7), (0.4, 0.9), (0.9, 0.7)], {}),
    "unstable_watched": ([(0.5, 0.8, loss, 0.8) for loss in (0.6, 2.0, 0.7, 2.0)], {}),
    "overfitting": (OVERFITTED, {}),
    "overfitting_noise": (BY_HEART, {"label_noise": 0.4}),
    "memorising": ([(0.3, 0.9, 1.0, 0.7), (0.1, 0.98, 1.0, 0.7), (0.05, 1.0, 1.0, 0.7)], {}),
    "norm_lag": ([(1.0, 0.6, 2.3 + 0.2 * i, 0.1) for i in range(6)], {"layers": NORMALISED}),
    "rate_ran_out": (LOW, {"rates": [1e-3, 1e-3, *[1e-6] * 6]}),
    "underfitting": (LOW, {}),
    "underfitting_dropout": (LOW, {"layers": (FLAT, dense(), DROPOUT, OUT)}),
    "underfitting_l2": (LOW, {"layers": (FLAT, dense(l2=0.03), OUT)}),
    "dead": (LEARNED, {"looks": [look(dead=(0.9, 0.1, None))] * 3}),
    "few_images": (LEARNED, {"samples": 40}),
    "few_watched": (LEARNED, {"plan": {"watched": "validation", "samples": 1485}, "validation_split": 0.01}),
}


@pytest.mark.parametrize("code", CASES)
def test_a_history_made_for_a_diagnostic_gives_it_first(run_of, code):
    epochs, more = CASES[code]
    assert codes(run_of(epochs, **more))[:1] == [code]


@pytest.mark.parametrize("code", CASES)
def test_a_diagnostic_fills_both_of_its_sentences(run_of, code):
    epochs, more = CASES[code]
    remark = find_diagnostics(run_of(epochs, **more))[0]
    for sentence in (SENTENCES[code], SENTENCES[f"{code}_try"]):
        assert "{" not in sentence.format(**remark.values)


def test_every_diagnostic_in_the_catalog_has_a_history():
    assert {key for key in SENTENCES if not key.endswith("_try") and key != "try"} == set(CASES)


@pytest.mark.parametrize(
    ("code", "since"),
    [
        *(("not_finite", 2), ("exploding", 3), ("collapsed", 3), ("overfitting", 3), ("overfitting_noise", 2)),
        *(("unstable", 3), ("rate_ran_out", 4), ("underfitting", 4), ("dead", 1), ("stuck", None)),
        ("memorising", None),
    ],
)
def test_a_diagnostic_states_its_first_epoch(run_of, code, since):
    epochs, more = CASES[code]
    assert find_diagnostics(run_of(epochs, **more))[0].since_epoch == since


def test_the_most_severe_is_first_and_there_are_at_most_three(run_of):
    looks = [look((5e4, 1.0, 1.0))] * 3
    plan = {"missing_classes": (0,), "watched": "validation", "samples": 30}
    run = run_of(STUCK, learning_rate=1.0, looks=looks, plan=plan, samples=30, validation_split=0.01)
    assert MOST == 3
    assert codes(run) == ["stuck_rate_high", "large_gradients", "missing_classes"]


# ---- what is not enough for a remark


def test_a_queued_or_new_run_has_no_diagnostics(run_of):
    waiting = run_of([])
    assert codes(replace(waiting, history=History(state="queued"))) == []
    assert codes(waiting) == []
    for code, (epochs, more) in CASES.items():
        if code not in ("not_finite_raw", "missing_classes", "few_images", "few_watched", "large_gradients"):
            assert codes(run_of(epochs[:1], **{"steps": 40, **more, "looks": ()})) == [], code


@pytest.mark.parametrize("more", [{"learning_rate": 1.0}, {"label_noise": 1.0}, RAW, {"loss": "mse"}])
def test_no_cause_is_named_while_the_network_learns(run_of, more):
    assert codes(run_of(LEARNED, **more)) == []


def test_a_learning_rate_is_a_cause_at_50_times_the_default_not_at_10(run_of):
    low, high, other = ["stuck_rate_low"], ["stuck_rate_high"], ["stuck"]
    for rate, expected in ((1e-3 / 50, low), (1e-4, other), (1e-3 * 50, high), (5e-3, other)):
        assert codes(run_of(STUCK[:2], learning_rate=rate)) == expected


def test_the_reference_learning_rate_depends_on_the_optimizer(run_of):
    assert codes(run_of(STUCK[:2], learning_rate=0.001, optimizer="adadelta")) == ["stuck_rate_low"]
    assert codes(run_of(STUCK[:2], learning_rate=0.001, optimizer="sgd")) == ["stuck"]


def test_a_warm_up_schedule_is_given_time(run_of):
    rates = [1e-6, 2e-6, 3e-6]
    assert codes(run_of(STUCK, rates=rates)) == ["stuck_rate_low"]
    assert codes(run_of(STUCK, rates=rates, schedule={"kind": "warm_up", "warm_up_epochs": 50})) == []


def test_overfitting_requires_three_epochs_of_rising_loss_and_falling_training_loss(run_of):
    assert codes(run_of(OVERFITTED[:4])) == []
    slight = [(loss, right, min(val_loss, 0.45), val_right) for loss, right, val_loss, val_right in OVERFITTED]
    assert codes(run_of(slight)) == []
    halted = [(0.3, right, *watched) for _, right, *watched in OVERFITTED]
    assert "overfitting" not in codes(run_of(halted))


def test_a_gap_within_sampling_error_is_not_overfitting(run_of):
    epochs = [(0.3, 0.9, 0.6, 0.72)] * 3
    assert codes(run_of(epochs)) == ["memorising"]
    few = {"watched": "validation", "samples": 1500 - 105}
    assert codes(run_of(epochs, plan=few)) == []


def test_overfitting_is_not_reported_with_a_missing_class(run_of):
    assert codes(run_of(OVERFITTED, plan={"missing_classes": (9,)})) == ["missing_classes"]


def test_one_jump_or_small_jumps_of_the_loss_are_not_instability(run_of):
    assert codes(run_of([(0.9, 0.7), (0.5, 0.8), (0.9, 0.7), (0.5, 0.85)])) == []
    assert codes(run_of([(0.5, 0.8), (0.56, 0.8)] * 4)) == []


def test_a_steadily_rising_monitored_loss_is_not_instability(run_of):
    rising = [(0.5 * 0.8**i, 0.9, 0.4 * 1.8**i, 0.85) for i in range(6)]
    assert codes(run_of(rising)) == ["overfitting"]


def test_a_loss_that_falls_by_5_percent_is_not_slow(run_of):
    assert codes(run_of([(2.3 - 0.02 * i, 0.12) for i in range(6)])) == ["slow"]
    assert codes(run_of([(2.3 - 0.03 * i, 0.12) for i in range(6)])) == []


def test_a_plateau_requires_low_accuracy_and_five_flat_epochs(run_of):
    assert codes(run_of([(loss, right + 0.3) for loss, right in LOW])) == []
    assert codes(run_of(LOW[:6])) == []
    assert codes(run_of([(loss - 0.01 * i, right) for i, (loss, right) in enumerate(LOW)])) == []


def test_an_output_layer_may_be_initialized_to_zero(run_of):
    layers = (FLAT, dense(), OUT | {"kernel_initializer": "zeros"})
    assert codes(run_of(STUCK[:2], layers=layers)) == ["stuck"]  # and the initializer is not the cause


def test_a_failing_network_gets_no_minor_diagnostics(run_of):
    looks = [look(dead=(0.9, 0.0, None))] * 3
    assert codes(run_of(STUCK, learning_rate=1.0, looks=looks)) == ["stuck_rate_high"]


def test_units_dead_in_one_measurement_are_not_reported(run_of):
    awake, dead = look(), look(dead=(0.9, 0.0, None))
    assert codes(run_of(LEARNED, looks=[awake, awake, dead])) == []
    assert codes(run_of(LEARNED, looks=[dead, dead, awake])) == []
    assert find_diagnostics(run_of(LEARNED, looks=[awake, dead, dead]))[0].since_epoch == 2


def test_diagnostics_ignore_epochs_before_a_learning_rate_change(run_of):
    change = {"epoch": 3, "step": 100, "what": "learning_rate", "value": 1e-3}
    epochs, rates = [*STUCK, (1.0, 0.6)], [1.0, 1.0, 1.0, 1e-3]
    assert codes(run_of(epochs[:3], rates=rates)) == ["stuck_rate_high"]
    assert codes(run_of(epochs[:3], rates=rates, changes=[change])) == []
    assert codes(run_of([*STUCK, *STUCK], rates=[1.0] * 3 + [1e-3] * 3, changes=[change])) == ["stuck"]


def test_overfitting_before_a_learning_rate_change_is_not_reported(run_of):
    change = {"epoch": 4, "step": 50, "what": "learning_rate", "value": 1e-3}
    assert codes(run_of(OVERFITTED, changes=[change])) == []


def test_a_new_optimizer_is_compared_with_its_own_default_rate(run_of):
    value = {"kind": "Adadelta"}
    change = {"epoch": 2, "step": 0, "what": "optimizer", "value": value}
    assert codes(run_of(STUCK, changes=[change])) == ["stuck_rate_low"]


def test_non_finite_layer_statistics_are_skipped(run_of):
    looks = [look((math.nan, None, 1.0), (None, None, None))] * 3
    assert codes(run_of(LEARNED, looks=looks)) == []


# ---- what goes well


@st.composite
def improving_runs(draw):
    """Each epoch better than the one before, the watched figures close by, the layers alive."""
    loss, right = draw(st.floats(1.0, 50.0)), draw(st.floats(0.25, 0.6))
    epochs = []
    for _ in range(draw(st.integers(0, 25))):
        near = draw(st.floats(0.9, 1.1))
        epochs.append((loss, right, loss * 1.1 * near, right - draw(st.floats(-0.1, 0.1))))
        loss, right = loss * draw(st.floats(0.4, 0.94)), right + (1 - right) * draw(st.floats(0.05, 0.5))
    share = st.floats(0.0, 0.7)
    looks = [
        look(draw(st.lists(st.floats(0.01, 20), min_size=3, max_size=3)), (draw(share), draw(share), None))
        for _ in epochs
    ]
    return epochs, looks


@given(case=improving_runs(), steps=st.integers(4, 1000), rate=st.floats(1e-8, 10), raw=st.booleans())
def test_a_steadily_improving_run_has_no_diagnostics(run_of, case, steps, rate, raw):
    epochs, looks = case
    scaling = "raw" if raw else "unit"
    assert codes(run_of(epochs, looks=looks, steps=steps, learning_rate=rate, input_scaling=scaling)) == []


@pytest.mark.parametrize("name", sorted(path.name for path in BUNDLED_DIR.iterdir()))
def test_the_bundled_runs_never_have_diagnostics(store, tmp_path, name):
    run, growing = store.find(name), HistoryReader(tmp_path / "events.jsonl")
    lines = run.folder.events_path.read_bytes().splitlines(keepends=True)
    for start in range(0, len(lines), 10):
        with growing.path.open("ab") as file:
            file.writelines(lines[start : start + 10])
        assert codes(replace(run, history=growing.read())) == []


# ---- within the first epoch


def growing(run_of, losses, accuracy=0.1, steps=60, seen=1500, **more):
    """One epoch under way with these losses, evenly spaced."""
    run = run_of([(1.0, accuracy)], steps=steps, **more)
    count = len(losses)
    batches = tuple(
        {
            "type": "batch",
            "epoch": 1,
            "step": steps * (i + 1) // count,
            "samples": seen * (i + 1) // count,
            "loss": loss,
            "accuracy": accuracy,
            "learning_rate": run.experiment.training.learning_rate,
        }
        for i, loss in enumerate(losses)
    )
    return replace(run, history=replace(run.history, batches=batches, epochs=()))


def test_a_loss_above_1000_times_its_start_is_named_at_the_second_point(run_of):
    run = growing(run_of, [2.5, 2600.0], seen=200)
    [remark] = find_diagnostics(run)
    assert remark.code == "exploding"
    assert remark.values["start"] == 2.5
    assert remark.since_epoch == 1
    assert codes(growing(run_of, [2.5, 2400.0], seen=200)) == []


def test_a_large_loss_of_a_network_that_learns_or_began_there_is_not_exploding(run_of):
    assert codes(growing(run_of, [2.5, 2600.0], accuracy=0.5)) == []
    assert codes(growing(run_of, [900.0, 9000.0], steps=40, seen=200, input_scaling="raw")) == []


@pytest.mark.parametrize(("steps", "expected"), [(49, []), (50, ["stuck"])])
def test_a_loss_that_stands_still_at_chance_is_named_after_50_steps_of_the_first_epoch(run_of, steps, expected):
    assert codes(growing(run_of, [GUESSING, GUESSING, GUESSING], steps=steps)) == expected


@pytest.mark.parametrize("rate", [1.0, 1e-6])
def test_a_wrong_learning_rate_is_named_after_50_steps_of_the_first_epoch(run_of, rate):
    expected = "stuck_rate_high" if rate > 1e-3 else "stuck_rate_low"
    assert codes(growing(run_of, [GUESSING] * 3, steps=50, learning_rate=rate)) == [expected]


def test_a_falling_loss_at_chance_is_given_time(run_of):
    assert codes(growing(run_of, [GUESSING, 2.28, 2.25])) == []
