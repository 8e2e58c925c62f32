import errno
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core import RunStore
from cnn_core.errors import RunError, SpecError
from cnn_core.runs.labels import Labels, change_labels, read_labels

WRITTEN = {"name": "Wide first layer", "note": "64 filters.\nNo better.", "tags": ["wide", "Monday"], "star": True}


@pytest.fixture
def run(store, tiny_experiment):
    """The folder of a run that no one has written on."""
    return store.create(tiny_experiment).path


def test_a_run_that_nobody_wrote_on_has_no_labels_and_its_experiments_name(store, run, tiny_experiment):
    record = store.find(run.name)
    assert record.labels == Labels(name="", note="", tags=(), star=False)
    assert record.name == tiny_experiment.name
    assert not (run / "labels.json").exists()


def test_what_is_written_is_there_for_every_reader_at_once(store, run):
    store.list_runs()
    change_labels(run, **WRITTEN)
    for reader in (store, RunStore(store.runs_dir)):
        record = reader.find(run.name)
        assert record.labels.model_dump(mode="json") == WRITTEN
        assert record.name == "Wide first layer"
        assert record.experiment.name == "tiny", "what was trained keeps its own name"


def test_a_change_leaves_the_other_labels(run):
    change_labels(run, **WRITTEN)
    assert change_labels(run, star=False) == Labels.model_validate(WRITTEN | {"star": False})
    assert read_labels(run) == Labels.model_validate(WRITTEN | {"star": False})


def test_a_name_taken_away_gives_the_experiments_name_back(store, run):
    change_labels(run, name="Wide")
    change_labels(run, name="   ")
    assert store.find(run.name).name == "tiny"


def test_a_name_is_one_line_and_a_tag_is_there_once(run):
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
def test_a_damaged_file_reads_as_nothing_written_and_can_be_written_anew(store, run, content):
    (run / "labels.json").write_bytes(content)
    listing = store.list_runs()
    assert listing.problems == ()
    assert listing.runs[0].labels == Labels()
    change_labels(run, star=True)
    assert read_labels(run) == Labels(star=True)


def test_a_folder_in_the_files_place_reads_as_nothing_written_and_says_why_it_cannot_be_written(store, run):
    (run / "labels.json").mkdir()
    assert store.find(run.name).labels == Labels()
    with pytest.raises(RunError, match=r"labels\.json can't be written"):
        change_labels(run, star=True)


def test_fields_of_a_later_version_are_passed_over(run):
    (run / "labels.json").write_text('{"name": "kept", "colour": "red"}', encoding="utf-8")
    assert read_labels(run).name == "kept"


@pytest.mark.parametrize(
    "change",
    [{"name": "x" * 81}, {"note": "x" * 2001}, {"tags": ["x" * 31]}, {"tags": [""]}, {"tags": list("abcdefghijklm")}],
)
def test_what_is_too_long_is_refused_with_its_field_and_nothing_changes(run, change):
    change_labels(run, **WRITTEN)
    with pytest.raises(SpecError, match=next(iter(change))):
        change_labels(run, **change)
    assert read_labels(run) == Labels.model_validate(WRITTEN)


def test_labels_are_replaced_whole_or_not_at_all(run, monkeypatch):
    change_labels(run, **WRITTEN)

    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(RunError, match="No space left"):
        change_labels(run, name="other")
    assert read_labels(run) == Labels.model_validate(WRITTEN)


words = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=30)


@given(name=words, note=words, tags=st.lists(words.filter(lambda word: word.strip()), max_size=12), star=st.booleans())
def test_any_words_come_back_as_they_were_but_for_blanks_around_them(tmp_path_factory, name, note, tags, star):
    folder = tmp_path_factory.mktemp("run")
    change_labels(folder, name=name, note=note, tags=tags, star=star)
    labels = read_labels(folder)
    assert (labels.name, labels.note, labels.star) == (" ".join(name.split()), note.strip(), star)
    assert list(labels.tags) == list(dict.fromkeys(tag.strip() for tag in tags))
