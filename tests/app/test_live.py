"""The live view of a run: what it shows of hand-made events, and what its buttons write."""

import json
import shutil
import time

import numpy as np
import pytest
from app_pages import button, says
from starlette.requests import Request

from cnn_core import RunStore, find_recipe, load_dataset, load_probe
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from cnn_core.data.ink import centre_ink
from cnn_core.diagnosis.diagnose import Diagnostic
from cnn_core.experiment.preprocess import prepare_images
from cnn_core.runs import create_run
from cnn_core.runs.checkpoints import Checkpoint, save_checkpoint
from cnn_core.runs.events import read_json_lines
from ui.server.resources import get_executor
from ui.session.model import Drawing
from ui.text import text
from ui.train import feed, inside, live, live_charts, live_model, live_pictures, live_progress, remarks
from ui.train.feed import send_news
from ui.train.live_charts import list_charts, list_legend
from ui.train.shared_model import View

EXPERIMENT = find_recipe("dense-baseline").experiment.on_dataset("digits").with_training(epochs=3)
PLAN = {"epochs": 3, "first_epoch": 1, "steps_per_epoch": 10, "samples": 1000, "parameters": 7, "watched": "test"}


class Run:
    """A run folder that this test plays the worker of."""

    def __init__(self, runs_dir, experiment=EXPERIMENT):
        self.runs_dir = runs_dir
        self.folder = create_run(runs_dir, experiment)
        self.writer = self.folder.writer()
        self.lock = self.folder.lock()

    def begin(self, **plan):
        self.lock.acquire()
        self.state("running")
        self.writer.emit("plan", **PLAN | plan)
        return self

    def state(self, state, reason=""):
        self.writer.emit("state", state=state, reason=reason)

    def batch(self, epoch, step, **figures):
        figures = {"loss": 1.0, "accuracy": 0.5, "learning_rate": 0.001} | figures
        self.writer.emit("batch", epoch=epoch, step=step, samples=100 * step, **figures)

    def epoch(self, number, **figures):
        figures = {"loss": 1.0, "accuracy": 0.5, "val_loss": 0.8, "val_accuracy": 0.6, "seconds": 1.0} | figures
        self.writer.emit("epoch", epoch=number, samples=1000, **figures)

    def changed(self, what, value=None, epoch=1, step=5):
        self.writer.emit("intervention", epoch=epoch, step=step, what=what, value=value)

    def end(self, state="completed", reason=""):
        self.state(state, reason)
        self.lock.release()

    @property
    def id(self):
        return self.folder.id

    @property
    def commands(self):
        lines = read_json_lines(self.folder.path / "commands.jsonl", 0)[0]
        return [(line["command"], line["value"]) for line in lines]

    @property
    def record(self):
        return RunStore(self.runs_dir).find(self.folder.id)


@pytest.fixture
def run(runs_dir):
    made = Run(runs_dir)
    yield made
    made.lock.release()


@pytest.fixture
def drawn(monkeypatch, runs_dir):
    """The charts and legends that were drawn last, by key; of a run under way, those that the browser would fetch."""
    seen = {}

    def render(charts, legend, key, tools=False):
        seen[key] = charts, legend

    def fetch(charts, legend, key, feed):
        seen["at once"] = charts
        record = RunStore(runs_dir).find(feed.split("/")[-2])
        render(list_charts(record), list_legend(record), key)

    monkeypatch.setattr(live_charts, "render_charts", render)
    monkeypatch.setattr(live_charts, "render_fed_charts", fetch)
    monkeypatch.setattr(inside, "render_charts", render)
    return seen


@pytest.fixture
def pictures(monkeypatch):
    """What the images were given last."""
    seen = {}
    monkeypatch.setattr(live_pictures, "_pictures", lambda key, data: seen.update(data))
    return seen


def badges(app):
    return [element.value for element in app.markdown if "-badge[" in element.value]


def state_shown(app, words):
    return any(words in badge for badge in badges(app))


@pytest.fixture
def bars(monkeypatch):
    """The data that the bars were given last."""
    seen = {}
    monkeypatch.setattr(live_progress, "_progress", lambda key, data: seen.update(data))
    return seen


def lines(bars):
    return [bar["text"] for bar in bars["bars"]]


def field(app, run, name):
    (found,) = [w for w in [*app.number_input, *app.selectbox] if w.key == f"steer.{run.id}.{name}"]
    return found


