"""Runs: the list of what has been trained, what people write on it, the line, and folders that can't be read."""

import json
import shutil
import time
from pathlib import Path

import pytest
from app_pages import button, go, says

from cnn_core import LocalExecutor, RunStore, find_recipe
from cnn_core.runs.checkpoints import Checkpoint, save_checkpoint
from cnn_core.runs.labels import change_labels, read_labels
from cnn_core.runs.store import BUNDLED_DIR
from ui.text import text

BUNDLED = sorted(path.name for path in BUNDLED_DIR.iterdir())
DIGITS = find_recipe("R5").experiment.on_dataset("digits")
FORMAT_1 = Path(__file__).parents[1] / "core" / "runs" / "format_1"


@pytest.fixture
def copies(own_run, runs_dir):
    """copies(3) → that many runs like the own one, each older than the one before."""

    def make(count):
        made = []
        for index in range(count):
            path = runs_dir / f"20000101-0000{59 - index:02d}-copy-{index:04d}"
            shutil.copytree(own_run.folder.path, path)
            facts = own_run.folder.facts.model_copy(update={"id": path.name, "created": 946_684_800.0 - index})
            (path / "run.json").write_text(facts.model_dump_json(), encoding="utf-8")
            made.append(path)
        return made

    return make


def rows(app):
    """The rows of the list and of the line, as HTML."""
    return [html.value for html in app.get("html") if '<div class="run' in html.value and "heading" not in html.value]


def listed(app):
    """The ids of the runs that have a menu, in order."""
    return [menu.key.removeprefix("runs.menu.") for menu in app.menu_button]


def offers(app, run_id):
    """What the run's menu offers, by the catalog's keys."""
    labels = app.menu_button(key=f"runs.menu.{run_id}").options
    names = ("train", "draw", "layers", "compare", "resume", "again", "edit", "star", "unstar", "delete")
    return [name for label in labels for name in names if label.endswith(f": {text(f'runs.do_{name}')}")]


def do(app, run_id, action):
    app.menu_button(key=f"runs.menu.{run_id}").click(action).run()
    assert not app.exception
    return app


def pick(app, *ids):
    for run_id in ids:
        app.checkbox(key=f"runs.pick.{run_id}").check().run()
    return app


def keys(app):
    return {button.key for button in app.button}


# What is listed


def test_without_own_runs_the_page_names_the_folder_and_lists_bundled_runs(open_page, runs_dir):
    app = open_page("runs")
    assert says(app, text("runs.none_yet", folder=runs_dir))
    assert sorted(listed(app)) == BUNDLED
    assert text("runs.own") not in [heading.value for heading in app.subheader]


def test_a_row_has_name_state_dataset_accuracy_duration_and_size(own_run, open_page):
    (row,) = [row for row in rows(open_page("runs")) if "digits" in row]
    size = sum(path.stat().st_size for path in own_run.folder.path.rglob("*") if path.is_file())
    for fact in (
        own_run.name,
        text("states.completed"),
        f"{own_run.history.test_accuracy * 100:.2f} %",
        f"{own_run.history.seconds:.0f} s",
        f"{size / 1e6:.1f} MB",
        time.strftime("%b %d %H:%M", time.localtime(own_run.created)),
    ):
        assert f">{fact}<" in row


def test_user_text_is_never_markup(own_run, open_page):
    change_labels(own_run.folder.path, name="<b>a & b", note="<script>alert(1)</script>", tags=["<i>"])
    page = "".join(rows(open_page("runs")))
    assert "&lt;b&gt;a &amp; b" in page
    assert "&lt;script&gt;" in page
    assert "&lt;i&gt;" in page
    assert "<script" not in page
    assert "<i>" not in page


def test_the_header_has_the_number_and_size_of_runs(copies, open_page, runs_dir):
    copies(2)
    used = sum(path.stat().st_size for path in runs_dir.rglob("*") if path.is_file())
    app = open_page("runs")
    assert says(app, f"{text('runs.count', count=3)}, {used / 1e6:.1f} MB; ")


