"""Curves of contenders: where their points lie on each axis, and what the mean of repeats is."""

import json

import numpy as np
import pytest

from cnn_core import RunStore, find_recipe
from cnn_core.comparison import Contender, find_contender, group_runs
from cnn_core.comparison.curves import average, average_parts, compute_contender_curves, compute_seconds, count_parts
from cnn_core.figures.compared_curves import REPEATS, TRAIN, WATCHED, Words, last_shown, plot_compared_curves
from cnn_core.runs import create_run
from cnn_core.runs.history import Plan

PLAN = Plan(epochs=4, steps_per_epoch=10, samples=1_000, parameters=7, watched="test")
WORDS = Words("epoch", "training")
R2, R5 = find_recipe("R2").id, find_recipe("R5").id


@pytest.fixture
def make(tmp_path, tiny_experiment):
    """make(events) → the run whose worker wrote these after its plan, at these times."""

    def run(events, seed=1337):
        folder = create_run(tmp_path / "runs", tiny_experiment.with_training(seed=seed))
        plan = {"type": "plan", "epochs": 4, "first_epoch": 1, "steps_per_epoch": 10, "samples": 1_000}
        plan |= {"parameters": 7, "threads": 2, "watched": "test", "time": 100.0}
        lines = [{"type": "state", "state": "running", "time": 99.0}, plan, *events]
        with folder.events_path.open("a") as file:
            file.writelines(json.dumps({"seq": i + 1, **line}) + "\n" for i, line in enumerate(lines))
        return RunStore(tmp_path / "runs").find(folder.id)

    return run


def batch(epoch, share, time, accuracy=0.5):
    samples = round(share * 1_000)
    figures = {"loss": 1.0, "accuracy": accuracy}
    return {"type": "batch", "epoch": epoch, "step": samples // 100, "samples": samples, "time": time} | figures


def epoch(number, time, seconds=10.0, val_accuracy=0.6):
    figures = {"loss": 1.0, "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": val_accuracy}
    return {"type": "epoch", "epoch": number, "samples": 1_000, "seconds": seconds, "time": time} | figures


def pause(what, time):
    return {"type": "intervention", "epoch": 2, "step": 5, "what": what, "value": None, "time": time}


@pytest.fixture
def bundled(tmp_path):
    contenders = group_runs(RunStore(tmp_path).list_runs().runs)
    return [find_contender(contenders, run_id) for run_id in (R2, R5)]


@pytest.mark.parametrize(("axis", "ends"), [("epoch", [1, 2, 3, 4, 5]), ("step", [938, 1876, 2814, 3752, 4690])])
def test_test_metrics_are_plotted_at_the_ends_of_epochs(bundled, axis, ends):
    curve = compute_contender_curves(bundled[0], "accuracy", axis).watched
    assert curve.x == ends
    assert curve.y == [event["val_accuracy"] for event in bundled[0].first.history.epochs]


def test_on_the_time_axis_the_last_point_is_the_training_time(bundled):
    for one in bundled:
        last = compute_contender_curves(one, "loss", "time").watched.x[-1]
        assert last == pytest.approx(sum(event["seconds"] for event in one.first.history.epochs))
        assert (
            0.85 * one.first.history.seconds < last <= one.first.history.seconds
        )  # which has the way into `fit` in it


def test_pauses_do_not_count_as_training_time(make):
    run = make([epoch(1, 110), batch(2, 0.2, 112), pause("pause", 113), pause("resume", 1_000), batch(2, 0.5, 1_002)])
    assert compute_seconds(run, [0, 0.5, 1, 1.5]) == pytest.approx([0, 5, 10, 15])


def test_time_between_interruption_and_resume_is_not_counted(make):
    again = {"type": "plan", "epochs": 4, "first_epoch": 2, "steps_per_epoch": 10, "samples": 1_000, "parameters": 7}
    again |= {"watched": "test", "time": 9_000.0}
    run = make([epoch(1, 110), batch(2, 0.3, 112), again, batch(2, 0.5, 9_004.0)])
    assert compute_seconds(run, [1, 1.5]) == pytest.approx([10, 14])


def test_training_points_are_means_of_equal_parts_without_an_unfinished_one():
    batches = [batch(1, share, 0, share) for share in (0.05, 0.1, 0.15, 0.2, 0.25)]
    found = average_parts(batches, PLAN, "accuracy", 10)
    assert found == {1: (0.1, pytest.approx(0.075)), 2: (0.2, pytest.approx(0.175))}


@pytest.mark.parametrize(("points", "parts"), [(100, 10), (20, 10), (12, 5), (4, 2), (1, 1)])
def test_an_epoch_has_as_many_parts_as_have_points(points, parts):
    batches = [batch(1, (i + 1) / points, 0) for i in range(points)]
    assert count_parts(batches, PLAN) == parts


def test_the_mean_covers_the_repeats_that_reached_the_point():
    curve = average([{0: (1, 0.5), 1: (2, 0.7)}, {0: (1, 0.9)}, {0: (1, None)}])
    assert curve.x == [1, 2]
    assert np.allclose(curve.y, [0.7, 0.7])


def test_repeats_are_thin_lines_around_the_mean(make):
    runs = tuple(make([epoch(1, 110, val_accuracy=share)], seed) for seed, share in enumerate((0.6, 0.8)))
    contender = Contender(runs)
    figure = plot_compared_curves([contender], ["one"], "accuracy", "epoch", WORDS)
    by_kind = {}
    for trace in figure.data:
        by_kind.setdefault(trace.meta["keys"][1], []).append(trace)
    assert [len(by_kind[kind]) for kind in (REPEATS, TRAIN, WATCHED)] == [2, 1, 1]
    (mean,) = by_kind[WATCHED]
    assert mean.y == (pytest.approx(0.7),)
    assert all(trace.line.width < mean.line.width for trace in by_kind[REPEATS])


def test_contenders_have_own_colors_with_solid_test_and_dotted_training_lines(bundled):
    figure = plot_compared_curves(bundled, ["R2", "R5"], "loss", "epoch", WORDS)
    assert len({trace.line.color for trace in figure.data}) == 2
    assert {(t.meta["keys"][1], t.line.dash) for t in figure.data} == {(WATCHED, None), (TRAIN, "dot")}
    assert len({trace.meta["key"] for trace in figure.data}) == len(figure.data)
    low, high = (10**end for end in figure.layout.meta["log"])
    assert all(low <= y <= high for trace in figure.data for y in trace.y)


def test_zoom_is_kept_while_contenders_and_axis_are_the_same(bundled):
    revision = {
        axis: plot_compared_curves(bundled, ["R2", "R5"], "loss", axis, WORDS).layout.uirevision
        for axis in ("epoch", "step", "time")
    }
    assert len(set(revision.values())) == 3
    again = plot_compared_curves(bundled, ["R2", "R5"], "accuracy", "epoch", WORDS)
    assert again.layout.uirevision == revision["epoch"]


def test_the_axis_extends_to_the_longest_planned_run(bundled):
    assert last_shown(bundled, "epoch") == 5
    assert last_shown(bundled, "step") == 9_375  # R5: batches of 32
    assert last_shown(bundled, "time") >= max(one.first.history.seconds for one in bundled)


def test_before_training_the_chart_is_empty(tmp_path, tiny_experiment):
    create_run(tmp_path / "runs", tiny_experiment)
    (contender,) = [one for one in group_runs(RunStore(tmp_path / "runs").list_runs().runs) if not one.first.bundled]
    figure = plot_compared_curves([contender], ["one"], "loss", "time", WORDS)
    assert not any(trace.x for trace in figure.data)