def pop_up(app, run, name):
    app.session_state[f"{name}-{run.id}"] = True
    return app.run()


def submit(app, key):
    (found,) = [b for b in app.button if b.label == text(key)]
    return found.click().run()


def open_tab(app, name):
    app.session_state["live.tab"] = text(f"live.tab_{name}")
    return app.run()


# ---- progress and state


def test_a_queued_run_shows_its_position(run, open_page, bars):
    get_executor().queue.add(run.id)
    app = open_page("train")
    assert not app.exception
    assert lines(bars) == [text("live.queued", count=1)]
    assert button(app, "steer.stop")
    button(app, "steer.pause").click().run()  # it will then wait before its first step
    assert run.commands == [("pause", None)]


def test_progress_and_speed_are_shown_during_training(run, open_page, bars):
    run.begin()
    run.epoch(1)
    run.batch(2, 4)
    run.batch(2, 5)
    open_page("train")
    epoch, whole = lines(bars)
    assert epoch == text("live.epoch", epoch=2, epochs=3) + " · " + text("live.step", step=5, steps=10)
    assert whole.startswith("50%")


def test_a_failed_run_shows_its_reason(run, open_page):
    run.begin()
    run.end("failed", "The loss is no number any more.")
    app = open_page("train")
    assert state_shown(app, text("states.failed"))
    assert [warning.value for warning in app.warning] == ["The loss is no number any more."]


def test_a_stopped_run_shows_its_progress(run, open_page):
    run.begin()
    run.epoch(1)
    run.writer.emit("epoch", epoch=2, samples=500, loss=1.0, accuracy=0.5, val_loss=1.0, val_accuracy=0.5, seconds=1.0)
    run.end("stopped")
    assert says(open_page("train"), text("live.stopped_after", done="1.5", epochs=3))


def test_a_completed_run_shows_its_accuracy(own_run, open_page):
    app = open_page("train")
    assert state_shown(app, text("states.completed"))
    assert any(f"{own_run.history.test_accuracy * 100:.2f} %" in words.value for words in app.caption)


# ---- steering


@pytest.mark.parametrize("what", ["pause", "stop"])
def test_a_command_is_acknowledged_immediately(run, open_page, what):
    run.begin()
    app = button(open_page("train"), f"steer.{what}").click().run()
    assert not app.exception
    assert run.commands == [(what, None)]
    taken = button(app, f"steer.{what}_taken")
    assert taken.disabled
    assert state_shown(app, text(f"steer.{what}_taken"))


def test_an_executed_command_is_no_longer_pending(run, open_page):
    run.begin()
    app = button(open_page("train"), "steer.pause").click().run()
    run.changed("pause")
    run.state("paused")
    app.run()
    assert state_shown(app, text("states.paused"))
    button(app, "steer.resume").click().run()
    assert run.commands == [("pause", None), ("resume", None)]
    assert button(app, "steer.resume_taken").disabled
    run.changed("resume")
    run.state("running")
    assert not button(app.run(), "steer.pause").disabled


def test_a_remedy_of_a_diagnostic_prepares_the_changed_setup_without_starting_it(run, open_page, monkeypatch):
    values = {"steps": 100, "accuracy": 0.1, "rate": 1.0, "usual": 0.001}
    monkeypatch.setattr(remarks, "find_diagnostics", lambda run: (Diagnostic("stuck_rate_high", values, None),))
    run.folder.path.joinpath("experiment.json").write_text(
        EXPERIMENT.with_training(learning_rate=1.0).model_dump_json()
    )
    run.begin()
    run.batch(1, 5)
    app = open_page("train")
    button(app, "remedies.learning_rate", rate=0.001).click().run()
    assert not app.exception
    design = app.session_state["cnn_lab"].draft.design
    assert design.training.learning_rate == 0.001
    assert design.architecture.layers == EXPERIMENT.architecture.layers
    assert app.selectbox(key="setup.recipe").value == "own-design"
    assert app.selectbox(key="setup.dataset").value == "digits"
    assert len(RunStore(run.runs_dir).list_runs().runs) == len(RunStore(run.runs_dir / "none").list_runs().runs) + 1