def test_many_runs_have_a_search_field_and_few_have_none(copies, open_page):
    paths = copies(7)
    change_labels(paths[4], name="Needle")
    app = open_page("runs")
    app.text_input(key="runs.words").input("needle").run()
    assert listed(app) == [paths[4].name]
    app.text_input(key="runs.words").input("needle in vain").run()
    assert says(app, text("runs.nothing_found"))
    button(app, "runs.clear").click().run()
    assert len(listed(app)) == 8 + len(BUNDLED)


def test_five_runs_have_no_search_unless_one_is_active(copies, open_page, runs_dir):
    paths = copies(5)
    app = open_page("runs")
    assert "runs.words" in [box.key for box in app.text_input]
    app.toggle(key="runs.starred").set_value(True).run()
    assert listed(app) == []
    shutil.rmtree(paths[0])
    app.run()
    assert "runs.words" in [box.key for box in app.text_input], "the way back out of the search stays"
    button(app, "runs.clear").click().run()
    assert "runs.words" not in [box.key for box in app.text_input]


def test_twenty_five_runs_are_shown_at_once_and_more_on_request(copies, open_page):
    copies(30)
    app = open_page("runs")
    assert len(listed(app)) == 25 + len(BUNDLED)
    button(app, "runs.more", count=6, hidden=6).click().run()
    assert len(listed(app)) == 31 + len(BUNDLED)
    assert "runs.more" not in keys(app)


def test_runs_are_in_the_chosen_order(copies, open_page):
    paths = copies(7)
    (paths[5] / "model.keras").write_bytes(bytes(10**7))
    app = open_page("runs")
    assert listed(app)[1:8] == [path.name for path in paths]
    app.selectbox(key="runs.order").select("size").run()
    assert next(run_id for run_id in listed(app) if run_id not in BUNDLED) == paths[5].name


# What a run's menu does


def test_bundled_runs_can_be_viewed_and_not_changed(open_page):
    app = open_page("runs")
    assert offers(app, "three-conv-3x3-valid") == ["draw", "layers", "compare"]
    assert offers(app, "two-conv-5x5") == ["compare"], "only its figures are kept"


def test_an_own_run_has_every_action(own_run, open_page):
    assert offers(open_page("runs"), own_run.id) == [
        *("train", "draw", "layers", "compare", "again", "edit", "star", "delete")
    ]


@pytest.mark.parametrize("name", ["draw", "layers"])
def test_draw_and_layers_open_the_run(own_run, open_page, name):
    app = do(open_page("runs"), own_run.id, name)
    assert app.title[0].value == text(f"{name}.title")
    assert app.session_state["cnn_lab"].run_id == own_run.id


def test_train_opens_with_the_run(copies, open_page):
    path = copies(2)[1]
    app = do(open_page("runs"), path.name, "train")
    assert app.title[0].value == text("train.title")
    assert app.session_state["cnn_lab"].watched_run == path.name


def test_compare_opens_with_the_run(own_run, open_page):
    app = do(open_page("runs"), own_run.id, "compare")
    assert app.title[0].value == text("compare.title")
    assert app.session_state["cnn_lab"].compared[0] == own_run.id


def test_again_queues_the_same_experiment(own_run, open_page, runs_dir):
    app = do(open_page("runs"), own_run.id, "again")
    (new,) = [run for run in RunStore(runs_dir).list_runs().runs if not run.bundled and run.id != own_run.id]
    assert (new.state, new.experiment) == ("queued", own_run.experiment)
    assert new.folder.facts.owner == app.session_state["cnn_lab"].owner != ""


