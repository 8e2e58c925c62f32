import os

import pytest

from cnn_core.errors import RunError
from cnn_core.runs.trash import FOREIGN_KEPT_S, KEPT_S, Trash

ME, YOU = "me", "you"


@pytest.fixture
def trash(store):
    return Trash(store.runs_dir)


@pytest.fixture
def ended(store, tiny_experiment):
    """ended() → the record of a new run that is over, of `owner`."""

    def make(owner=""):
        folder = store.create(tiny_experiment, owner=owner)
        folder.writer().emit("state", state="stopped")
        return store.find(folder.id)

    return make


def own_ids(store):
    return {run.id for run in store.list_runs().runs if not run.bundled}


def test_deleted_runs_are_hidden_and_restored_unchanged(store, trash, ended):
    kept, *gone = ended(), ended(), ended()
    trash.put(gone, ME)
    assert own_ids(store) == {kept.id}
    assert store.list_runs().problems == ()
    assert {folder.id for folder in trash.deleted(ME)} == {run.id for run in gone}
    assert trash.restore(ME) == 2
    assert trash.deleted(ME) == []
    for run in gone:
        assert store.find(run.id) == run


def test_the_next_deletion_empties_the_trash(store, trash, ended):
    first, second = ended(), ended()
    trash.put([first], ME)
    trash.put([second], ME)
    assert [folder.id for folder in trash.deleted(ME)] == [second.id]
    assert trash.restore(ME) == 1
    assert own_ids(store) == {second.id}


def test_a_deletion_keeps_what_another_visitor_just_deleted(trash, ended):
    mine, yours = ended(), ended()
    trash.put([mine], ME)
    trash.put([yours], YOU)
    assert [folder.id for folder in trash.deleted(ME)] == [mine.id]
    assert [folder.id for folder in trash.deleted(YOU)] == [yours.id]


def test_a_deletion_empties_trash_older_than_a_day(store, trash, ended):
    trash.put([ended()], ME)
    drawer = trash.deleted(ME)[0].path.parent
    long_ago = drawer.stat().st_mtime - KEPT_S - 60
    os.utime(drawer, (long_ago, long_ago))
    trash.put([ended()], YOU)
    assert trash.deleted(ME) == []


def test_emptied_trash_frees_space_and_cannot_be_restored(store, trash, ended):
    run = ended()
    size = sum(path.stat().st_size for path in run.folder.path.rglob("*") if path.is_file())
    trash.put([run], ME)
    assert trash.size() == size > 0
    assert trash.removable_size(ME) == size
    trash.empty(YOU)
    assert trash.size() == size
    trash.empty(ME)
    assert trash.size() == 0
    assert trash.restore(ME) == 0
    assert own_ids(store) == set()


def test_restoring_from_empty_trash_is_no_error(trash):
    assert (trash.size(), trash.deleted(ME), trash.restore(ME)) == (0, [], 0)
    trash.empty(ME)


def test_deleting_an_active_run_is_an_error(store, trash, ended, tiny_experiment):
    before = ended()
    trash.put([before], ME)
    waiting = store.find(store.create(tiny_experiment).id)
    with pytest.raises(RunError, match="stop it first"):
        trash.put([waiting], ME)
    assert own_ids(store) == {waiting.id}
    assert [folder.id for folder in trash.deleted(ME)] == [before.id]


def test_deleting_a_locked_run_is_an_error(store, trash, ended):
    run = ended()
    with run.folder.lock(), pytest.raises(RunError, match="stop it first"):
        trash.put([run], ME)
    assert own_ids(store) == {run.id}


def test_deleting_a_bundled_run_is_an_error(store, trash):
    bundled = store.find("R2")
    with pytest.raises(RunError, match="comes with the app"):
        trash.put([bundled], ME)
    assert bundled.folder.path.exists()


def test_deleting_a_missing_run_is_an_error_message(trash, ended):
    run = ended()
    trash.put([run], ME)
    with pytest.raises(RunError, match=run.id):
        trash.put([run], YOU)


def test_an_owner_is_never_a_path(store, trash, ended):
    trash.put([ended()], "../../outside")
    assert {path.name for path in store.runs_dir.parent.iterdir()} == {"runs"}
    assert trash.restore("../../outside") == 1


def test_the_owner_can_restore_a_run_that_someone_else_deleted(store, trash, ended):
    mine = ended(ME)
    trash.put([mine], YOU)
    assert [folder.id for folder in trash.deleted_by_others(ME)] == [mine.id]
    assert trash.deleted_by_others(YOU) == []
    assert trash.restore_from_others(ME) == 1
    assert own_ids(store) == {mine.id}
    assert trash.deleted_by_others(ME) == []


def test_who_deleted_a_foreign_run_can_restore_it_but_not_remove_it_for_good(store, trash, ended):
    mine = ended(ME)
    trash.put([mine], YOU)
    assert trash.removable_size(YOU) == 0
    trash.empty(YOU)
    assert trash.restore(YOU) == 1
    assert own_ids(store) == {mine.id}


def test_further_deletions_leave_foreign_runs_for_their_owner(store, trash, ended):
    mine = ended(ME)
    trash.put([mine], YOU)
    for _ in range(2):
        later = ended(YOU)
        trash.put([later], YOU)
        assert [folder.id for folder in trash.deleted(YOU)] == [later.id]
    assert trash.restore_from_others(ME) == 1
    assert own_ids(store) == {mine.id}


@pytest.mark.parametrize(("age", "kept"), [(FOREIGN_KEPT_S - 60, 1), (FOREIGN_KEPT_S + 60, 0)])
def test_a_foreign_run_is_removed_after_a_week(trash, ended, age, kept):
    trash.put([ended(ME)], YOU)
    (folder,) = trash.deleted_by_others(ME)
    long_ago = folder.path.stat().st_mtime - age
    os.utime(folder.path, (long_ago, long_ago))
    trash.put([ended(YOU)], YOU)
    assert len(trash.deleted_by_others(ME)) == kept
