import json
import shutil
import threading

import pytest

from cnn_core import RECIPES, RunStore, find_recipe
from cnn_core.errors import CorruptRun, RunNotFound
from cnn_core.palette import style_of
from cnn_core.runs.events import EventWriter
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.store import BUNDLED_DIR, DEFAULT_RUN, STYLE_COUNT


def own(store):
    return [run for run in store.list_runs().runs if not run.bundled]


def mark(folder, state, reason=""):
    folder.writer().emit("state", state=state, reason=reason)


def test_without_a_runs_folder_only_bundled_runs_are_listed(store):
    listing = store.list_runs()
    assert all(run.bundled for run in listing.runs)
    assert listing.problems == ()


def test_the_newest_run_comes_first_and_the_bundled_ones_last(store, tiny_experiment):
    older, newer = store.create(tiny_experiment), store.create(tiny_experiment)
    runs = store.list_runs().runs
    assert [run.id for run in runs[:2]] == [newer.id, older.id]
    assert [run.bundled for run in runs] == sorted(run.bundled for run in runs)


def test_a_record_has_what_pages_show(digits_run):
    folder, result, _ = digits_run
    run = RunStore(folder.path.parent).find(folder.id)
    assert (run.id, run.name, run.state) == (folder.id, "Dense no convolution at all", "completed")
    assert (run.parameters, run.has_model, run.bundled, run.is_active) == (50_890, True, False, False)
    assert run.history.test_accuracy == result.test_accuracy


def delete(name):
    return lambda path: (path / name).unlink()


def overwrite(name, content):
    return lambda path: (path / name).write_bytes(content)


def become_folder(name):
    def damage(path):
        (path / name).unlink(missing_ok=True)
        (path / name).mkdir()

    return damage


