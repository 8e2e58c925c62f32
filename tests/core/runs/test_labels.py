import errno
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core import RunStore
from cnn_core.errors import RunError, SpecError
from cnn_core.plain_text import remove_controls
from cnn_core.runs.labels import Labels, change_labels, read_labels

WRITTEN = {"name": "Wide first layer", "note": "64 filters.\nNo better.", "tags": ["wide", "Monday"], "star": True}


@pytest.fixture
def run(store, tiny_experiment):
    """The folder of a run that no one has written on."""
    return store.create(tiny_experiment).path


def test_a_run_without_labels_has_the_name_of_its_experiment(store, run, tiny_experiment):
    record = store.find(run.name)
    assert record.labels == Labels(name="", note="", tags=(), star=False)
    assert record.name == tiny_experiment.name
    assert not (run / "labels.json").exists()


def test_written_labels_are_visible_at_once(store, run):
    store.list_runs()
    change_labels(run, **WRITTEN)
    for reader in (store, RunStore(store.runs_dir)):
        record = reader.find(run.name)
        assert record.labels.model_dump(mode="json") == WRITTEN
        assert record.name == "Wide first layer"
        assert record.experiment.name == "tiny", "what was trained keeps its own name"


def test_changing_one_label_keeps_the_others(run):
    change_labels(run, **WRITTEN)
    assert change_labels(run, star=False) == Labels.model_validate(WRITTEN | {"star": False})
    assert read_labels(run) == Labels.model_validate(WRITTEN | {"star": False})


def test_removing_a_name_restores_that_of_the_experiment(store, run):
    change_labels(run, name="Wide")
    change_labels(run, name="   ")
    assert store.find(run.name).name == "tiny"


def test_names_are_one_line_and_tags_are_unique(run):
    labels = change_labels(run, name="  two\n lines ", tags=[" a", "b", "a ", "b"])
    assert labels.name == "two lines"
    assert labels.tags == ("a", "b")


DAMAGES = {
    "empty": b"",
    "cut short": b'{"name": "Wi',
    "not text": b"\xff\xfe\x00\x80",
    "a list": b"[1, 2]",
    "null": b"null",
    "a name that is a number": b'{"name": 3}',
    "tags that are one word": b'{"tags": "wide"}',
    "an endless name": json.dumps({"name": "x" * 10_000}).encode(),
    "deeply nested": b"[" * 100_000,
}


@pytest.mark.parametrize("content", DAMAGES.values(), ids=DAMAGES)
def test_damaged_labels_read_as_empty_and_can_be_rewritten(store, run, content):
    (run / "labels.json").write_bytes(content)
    listing = store.list_runs()
    assert listing.problems == ()
    assert listing.runs[0].labels == Labels()
    change_labels(run, star=True)
    assert read_labels(run) == Labels(star=True)


def test_a_folder_in_place_of_labels_reads_as_empty_and_writing_is_an_error(store, run):
    (run / "labels.json").mkdir()
    assert store.find(run.name).labels == Labels()
    with pytest.raises(RunError, match=r"labels\.json can't be written"):
        change_labels(run, star=True)


def test_fields_of_a_later_version_are_ignored(run):
    (run / "labels.json").write_text('{"name": "kept", "colour": "red"}', encoding="utf-8")
    assert read_labels(run).name == "kept"


@pytest.mark.parametrize(
    "change",
    [{"name": "x" * 81}, {"note": "x" * 2001}, {"tags": ["x" * 31]}, {"tags": [""]}, {"tags": list("abcdefghijklm")}],
)
def test_a_label_that_is_too_long_is_an_error_with_its_field(run, change):
    change_labels(run, **WRITTEN)
    with pytest.raises(SpecError, match=next(iter(change))):
        change_labels(run, **change)
    assert read_labels(run) == Labels.model_validate(WRITTEN)


def test_labels_are_replaced_atomically(run, monkeypatch):
    change_labels(run, **WRITTEN)

    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(RunError, match="No space left"):
        change_labels(run, name="other")
    assert read_labels(run) == Labels.model_validate(WRITTEN)


words = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=30).map(remove_controls)


@given(name=words, note=words, tags=st.lists(words.filter(lambda word: word.strip()), max_size=12), star=st.booleans())
def test_labels_round_trip_without_surrounding_whitespace(tmp_path_factory, name, note, tags, star):
    folder = tmp_path_factory.mktemp("run")
    change_labels(folder, name=name, note=note, tags=tags, star=star)
    labels = read_labels(folder)
    assert (labels.name, labels.note, labels.star) == (" ".join(name.split()), note.strip(), star)
    assert list(labels.tags) == list(dict.fromkeys(" ".join(tag.split()) for tag in tags))
