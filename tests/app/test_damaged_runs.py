"""Every page opens with damaged runs in the folder, whatever the damage, and whichever run is the newest."""

import json
import shutil
from pathlib import Path

import pytest
from damage import DAMAGES

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
