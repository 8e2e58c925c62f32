"""Every page opens with damaged runs in the folder, whatever the damage, and whichever run is the newest."""

import json
import re
import shutil
from pathlib import Path

import pytest
from damage import DAMAGES

from ui.text import text

CORE = Path(__file__).parents[1] / "core"

PAGES = ("home", "train", "runs", "compare", "draw", "layers", "design", "learn")


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """A folder of runs with one of each kind of damage."""
    folder = tmp_path_factory.mktemp("damaged")
    for number, damage in enumerate(DAMAGES.values()):
        path = folder / f"damaged-{number:03d}"
        shutil.copytree(CORE / "runs" / "format_1" / "completed", path)
        damage(path)
    (folder / "notes").mkdir()
    return folder


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.usefixtures("tensorflow_ready")
def test_a_page_opens_with_every_kind_of_damage_at_once(open_page, damaged, runs_dir, page):
    shutil.copytree(damaged, runs_dir)
    app = open_page(page)
    assert not app.exception
    assert not any("page failed" in error.value for error in app.error)


@pytest.mark.parametrize("name", [name for name in DAMAGES if not name.endswith((" missing", " empty"))])
def test_train_opens_when_the_newest_run_is_damaged(open_page, runs_dir, name):
    newest = runs_dir / "newest"
    shutil.copytree(CORE / "runs" / "format_1" / "completed", newest)
    facts = json.loads((newest / "run.json").read_text())
    (newest / "run.json").write_text(json.dumps(facts | {"created": 4e9}))
    DAMAGES[name](newest)
    app = open_page("train")
    assert not app.exception
    assert not app.error


def test_damaged_events_are_reported_in_the_row_of_their_run_alone(open_page, runs_dir):
    for name in ("damaged", "good"):
        shutil.copytree(CORE / "runs" / "format_1" / "completed", runs_dir / name)
    with (runs_dir / "damaged" / "events.jsonl").open("ab") as file:
        file.write(b"nonsense\n[1]\n")
    app = open_page("runs")
    rows = [html.proto.body for html in app.get("html")]
    assert sum(text("runs.damaged", count=2) in row for row in rows) == 1
    assert not app.warning


def test_each_unreadable_folder_has_a_sentence_of_its_own_and_is_never_to_be_deleted(open_page, runs_dir):
    for name in ("first", "second"):
        shutil.copytree(CORE / "runs" / "format_1" / "completed", runs_dir / name)
    (runs_dir / "first" / "run.json").write_text("{")
    facts = json.loads((runs_dir / "second" / "run.json").read_text())
    (runs_dir / "second" / "run.json").write_text(json.dumps(facts | {"version": 99}))
    (runs_dir / "notes").mkdir()
    app = open_page("runs")
    first, second = (warning.value for warning in app.warning)
    assert "first" in first
    assert "second" in second
    assert "Update CNN Lab" in second
    assert not any("elete" in warning for warning in (first, second))


def test_no_error_of_a_run_or_sweep_advises_to_delete_a_folder():
    templates = json.loads((CORE.parents[1] / "ui" / "text" / "core_templates.json").read_text())
    assert not [template for template in templates if re.search(r"[Dd]elete .*folder", template)]