def test_the_star_can_be_set_and_removed(own_run, open_page):
    app = do(open_page("runs"), own_run.id, "star")
    assert read_labels(own_run.folder.path).star
    assert any("★</span>" in row and own_run.name in row for row in rows(app))
    do(app, own_run.id, "unstar")
    assert not read_labels(own_run.folder.path).star


def test_name_note_and_tags_share_one_dialog(own_run, open_page):
    app, key = do(open_page("runs"), own_run.id, "edit"), f"runs.edit.{own_run.id}"
    app.text_input(key=f"{key}.name").input("Mine")
    app.text_area(key=f"{key}.note").input("As good as R5.")
    app.toggle(key=f"{key}.star").set_value(True)
    button(app, "runs.save").click().run()
    assert not app.exception
    labels = read_labels(own_run.folder.path)
    assert (labels.name, labels.note, labels.star) == ("Mine", "As good as R5.", True)
    (row,) = [row for row in rows(app) if "As good as R5." in row]
    assert "<b>Mine</b>" in row
    assert "runs.save" not in [button.label for button in app.button]


def test_a_given_name_is_shown_on_other_pages(own_run, open_page):
    change_labels(own_run.folder.path, name="Mine")
    app = open_page("draw")
    assert any("Mine · digits" in label for label in app.selectbox(key="model-draw").options)


def test_unwritable_labels_are_an_error_message_in_the_dialog(own_run, open_page):
    (own_run.folder.path / "labels.json").mkdir()
    app = do(open_page("runs"), own_run.id, "edit")
    button(app, "runs.save").click().run()
    assert not app.exception
    assert ["labels.json can't be written" in error.value for error in app.error] == [True]


def test_a_damaged_labels_file_does_not_break_the_page(own_run, open_page):
    (own_run.folder.path / "labels.json").write_bytes(b"\xff{")
    app = open_page("runs")
    assert not app.exception
    assert own_run.id in listed(app)


# Deleting, and the way back


def test_a_deleted_run_can_be_restored(own_run, open_page):
    app = do(open_page("runs"), own_run.id, "delete")
    assert own_run.id not in listed(app)
    assert not own_run.folder.path.exists()
    assert says(app, text("runs.deleted", name=own_run.name))
    button(app, "runs.undo").click().run()
    assert own_run.id in listed(app)
    restored = RunStore(own_run.folder.path.parent).find(own_run.id)
    assert (restored.history, restored.has_model) == (own_run.history, True)
    assert "runs.undo" not in keys(app)


def test_only_the_last_deletion_can_be_undone(copies, open_page):
    first, second, *_ = copies(3)
    app = do(do(open_page("runs"), first.name, "delete"), second.name, "delete")
    button(app, "runs.undo").click().run()
    assert second.exists()
    assert not first.exists()


def test_undo_is_still_available_after_a_page_change(own_run, open_page):
    app = do(open_page("runs"), own_run.id, "delete")
    button(go(go(app, "compare"), "runs"), "runs.undo").click().run()
    assert own_run.folder.path.exists()


def test_emptied_trash_frees_its_space(own_run, open_page, runs_dir):
    size = sum(path.stat().st_size for path in own_run.folder.path.rglob("*") if path.is_file())
    app = do(open_page("runs"), own_run.id, "delete")
    button(app, "runs.empty", size=f"{size / 1e6:.1f} MB").click().run()
    assert not app.exception
    assert not {"runs.undo", "runs.empty"} & keys(app)
    assert not [path for path in runs_dir.rglob("*") if path.is_file()]


def test_another_visitor_can_neither_restore_nor_empty_the_trash(own_run, open_page):
    do(open_page("runs"), own_run.id, "delete")
    assert not {"runs.undo", "runs.undo_others", "runs.empty"} & keys(open_page("runs"))


@pytest.fixture
def foreign_run(own_run):
    """The own run as that of another visitor, called "you"."""
    file = own_run.folder.path / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"owner": "you"}))
    return own_run


def visit_as(app, owner):
    app.session_state["cnn_lab"].owner = owner
    return app.run()