@pytest.mark.parametrize("what", ["batch", "epoch"])
def test_a_paused_run_is_trained_step_by_step_with_its_gradients_in_view(run, open_page, what):
    run.begin()
    app = open_page("train")
    assert text("steer.step_batch") not in [b.label for b in app.button]
    run.changed("pause", step=0)
    run.writer.emit("layer_stats", epoch=1, step=0, names=["dense1"], weights=[2.0], gradients=[0.25], dead=[None])
    run.state("paused")
    app.run()
    assert says(app, text("stepping.untrained"))
    button(app, f"steer.step_{what}").click().run()
    assert not app.exception
    assert run.commands == [("step", what)]
    assert all(button(app, f"steer.step_{other}").disabled for other in ("batch", "epoch"))
    run.batch(1, 1, loss=2.5, accuracy=0.25)
    run.writer.emit("layer_stats", epoch=1, step=1, names=["dense1"], weights=[2.5], gradients=[0.125], dead=[None])
    run.changed("step", what, step=1)
    app.run()
    assert not button(app, f"steer.step_{what}").disabled
    assert says(app, text("stepping.place", epoch=1, step="1", loss="2.5000", accuracy="25.00 %"))
    assert says(app, "| `dense1` | 0.125 | 2.5 | +0.5 |")
    assert not [mark for mark in live_charts.describe_marks(run.record) if "step" in mark.text]


def test_a_run_can_be_started_paused(run, open_page, monkeypatch):
    started = []
    monkeypatch.setattr(get_executor(), "submit", lambda experiment, **how: started.append(how) or run.folder)
    button(open_page("train"), "train.start_paused").click().run()
    button(open_page("train"), "train.start").click().run()
    assert [how["paused"] for how in started] == [True, False]


def test_the_learning_rate_field_starts_at_the_current_rate(run, open_page):
    run.begin()
    run.batch(1, 3, learning_rate=0.0010000000474974513)
    app = pop_up(open_page("train"), run, "change")
    assert field(app, run, "learning_rate").value == 0.001
    field(app, run, "learning_rate").set_value(0.01)
    submit(app, "steer.apply_rate")
    assert run.commands == [("learning_rate", 0.01)]
    assert says(app, text("steer.pending_learning_rate", value="0.01"))


def test_a_pending_optimizer_change_is_announced(run, open_page):
    run.begin()
    app = pop_up(open_page("train"), run, "change")
    field(app, run, "optimizer").select("SGD").run()
    button(app, "steer.apply_optimizer").click().run()
    ((name, value),) = run.commands
    assert (name, value["kind"]) == ("optimizer", "SGD")
    assert says(app, text("steer.pending_optimizer", value="SGD"))
    run.changed("optimizer", value, epoch=2, step=0)
    assert not says(app.run(), text("steer.pending_optimizer", value="SGD"))


def test_an_invalid_optimizer_is_an_error_message(run, open_page):
    run.begin()
    app = pop_up(open_page("train"), run, "change")
    field(app, run, "optimizer").select("SGD").run()
    field(app, run, "optimizer.SGD.momentum").set_value(1.5).run()
    button(app, "steer.apply_optimizer").click().run()
    assert not app.exception
    assert not run.commands
    assert any("momentum" in toast.value for toast in app.toast)


def test_epochs_can_be_added_to_an_active_run(run, open_page):
    run.begin()
    app = pop_up(open_page("train"), run, "change")
    field(app, run, "epochs").set_value(4)
    submit(app, "steer.add_epochs")
    assert run.commands == [("epochs", 7)]


def test_an_interrupted_run_can_be_resumed(run, open_page):
    run.begin()
    run.batch(1, 3)
    run.lock.release()
    app = open_page("train")
    assert state_shown(app, text("states.interrupted"))
    button(app, "steer.resume").click().run()
    assert not app.exception
    assert run.record.state == "queued"


def test_a_finished_run_can_be_extended_or_forked(own_run, runs_dir, open_page):
    app = pop_up(open_page("train"), own_run, "go-on")
    (epoch,) = [box for box in app.selectbox if box.key == f"steer.{own_run.id}.from"]
    assert epoch.options == [text("steer.untrained")]
    assert says(app, text("steer.restart_rough"))
    button(app, "steer.restart").click().run()
    assert not app.exception
    newest, _ = [run for run in RunStore(runs_dir).list_runs().runs if not run.bundled]
    assert newest.state == "queued"
    assert newest.folder.facts.parent == own_run.id


