"""Names are plain text on every page: escaped where Streamlit reads Markdown, and as they are elsewhere."""

import json
import shutil

import pytest
from app_pages import go, open_app

from cnn_core import RunStore
from cnn_core.runs.labels import change_labels
from cnn_core.sweeps import Base, Knob, SweepSpec, create_sweep
from ui.compare.entrants import PANEL_KEY
from ui.compare.views import _RENDER as comparisons
from ui.layers.views import _RENDER as layer_views
from ui.session.model import DesignDraft
from ui.shared.navigation import PAGES
from ui.text import text
from ui.text.plain import plain

NAME = "![p](http://h.example/n) **b** <i>x</i> :red[r] `q` $z$ a|b"
MARK = "h.example/n"  # in no other text
REVERSED = "\u202eevil\u202c"


def list_texts(message, path=()):
    """(path of field names, text) of every text in a protobuf message."""
    for field, value in message.ListFields():
        here = (*path, field.name)
        values = value if field.is_repeated else [value]
        for each in values:
            if field.type == field.TYPE_STRING:
                yield here, each
            elif field.type == field.TYPE_MESSAGE and hasattr(each, "ListFields"):
                yield from list_texts(each, here)


def elements_of(block):
    for child in block.children.values():
        if hasattr(child, "children"):
            yield child.proto if child.proto is not None else None
            yield from elements_of(child)
        else:
            yield child.proto


def list_active_names(app):
    """Places where a name stands unescaped in a text that is read as Markdown or HTML."""
    found = []
    for proto in filter(None, elements_of(app._tree)):
        kind = type(proto).__name__
        for path, shown in list_texts(proto):
            if MARK not in shown or path[-1] in ("id", "user_key", "key", "form_id"):
                continue
            if kind == "Html":
                active = "<i>x</i>" in shown
            elif kind in ("Selectbox", "MultiSelect", "TextInput", "TextArea"):
                active = path[-1] in ("label", "help") and "![p]" in shown
            elif kind in ("Code", "BidiComponent", "Arrow", "ComponentInstance") or path[-1] == "url":
                active = False
            else:
                active = any(raw in shown for raw in ("![p]", "**b**", "<i>x", ":red[", "`q`", "$z$"))
            if active:
                found.append((kind, ".".join(path), shown))
    return found


@pytest.fixture
def hostile(own_run, runs_dir):
    """Runs, a repeat that failed, and a folder that can't be read, all with the name."""
    store = RunStore(runs_dir)
    change_labels(own_run.folder.path, name=NAME, note=NAME, tags=[NAME[:30]])
    second = runs_dir / "20000101-000000-second-0000"
    shutil.copytree(own_run.folder.path, second)
    experiment = json.loads((second / "experiment.json").read_text())
    experiment |= {"name": NAME}
    experiment["training"]["seed"] = 7
    experiment["training"]["learning_rate"] = 0.5
    (second / "experiment.json").write_text(json.dumps(experiment))
    (second / "labels.json").unlink()
    failed = runs_dir / "20000101-000000-failed-0000"
    shutil.copytree(second, failed)
    with (failed / "events.jsonl").open("a") as file:
        file.write(json.dumps({"time": 4e9, "type": "state", "state": "failed", "reason": NAME}) + "\n")
    damaged = runs_dir / NAME.replace("/", "_")
    shutil.copytree(second, damaged)
    (damaged / "run.json").write_text(f'{{"id": 3, "created": "{NAME}"}}')
    create_sweep(
        runs_dir,
        SweepSpec(
            name=NAME[:60],
            base=Base(experiment=store.find(second.name).experiment),
            knobs=(Knob(path="training.learning_rate", choices=(0.1, 0.2)),),
        ),
    ).append(trial=0, state="skipped", values={"training.learning_rate": 0.1}, reason=NAME)
    return store


def prepare(app, store):
    session = app.session_state["cnn_lab"]
    runs = [run for run in store.list_runs().runs if not run.bundled]
    session.compared = [run.id for run in runs]
    session.run_id = runs[0].id
    session.watched_run = runs[0].id
    experiment = next(run for run in runs if run.experiment.name == NAME).experiment
    design = experiment.model_copy(update={"architecture": experiment.architecture.model_copy(update={"name": NAME})})
    session.draft = DesignDraft(design=design, selected=design.architecture.layers[-1].name)
    return runs


@pytest.mark.usefixtures("tensorflow_ready")
@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_name_takes_no_effect_on_any_page(hostile, page):
    app = open_app()
    runs = prepare(app, hostile)
    for run in runs if page == "train" else runs[:1]:
        app.session_state["cnn_lab"].watched_run = run.id
        app = go(app, page)
        assert not app.exception
        assert list_active_names(app) == []


TABS = [
    *(("compare", "compare.tab", text(f"compare.tab_{name}")) for name in comparisons),
    *(("layers", "layers.tab", text(f"layers.tab_{name}")) for name in layer_views),
]


@pytest.mark.usefixtures("tensorflow_ready")
@pytest.mark.parametrize(("page", "key", "tab"), TABS)
def test_a_hostile_name_takes_no_effect_in_any_tab(hostile, page, key, tab):
    app = open_app()
    prepare(app, hostile)
    for panel in (PANEL_KEY, "setup.tweak"):
        app.session_state[panel] = True
    app.session_state[key] = tab
    app = go(app, page)
    assert not app.exception
    assert list_active_names(app) == []


def test_a_hostile_name_takes_no_effect_when_runs_are_picked_and_deleted(hostile):
    app = open_app()
    runs = prepare(app, hostile)
    app = go(app, "runs")
    for run in runs:
        app.checkbox(key=f"runs.pick.{run.id}").check()
    app = app.run()
    assert list_active_names(app) == []
    app.button(key="runs.delete").click().run()
    assert list_active_names(app) == []


def test_the_scan_notices_a_name_that_is_not_escaped(hostile, monkeypatch):
    for module in ("ui.runs.row", "ui.runs.actions"):
        monkeypatch.setattr(f"{module}.plain", lambda words: words)
    app = open_app()
    prepare(app, hostile)
    kinds = {kind for kind, _, _ in list_active_names(go(app, "runs"))}
    assert {"Checkbox", "MenuButton"} <= kinds


def test_names_hold_no_marks_of_writing_direction(own_run, runs_dir):
    change_labels(own_run.folder.path, name=REVERSED)
    assert RunStore(runs_dir).find(own_run.id).name == "evil"
    assert plain(REVERSED) == "evil"