def test_deleting_the_run_of_another_visitor_needs_confirmation_and_its_owner_restores_it(foreign_run, open_page):
    app = do(open_page("runs"), foreign_run.id, "delete")
    assert foreign_run.folder.path.exists()
    assert says(app, text("runs.delete_question", names=f"**{foreign_run.name}**"))
    app.button(key="runs.delete_confirmed").click().run()
    assert not foreign_run.folder.path.exists()
    assert "runs.empty" not in keys(app), "only its owner's next deletions remove it for good"

    owner = visit_as(open_page("runs"), "you")
    assert says(owner, text("runs.deleted_by_others", name=foreign_run.name))
    owner.button(key="runs.undo_others").click().run()
    assert foreign_run.folder.path.exists()
    assert "runs.undo_others" not in keys(owner)


def test_the_run_of_another_visitor_can_be_kept(foreign_run, open_page):
    app = do(open_page("runs"), foreign_run.id, "delete")
    app.button(key="runs.delete_keep").click().run()
    assert foreign_run.folder.path.exists()
    assert "runs.delete_confirmed" not in keys(app)


def test_its_owner_deletes_a_run_without_confirmation(foreign_run, open_page):
    app = do(visit_as(open_page("runs"), "you"), foreign_run.id, "delete")
    assert not foreign_run.folder.path.exists()
    assert "runs.undo" in keys(app)


def test_a_run_that_was_stopped_before_its_end_can_be_resumed(runs_dir, open_page):
    shutil.copytree(FORMAT_1 / "killed", runs_dir / "stopped")
    with (runs_dir / "stopped" / "events.jsonl").open("a") as file:
        file.write(json.dumps({"time": 4e9, "type": "state", "state": "stopped"}) + "\n")
    app = open_page("runs")
    assert "resume" in offers(app, "stopped")
    do(app, "stopped", "resume")
    assert RunStore(runs_dir).find("stopped").state == "queued"


def test_delete_is_never_the_primary_button(copies, open_page):
    paths = copies(3)
    app = do(open_page("runs"), paths[0].name, "delete")
    app = pick(app, paths[1].name, paths[2].name)
    assert {"runs.delete", "runs.undo", "runs.empty"} <= keys(app)
    assert not [button.label for button in app.button if button.proto.type == "primary"]


def test_a_run_deleted_elsewhere_does_not_break_the_page(own_run, open_page):
    app = open_page("train")
    do(open_page("runs"), own_run.id, "delete")
    app.run()
    assert not app.exception


def test_deleting_a_missing_run_does_not_break_the_page(own_run, open_page):
    app = open_page("runs")
    shutil.rmtree(own_run.folder.path)
    app.menu_button(key=f"runs.menu.{own_run.id}").click("delete").run()
    assert not app.exception
    assert own_run.id not in listed(app)


# Several at once


def test_several_runs_can_be_compared(copies, open_page):
    *_, oldest = (path.name for path in copies(3))
    app = pick(open_page("runs"), oldest, "three-conv-3x3-valid")
    button(app, "runs.do_compare").click().run()
    assert app.title[0].value == text("compare.title")
    assert app.session_state["cnn_lab"].compared == [oldest, "three-conv-3x3-valid"]


def test_several_runs_can_be_deleted_and_restored(copies, open_page):
    paths = copies(3)
    app = pick(open_page("runs"), *[path.name for path in paths[:2]])
    button(app, "runs.delete", count=2).click().run()
    assert [path.exists() for path in paths] == [False, False, True]
    assert says(app, text("runs.deleted_several", count=2))
    button(app, "runs.undo").click().run()
    assert all(path.exists() for path in paths)