def test_epochs_can_be_added_to_a_finished_run(own_run, open_page, runs_dir):
    app = pop_up(open_page("train"), own_run, "go-on")
    submit(app, "steer.add_epochs")
    assert not app.exception
    assert RunStore(runs_dir).find(own_run.id).state == "queued"


def test_an_error_is_shown_and_the_page_continues(run, open_page):
    run.begin()
    app = open_page("train")
    run.end()  # this moment
    button(app, "steer.pause").click().run()
    assert not app.exception
    assert [toast.value for toast in app.toast]


def test_bundled_runs_have_no_controls(open_page):
    labels = [b.label for b in open_page("train").button]
    assert not {text(f"steer.{name}") for name in ("pause", "stop", "resume", "restart")} & set(labels)


# ---- curves


def keys(chart):
    return [trace.meta["key"] for trace in chart.figure.data]


def test_loss_and_accuracy_charts_share_one_legend(run, open_page, drawn):
    run.begin()
    run.batch(1, 10, accuracy=0.8123, loss=0.004321)
    run.epoch(1, val_accuracy=0.9, val_loss=0.25)
    open_page("train")
    (accuracy, loss), legend = drawn["live-curves"]
    assert accuracy.values == [(text("live.training"), "81.23 %"), (text("live.test"), "90.00 %")]
    assert loss.values == [(text("live.training"), "0.00432"), (text("live.test"), "0.2500")]
    assert [entry.name for entry in legend][-1] == text("curves.watched_test")
    assert set(keys(loss)) == {entry.key for entry in legend}


def test_a_validation_split_is_labeled_as_validation(run, open_page, drawn):
    run.begin(watched="validation")
    open_page("train")
    assert text("curves.watched_validation") in [entry.name for entry in drawn["live-curves"][1]]


def test_interventions_are_marked_with_text(run, open_page, drawn):
    run.begin()
    run.batch(1, 2)
    run.changed("learning_rate", 0.01, step=5)
    run.changed("optimizer", {"kind": "SGD", "momentum": 0.9}, step=6)
    run.changed("epochs", 9, step=7)
    run.changed("pause", step=8)
    open_page("train")
    marks = drawn["live-curves"][0][0].figure.data[-1]
    assert list(marks.x) == [0.5, 0.6, 0.7, 0.8]
    assert list(marks.text) == [
        text("curves.mark_learning_rate", value="0.01"),
        text("curves.mark_optimizer", value="SGD"),
        text("curves.mark_epochs", value=9),
        text("curves.mark_pause"),
    ]


def test_a_changed_learning_rate_has_its_own_chart(run, open_page, drawn):
    run.begin()
    run.batch(1, 1)
    app = open_page("train")
    assert len(drawn["live-curves"][0]) == 2
    run.batch(1, 2, learning_rate=0.5)
    app.run()
    assert drawn["live-curves"][0][2].title == text("curves.learning_rate")


def ask_feed(run, seen="", part="charts", ink=""):
    scope = {"type": "http", "headers": [], "query_string": f"seen={seen}&ink={ink}".encode()}
    return send_news(Request(scope | {"path_params": {"run_id": run.folder.id, "part": part}}))


def test_the_feed_sends_each_point_once(run, runs_dir):
    run.begin()
    run.batch(1, 10, accuracy=0.8123)
    first = json.loads(ask_feed(run).body)
    assert first["charts"][0]["values"][0]["value"] == "81.23 %"
    assert ask_feed(run, first["seen"]).status_code == 204
    run.batch(1, 20, accuracy=0.9)
    second = json.loads(ask_feed(run, first["seen"]).body)
    assert second["charts"][0]["values"][0]["value"] == "90.00 %"
    assert second["seen"] != first["seen"]


def test_the_feed_has_progress(run, runs_dir):
    run.begin()
    run.batch(1, 5)
    first = json.loads(ask_feed(run, part="progress").body)
    assert [bar["share"] for bar in first["bars"]] == [0.5, pytest.approx(0.5 / 3)]
    run.batch(1, 10)
    second = json.loads(ask_feed(run, part="progress").body)
    assert second["bars"][0]["share"] == 1
    assert ask_feed(run, second["seen"], part="progress").status_code == 204