def append_event(**event):
    def damage(path):
        with (path / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")

    return damage


def shrink_input(path):
    file = path / "experiment.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    data["architecture"]["input_shape"] = [3, 3, 1]
    file.write_text(json.dumps(data), encoding="utf-8")


DAMAGES = {
    "no experiment": delete("experiment.json"),
    "an empty experiment": overwrite("experiment.json", b""),
    "an experiment that is no JSON": overwrite("experiment.json", b"{"),
    "an experiment that is no text": overwrite("experiment.json", b"\xff\xfe\x00"),
    "an experiment of another form": overwrite("experiment.json", b'{"version": 99}'),
    "an experiment that is a folder": become_folder("experiment.json"),
    "a network that does not fit": shrink_input,
    "no facts": delete("run.json"),
    "facts that are no JSON": overwrite("run.json", b"nonsense"),
    "facts of another form": overwrite("run.json", b'{"id": 3}'),
    "no events file": delete("events.jsonl"),
    "an empty events file": overwrite("events.jsonl", b""),
    "events that are none": overwrite("events.jsonl", b"\x00\x01\n[]\n"),
    "events that are a folder": become_folder("events.jsonl"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_run_is_one_message_and_hides_no_other_run(store, tiny_experiment, damage):
    good, bad = store.create(tiny_experiment), store.create(tiny_experiment)
    damage(bad.path)
    listing = RunStore(store.runs_dir).list_runs()
    assert [run.id for run in listing.runs if not run.bundled] == [good.id]
    (problem,) = listing.problems
    assert bad.id in problem
    assert "\n" not in problem


@pytest.mark.parametrize(
    "event",
    [
        {"type": "plan", "time": 1.0},
        {"type": "state", "time": 1.0},
        {"type": "state", "time": 1.0, "state": "archived"},
        {"type": "batch", "epoch": 1},
    ],
)
def test_an_invalid_event_is_skipped_alone(store, tiny_experiment, event):
    folder = store.create(tiny_experiment)
    append_event(**event)(folder.path)
    append_event(type="state", time=2.0, state="stopped")(folder.path)
    listing = RunStore(store.runs_dir).list_runs()
    assert listing.problems == ()
    assert [(run.id, run.state) for run in listing.runs if not run.bundled] == [(folder.id, "stopped")]


def test_opening_a_damaged_run_is_an_error(store, tiny_experiment):
    folder = store.create(tiny_experiment)
    (folder.path / "experiment.json").write_text("{", encoding="utf-8")
    with pytest.raises(CorruptRun, match=folder.id):
        store.find(folder.id)


def test_a_store_notices_deleted_and_repaired_runs(store, tiny_experiment):
    kept, gone = store.create(tiny_experiment), store.create(tiny_experiment)
    text = (kept.path / "experiment.json").read_text(encoding="utf-8")
    (kept.path / "experiment.json").unlink()
    assert len(store.list_runs().problems) == 1
    (kept.path / "experiment.json").write_text(text, encoding="utf-8")
    shutil.rmtree(gone.path)
    assert [run.id for run in own(store)] == [kept.id]


def test_files_and_hidden_folders_are_not_runs(store, tiny_experiment):
    folder = store.create(tiny_experiment)
    (store.runs_dir / "notes.txt").write_text("mine", encoding="utf-8")
    (store.runs_dir / ".trash").mkdir()
    (store.runs_dir / "_old").mkdir()
    assert [run.id for run in own(store)] == [folder.id]
    assert store.list_runs().problems == ()


@pytest.mark.parametrize("state", ["queued", "completed", "stopped", "failed", "interrupted"])
def test_a_state_is_read_as_it_was_written(store, tiny_experiment, state):
    folder = store.create(tiny_experiment)
    mark(folder, state, "because")
    run = store.find(folder.id)
    assert (run.state, run.reason) == (state, "because")
    assert run.is_active == (state == "queued")


def test_a_running_run_without_a_lock_is_interrupted(store, tiny_experiment):
    folder = store.create(tiny_experiment)
    mark(folder, "running")
    assert store.find(folder.id).state == "interrupted"
    assert store.find(folder.id).reason
    with folder.lock():
        assert store.find(folder.id).state == "running"
        assert store.find(folder.id).is_active


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_a_run_with_only_a_failure_message_is_failed(store, tiny_experiment, state):
    folder = store.create(tiny_experiment)
    mark(folder, state)
    store.last_words[folder.id] = "The disk is full."
    run = store.find(folder.id)
    assert (run.state, run.reason, run.is_active) == ("failed", "The disk is full.", False)
    with folder.lock():  # someone works on it again
        assert store.find(folder.id).state == state


# ---- finding


def test_a_run_is_found_by_id_or_prefix(store, tiny_experiment):
    folder = store.create(tiny_experiment)
    assert store.find(folder.id).id == folder.id
    assert store.find(folder.id[:-2]).id == folder.id


def test_an_ambiguous_prefix_is_an_error(store, tiny_experiment):
    folders = [store.create(tiny_experiment) for _ in range(2)]
    with pytest.raises(RunNotFound, match="2 runs begin with '20"):
        store.find(folders[0].id[:4])


def test_an_exact_id_wins_over_a_longer_one(store, tiny_experiment):
    folder = store.create(tiny_experiment)
    shutil.copytree(folder.path, folder.path.with_name(folder.id + "-copy"))
    assert store.find(folder.id).folder.path == folder.path


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.short)
def test_a_bundled_run_is_found_by_its_recipes_short_name_in_any_case(store, recipe):
    assert store.find(recipe.short).folder.path == BUNDLED_DIR / recipe.id
    assert store.find(recipe.short.lower()).bundled


def test_an_unknown_run_error_lists_the_runs(store, tiny_experiment):
    folder = store.create(tiny_experiment)
    with pytest.raises(RunNotFound, match=f"'nobody'.*{folder.id}"):
        store.find("nobody")


@pytest.mark.parametrize("run_id", ["", "../bundled", "/"])
def test_an_empty_id_or_a_path_finds_no_run(store, run_id):
    with pytest.raises(RunNotFound):
        store.find(run_id)


def test_a_store_of_the_bundled_folder_itself_lists_each_run_once():
    ids = [run.id for run in RunStore(BUNDLED_DIR).list_runs().runs]
    assert len(ids) == len(set(ids))


# ---- colors


def test_a_repeat_with_another_seed_or_name_keeps_its_color(store, tiny_experiment):
    first = store.create(tiny_experiment)
    store.create(tiny_experiment.with_training(epochs=9))
    repeat = tiny_experiment.with_training(seed=99).model_copy(update={"name": "again"})
    assert store.create(repeat).facts.style == first.facts.style


def test_different_experiments_have_different_colors_until_all_are_used(store, tiny_experiment):
    bundled = {run.style for run in store.list_runs().runs}
    styles = [
        store.create(tiny_experiment.with_training(epochs=epochs)).facts.style
        for epochs in range(1, STYLE_COUNT - len(bundled) + 1)
    ]
    assert bundled | set(styles) == set(range(STYLE_COUNT))
    assert len(styles) == len(set(styles))


def test_new_experiments_avoid_the_hue_of_the_default_bundled_run(store, tiny_experiment):
    styles = [store.create(tiny_experiment.with_training(epochs=epochs)).facts.style for epochs in range(1, 8)]
    hues = [style_of(style).color for style in (store.find(DEFAULT_RUN).style, *styles)]
    assert len(set(hues)) == 8


def test_when_all_colors_are_used_the_least_used_repeat(store, tiny_experiment):
    count = 2 * STYLE_COUNT - len(store.list_runs().runs)
    for epochs in range(1, count + 1):
        store.create(tiny_experiment.with_training(epochs=epochs))
    used = [run.style for run in store.list_runs().runs]
    assert sorted(used) == sorted([*range(STYLE_COUNT), *range(STYLE_COUNT)])


def test_a_repeat_of_a_recipe_has_the_color_of_its_bundled_run(store):
    experiment = find_recipe("R2").experiment
    assert store.create(experiment.with_training(seed=2)).facts.style == store.find("R2").style


def test_a_replaced_experiment_is_read_again(store, tiny_experiment):
    folder = store.create(tiny_experiment)
    assert store.find(folder.id).name == "tiny"
    text = tiny_experiment.model_copy(update={"name": "tony"}).model_dump_json(indent=2)
    (folder.path / "experiment.json").write_text(text, encoding="utf-8")
    assert store.find(folder.id).name == "tony"


def test_a_store_parses_an_experiment_once(store, tiny_experiment, monkeypatch):
    for _ in range(3):
        store.create(tiny_experiment)
    store.list_runs()

    def refuse(self, name):
        raise AssertionError(f"{name} was read again")

    monkeypatch.setattr(RunFolder, "_read_object", refuse)
    assert len(own(store)) == 3
    assert len(store.list_runs().problems) == 0


def test_concurrent_threads_get_the_same_records(store, tiny_experiment):
    for epochs in range(1, 9):
        store.create(tiny_experiment.with_training(epochs=epochs))
    answers = []
    fresh = RunStore(store.runs_dir)
    threads = [threading.Thread(target=lambda: answers.append(fresh.list_runs())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [[(run.id, run.state, run.history) for run in answer.runs] for answer in answers]
    assert len(ids) == 8
    assert all(each == ids[0] for each in ids)


def test_listing_again_reads_appended_events(store, tiny_experiment):
    folder = store.create(tiny_experiment)
    assert own(store)[0].state == "queued"
    EventWriter(folder.events_path).emit("state", state="stopped")
    assert own(store)[0].state == "stopped"