def test_several_runs_get_a_tag_and_keep_their_own(copies, open_page):
    first, second, third = copies(3)
    change_labels(first, tags=["old"])
    change_labels(third, tags=["wide"])
    app = pick(open_page("runs"), first.name, second.name)
    button(app, "runs.tag").click().run()
    app.multiselect(key="runs.tag.tags").select("wide")
    button(app, "runs.tag_add").click().run()
    assert not app.exception
    assert [read_labels(path).tags for path in (first, second, third)] == [("old", "wide"), ("wide",), ("wide",)]


def test_one_checkbox_selects_all_visible_runs_or_none(copies, open_page):
    copies(3)
    app = open_page("runs")
    app.checkbox(key="runs.pick_all").check().run()
    assert says(app, text("runs.picked", count=4))
    app.checkbox(key="runs.pick_all").uncheck().run()
    assert not says(app, text("runs.picked", count=4))
    assert "runs.delete" not in keys(app)


def test_runs_hidden_by_a_search_are_deselected(copies, open_page):
    paths = copies(7)
    change_labels(paths[0], name="Needle")
    app = pick(open_page("runs"), paths[0].name, paths[1].name)
    app.text_input(key="runs.words").input("needle").run()
    assert says(app, text("runs.picked", count=1))
    button(app, "runs.delete", count=1).click().run()
    assert [path.exists() for path in paths[:2]] == [False, True]


def test_selected_bundled_runs_can_be_compared_but_not_deleted(own_run, open_page):
    app = pick(open_page("runs"), own_run.id, "three-conv-3x3-valid")
    button(app, "runs.delete", count=1).click().run()
    assert not own_run.folder.path.exists()
    assert (BUNDLED_DIR / "three-conv-3x3-valid").exists()


# What broke


@pytest.fixture
def broken(own_run, runs_dir):
    """A run that the end of the dashboard interrupted, without anything to go on from."""
    folder = own_run.folder
    folder.model_path.unlink()
    shutil.rmtree(folder.checkpoints_dir, ignore_errors=True)
    folder.writer().emit("state", state="interrupted", reason="The dashboard was closed.")
    return RunStore(runs_dir).find(own_run.id)


def test_an_interrupted_run_shows_its_reason_and_can_be_restarted(broken, open_page, runs_dir):
    app = open_page("runs")
    assert any("The dashboard was closed." in row for row in rows(app))
    assert f"runs.resume.{broken.id}" not in keys(app)
    app.button(key=f"runs.again.{broken.id}").click().run()
    assert not app.exception
    states = [run.state for run in RunStore(runs_dir).list_runs().runs if not run.bundled]
    assert sorted(states) == ["interrupted", "queued"]


def test_a_run_with_a_checkpoint_can_be_resumed(broken, open_page, runs_dir):
    save_checkpoint(broken.folder.checkpoints_dir, Checkpoint(1, [], [], [], {}))
    app = open_page("runs")
    app.button(key=f"runs.resume.{broken.id}").click().run()
    assert not app.exception
    (run,) = [run for run in RunStore(runs_dir).list_runs().runs if not run.bundled]
    assert (run.id, run.state) == (broken.id, "queued")


# The line


@pytest.fixture
def line(runs_dir):
    """line("me", "you") → runs in line, in the order given, of these owners."""
    executor = LocalExecutor(RunStore(runs_dir), capacity=1)
    return lambda *owners: [executor.submit(DIGITS, owner=owner).id for owner in owners]


@pytest.fixture
def mine(open_page):
    """The Runs page and who looks at it."""
    app = open_page("runs")
    return app, app.session_state["cnn_lab"].owner


def test_without_active_runs_there_is_no_queue(own_run, open_page):
    assert text("runs.line") not in [heading.value for heading in open_page("runs").subheader]


def test_the_queue_is_in_start_order_with_owners(mine, line):
    app, me = mine
    first, second, third = line(me, me, "you")
    app.run()
    assert listed(app)[:3] == [first, third, second], "owners take turns"
    assert [text("runs.yours") in row for row in rows(app)[:3]] == [True, False, True]
    assert [text("runs.place", place=place) in row for place, row in enumerate(rows(app)[:3], start=1)] == [True] * 3
    assert any(text("runs.capacity_one") in caption.value for caption in app.caption)