def test_a_feed_without_news_draws_no_chart_and_no_image(run, runs_dir, monkeypatch):
    run.begin()
    run.batch(1, 10)
    monkeypatch.setattr(live_pictures, "look_into", lambda run, ink: View(None, None, looked_at=1))
    seen = {part: json.loads(ask_feed(run, part=part).body)["seen"] for part in ("charts", "pictures")}
    monkeypatch.setattr(feed, "list_charts", lambda run: pytest.fail("drew a chart"))
    monkeypatch.setattr(live_pictures, "_describe", lambda view, run: pytest.fail("prepared images"))
    assert [ask_feed(run, seen[part], part).status_code for part in seen] == [204, 204]


def test_the_feed_sends_images_when_the_network_looked_again(run, runs_dir, monkeypatch):
    run.begin()
    views = [View(None, None, looked_at=1), View(None, None, looked_at=2)]
    monkeypatch.setattr(live_pictures, "look_into", lambda run, ink: views[0])
    seen = json.loads(ask_feed(run, part="pictures").body)["seen"]
    views.pop(0)
    assert ask_feed(run, seen, "pictures").status_code == 200


def test_an_unknown_part_of_a_feed_is_not_found(run, runs_dir):
    assert ask_feed(run, part="weather").status_code == 404


def test_the_feed_includes_the_users_drawing(run, runs_dir, monkeypatch):
    run.begin()
    monkeypatch.setattr(live_pictures, "look_into", lambda run, ink: View(None, ink))
    name = live_model.remember_drawing(np.ones((28, 28), np.float32))
    (row,) = json.loads(ask_feed(run, part="pictures", ink=name).body)["rows"]
    assert row["truth"] == text("live.drawing")
    assert json.loads(ask_feed(run, part="pictures", ink="forgotten").body)["rows"] == []


def test_the_feed_of_a_deleted_run_is_a_message(run, runs_dir):
    run.begin()
    shutil.rmtree(run.folder.path)
    answer = ask_feed(run)
    assert answer.status_code == 404
    assert run.folder.id in answer.body.decode()


def test_the_initial_payload_does_not_change_with_new_points(run, open_page, drawn):
    run.begin()
    run.batch(1, 1)
    app = open_page("train")
    before = [chart.figure.to_json() for chart in drawn["at once"]]
    run.batch(1, 2)
    run.epoch(1)
    app.run()
    assert [chart.figure.to_json() for chart in drawn["at once"]] == before


def test_published_figures_are_shown_for_the_recipe_on_its_dataset(runs_dir, open_page, drawn):
    recipe = find_recipe("R3").experiment
    for experiment, shown in ((recipe, True), (recipe.on_dataset("digits"), False)):
        made = Run(runs_dir, experiment).begin()
        made.batch(1, 1)
        open_page("train")
        (accuracy, _), legend = drawn["live-curves"]
        assert ("published" in keys(accuracy)) == ("published" in {entry.key for entry in legend}) == shown
        made.end()


def test_the_spacing_of_points_is_stated(run, open_page):
    run.begin()
    for number in (1, 2, 3):
        run.batch(1, 2 * number, time=1e9 + number / 10)
    assert says(open_page("train"), text("live.spacing", seconds="0.1 s", steps=2))


# ---- what goes wrong


def test_problems_are_shown_with_remedies(run, open_page, monkeypatch):
    values = {"samples": 20, "classes": 10}
    monkeypatch.setattr(remarks, "find_diagnostics", lambda run: (Diagnostic("few_images", values, None),))
    run.begin()
    app = open_page("train")
    assert says(app, text("remarks.few_images", **values))
    assert says(app, text("remarks.try", advice=text("remarks.few_images_try")))


# ---- images and inside


def test_images_keep_their_positions_while_tensorflow_loads(own_run, open_page, pictures):
    app = open_page("train")
    for _ in range(100):
        if pictures["rows"]:
            break
        app.run()
    assert [row["answer"] for row in pictures["rows"]] == [""] * 4
    assert pictures["note"] == text("live.pictures_wait")


def test_images_show_their_predictions(own_run, open_page, pictures, tensorflow_ready):
    app = open_page("train")
    for _ in range(200):
        if pictures["rows"] and pictures["rows"][0]["answer"]:
            break
        app.run()
    dataset = load_dataset("digits")
    firsts = sorted(np.unique(dataset.y_test, return_index=True)[1])[:4]
    said = load_probe(own_run.folder).predict_inputs(prepare_images(dataset.x_test[firsts], "unit", "channels_last"))
    assert [row["answer"] for row in pictures["rows"]] == [str(best) for best in said.argmax(axis=1)]
    assert [row["share"] for row in pictures["rows"]] == pytest.approx(said.max(axis=1), abs=1e-5)
    assert [row["right"] for row in pictures["rows"]] == list(said.argmax(axis=1) == dataset.y_test[firsts])


