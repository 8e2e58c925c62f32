"""The figures of a run under way, as the browser gets them."""

import pytest
from hand_made_run import STEPS, batch, epoch, make_run

from cnn_core.figures.curves import Labels
from cnn_core.figures.layer_curves import compute_layer_curves, plot_layer_curves
from cnn_core.figures.live_curves import Mark, place_of, plot_learning_rate, plot_live_curve, rate_moves
from cnn_core.runs.curves import Curve

LABELS = Labels(epoch="epoch", metric="Loss", train="by epoch", watched="test set", within="training")


@pytest.fixture
def made(tmp_path, tiny_experiment):
    return make_run(tmp_path, tiny_experiment)


def traces(figure):
    return {trace.meta["key"]: trace for trace in figure.data}


def test_a_run_without_points_is_an_empty_chart_of_its_planned_epochs(made):
    store, folder, _ = made
    figure = plot_live_curve(store.find(folder.id), "loss", LABELS)
    assert not any(trace.x for trace in figure.data)
    assert 4 <= figure.layout.xaxis.range[1] < 4.2


def test_training_is_dotted_and_the_monitored_set_solid(made):
    store, folder, writer = made
    batch(writer, 1, 5)
    epoch(writer, 1)
    drawn = traces(plot_live_curve(store.find(folder.id), "accuracy", LABELS))
    assert (drawn["train"].line.dash, drawn["watched"].line.dash) == ("dot", "solid")
    assert drawn["train"].marker.symbol == drawn["watched"].marker.symbol + "-open"
    assert [key for key, trace in drawn.items() if trace.meta["smooth"]] == ["within"]


def test_the_axis_of_epochs_grows_only_when_epochs_are_added(made):
    store, folder, writer = made
    before = plot_live_curve(store.find(folder.id), "loss", LABELS).layout.xaxis.range
    batch(writer, 1, 5)
    epoch(writer, 1)
    assert plot_live_curve(store.find(folder.id), "loss", LABELS).layout.xaxis.range == before
    writer.emit("intervention", epoch=2, step=1, what="epochs", value=9)
    assert plot_live_curve(store.find(folder.id), "loss", LABELS).layout.xaxis.range[1] > 9


def test_long_plans_show_a_round_number_of_epochs(tmp_path, tiny_experiment):
    store, folder, writer = make_run(tmp_path, tiny_experiment, epochs=150)
    ends = []
    for number in range(1, 151):
        batch(writer, number, 1)
        ends.append(plot_live_curve(store.find(folder.id), "loss", LABELS).layout.xaxis.range[1] / 1.02)
    assert all(end >= number for number, end in enumerate(ends, 1))
    assert sorted(set(ends)) == pytest.approx([12, 25, 50, 100, 150])


def test_the_value_axis_is_stable_within_an_epoch(made):
    store, folder, writer = made
    for step in range(1, STEPS + 1):
        batch(writer, 1, step, loss=2 / step)
    epoch(writer, 1, loss=0.5, val_loss=0.2)
    settled = plot_live_curve(store.find(folder.id), "loss", LABELS).layout.yaxis.range
    for step in range(1, 5):
        batch(writer, 2, step, loss=5.0)
        assert plot_live_curve(store.find(folder.id), "loss", LABELS).layout.yaxis.range == settled


def test_published_figures_are_gray_points_behind_the_curve(made):
    store, folder, writer = made
    batch(writer, 1, 5)
    figure = plot_live_curve(store.find(folder.id), "loss", LABELS, published=Curve([1.0, 2.0], [0.1, 0.2]))
    assert figure.data[0].meta["key"] == "published"
    assert figure.data[0].mode == "markers"
    assert list(figure.data[0].y) == [0.1, 0.2]


def test_a_marker_is_a_vertical_line_with_a_hover_text(made):
    store, folder, _ = made
    figure = plot_live_curve(store.find(folder.id), "loss", LABELS, [Mark(1.5, "paused")])
    (line,) = figure.layout.shapes
    assert (line.x0, line.x1, line.yref) == (1.5, 1.5, "paper")
    assert list(traces(figure)["marks"].text) == ["paused"]


def test_an_intervention_is_at_its_step(made):
    store, folder, _ = made
    plan = store.find(folder.id).history.plan
    assert place_of({"epoch": 3, "step": STEPS // 2}, plan) == 2.5


def test_the_learning_rate_has_a_chart_when_it_changes(made, tiny_experiment, tmp_path):
    store, folder, writer = made
    batch(writer, 1, 1, rate=0.001)
    assert not rate_moves(store.find(folder.id))
    batch(writer, 1, 2, rate=0.01)
    run = store.find(folder.id)
    assert rate_moves(run)
    assert list(plot_learning_rate(run, LABELS).data[0].y) == [0.001, 0.01]

    planned = tiny_experiment.with_training(schedule={"kind": "cosine"})
    store, folder, _ = make_run(tmp_path / "other", planned)
    assert rate_moves(store.find(folder.id))


def test_events_without_a_learning_rate_give_no_chart(made):
    store, folder, writer = made
    writer.emit("batch", epoch=1, step=1, samples=100, loss=1.0, accuracy=0.5)
    assert not rate_moves(store.find(folder.id))


def test_layers_with_statistics_have_one_line_each(made):
    store, folder, writer = made
    for step, dead in ((1, 0.5), (5, 0.25)):
        writer.emit(
            "layer_stats",
            epoch=1,
            step=step,
            names=["conv1", "dense1"],
            weights=[1.0, 2.0],
            gradients=[0.1, 0.2],
            dead=[dead, None],
        )
    run = store.find(folder.id)
    assert compute_layer_curves(run, "dead") == {"conv1": Curve([0.1, 0.5], [0.5, 0.25])}
    assert [trace.name for trace in plot_layer_curves(run, "weights", "epoch").data] == ["conv1", "dense1"]
    gradients = plot_layer_curves(run, "gradients", "epoch")
    assert gradients.layout.yaxis.type == "log"
    assert list(gradients.data[1].y) == [0.2, 0.2]
    assert len({trace.line.color for trace in gradients.data}) == 2