def test_own_queued_runs_can_be_moved_and_removed(mine, line, runs_dir):
    app, me = mine
    first, second = line(me, me)
    app.run()
    assert app.button(key=f"runs.earlier.{first}").disabled
    assert app.button(key=f"runs.later.{second}").disabled
    app.button(key=f"runs.earlier.{second}").click().run()
    assert listed(app)[:2] == [second, first]
    app.button(key=f"runs.take_out.{second}").click().run()
    assert RunStore(runs_dir).find(second).state == "stopped"
    assert listed(app)[:2] == [first, second], "what was taken out is in the list below"


def test_changing_the_run_of_another_visitor_needs_confirmation(mine, line):
    app, me = mine
    own, foreign = line(me, "you")
    app.run()
    assert says(app, text("runs.foreign_question", name=DIGITS.name))
    behind = {button.key for popover in app.get("popover") for button in popover.get("button")}
    assert behind == {f"runs.{order}.{foreign}" for order in ("earlier", "later", "take_out")}
    assert f"runs.take_out.{own}" in keys(app)


def test_an_active_run_can_be_watched_paused_and_stopped(mine, runs_dir):
    app, me = mine
    folder = RunStore(runs_dir).create(DIGITS, owner=me)
    with folder.lock():
        folder.writer().emit("state", state="running")
        folder.writer().emit("plan", epochs=4, steps_per_epoch=10, samples=100, parameters=5, watched="test")
        app.run()
        row = rows(app)[0]
        assert text("live.epoch", epoch=1, epochs=4) in row
        assert text("states.running") in row
        assert "delete" not in offers(app, folder.id)
        app.button(key=f"runs.pause.{folder.id}").click().run()
        app.button(key=f"runs.stop.{folder.id}").click().run()
    assert folder.commands() == ["pause", "stop"]


def test_a_paused_run_that_blocks_the_queue_is_marked(mine, line, runs_dir):
    app, me = mine
    folder = RunStore(runs_dir).create(DIGITS, owner=me)
    with folder.lock():
        folder.writer().emit("state", state="paused")
        app.run()
        assert not says(app, text("runs.paused_holds"))
        line(me)
        app.run()
        assert says(app, text("runs.paused_holds"))
        assert f"runs.resume.{folder.id}" in keys(app)


def test_a_long_queue_is_collapsed(mine, line):
    app, me = mine
    ids = line(*[me] * 12)
    app.run()
    assert listed(app)[:8] == ids[:8]
    assert ids[8] not in listed(app)
    button(app, "runs.line_all", count=12).click().run()
    assert listed(app)[:12] == ids


# Folders that can't be read

DAMAGES = {
    "experiment.json missing": ("experiment.json", None),
    "experiment.json cut short": ("experiment.json", b'{"version": 1, "archi'),
    "experiment.json of another kind": ("experiment.json", b"[1, 2, 3]"),
    "experiment.json not text": ("experiment.json", b"\xff\xfe\x00\x80"),
    "run.json missing": ("run.json", None),
    "run.json cut short": ("run.json", b'{"id": '),
    "events.jsonl missing": ("events.jsonl", None),
    "events.jsonl empty": ("events.jsonl", b""),
    "events.jsonl not text": ("events.jsonl", b"\xff\xfe\x00\x80\n"),
}


@pytest.mark.parametrize("file_and_content", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_folder_is_a_message_and_others_are_listed(damage, own_run, open_page, file_and_content):
    folder = damage(*file_and_content)
    app = open_page("runs")
    assert not app.exception
    assert [warning.value for warning in app.warning if folder.name in warning.value]
    assert own_run.id in listed(app)
    assert set(BUNDLED) <= set(listed(app))