def test_the_users_drawing_is_a_fifth_image_without_a_label(own_run, open_page, pictures, tensorflow_ready):
    app = open_page("train")
    pixels = np.rint(draw_strokes(DIGIT_STROKES[3]) * 255).astype(np.uint8)
    lab = app.session_state["cnn_lab"]
    lab.sheet.add(Drawing({}, pixels))
    for _ in range(200):
        app.run()
        if len(pictures["rows"]) == 5 and pictures["rows"][4]["answer"]:
            break
    said = load_probe(own_run.folder).predict_ink(centre_ink(pixels / np.float32(255)))
    assert pictures["rows"][4]["answer"] == str(said.argmax())
    assert pictures["rows"][4]["right"] is None
    assert pictures["rows"][4]["truth"] == text("live.drawing")


def test_a_network_without_convolution_has_no_kernels_to_show(own_run, open_page, tensorflow_ready):
    app = open_tab(open_page("train"), "inside")
    for _ in range(100):
        if says(app, text("inside.no_convolution")):
            break
        app.run()
    assert not app.exception
    assert says(app, text("inside.no_maps"))


def test_layer_statistics_are_charts(run, open_page, drawn):
    run.begin()
    names = ["dense1", "dense2"]
    run.writer.emit("layer_stats", epoch=1, step=5, names=names, weights=[1, 2], gradients=[3, 4], dead=[0.5, None])
    app = open_tab(open_page("train"), "inside")
    assert not app.exception
    charts, legend = drawn["inside-vitals"]
    assert [chart.title for chart in charts] == [text(f"inside.{vital}") for vital in ("gradients", "weights", "dead")]
    assert [entry.key for entry in legend] == names


def test_runs_without_layer_statistics_have_a_message(open_page):
    assert says(open_tab(open_page("train"), "inside"), text("inside.no_vitals"))


def test_results_are_a_separate_tab(own_run, open_page):
    app = open_tab(open_page("train"), "results")
    assert not app.exception


def test_the_run_of_another_visitor_is_changed_only_after_a_click_that_says_so(runs_dir, open_page):
    run = Run(runs_dir)
    file = run.folder.path / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"owner": "you"}))
    run.begin()
    app = open_page("train")
    assert f"stop-{run.folder.id}" not in {button.key for button in app.button}
    app.button(key=f"foreign-{run.folder.id}").click().run()
    app.button(key=f"stop-{run.folder.id}").click().run()
    assert run.folder.commands() == ["stop"]


def test_a_run_stopped_before_its_end_offers_to_resume(runs_dir, open_page):
    run = Run(runs_dir).begin()
    run.epoch(1)
    save_checkpoint(run.folder.checkpoints_dir, Checkpoint(1, [np.ones(2, np.float32)], [], []))
    run.end("stopped")
    app = open_page("train")
    assert f"resume-{run.folder.id}" in {button.key for button in app.button}


def watched(monkeypatch):
    """What the live view says that it shows, and how it is read again."""
    seen = {}
    monkeypatch.setattr(live, "rerun_on_change", lambda key, shown, read, *more: seen.update(shown=shown, read=read))
    return seen


def test_a_new_point_alone_does_not_redraw_the_live_view(run, open_page, monkeypatch):
    seen = watched(monkeypatch)
    run.begin()
    run.batch(1, 1, time=20 * 10**8 + 1)
    open_page("train")
    run.batch(1, 2, time=20 * 10**8 + 2)
    assert seen["read"]() == seen["shown"]


@pytest.mark.parametrize("change", ["state", "command", "remark", "end", "long after"])
def test_what_the_browser_does_not_fetch_redraws_the_live_view(run, open_page, monkeypatch, change):
    seen = watched(monkeypatch)
    run.begin()
    run.batch(1, 1)
    open_page("train")
    if change == "state":
        run.state("paused")
    elif change == "command":
        run.folder.command("pause")
    elif change == "remark":
        monkeypatch.setattr(live, "list_remarks", lambda run: (Diagnostic("diverged", {}, None),))
    elif change == "end":
        run.end()
    else:
        run.batch(1, 3, time=time.time() + 21)
    assert seen["read"]() != seen["shown"]
