"""A tutorial shows the article's own network in every step, and its code in full."""

import json
import shutil

import pytest
from lab_in_browser import expect_no_failure, settle
from playwright.sync_api import expect

from cnn_core import find_recipe
from cnn_core.runs.store import BUNDLED_DIR
from ui.text import text

pytestmark = pytest.mark.browser


@pytest.fixture
def changed_run(lab):
    """A completed own run of R2 with other settings, as a race leaves it."""
    name = "20200101-000000-changed-r2"
    folder = shutil.copytree(BUNDLED_DIR / find_recipe("R2").id, lab.runs_dir / name)
    facts = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(facts | {"id": name}))
    experiment = json.loads((folder / "experiment.json").read_text())
    experiment["training"]["epochs"] = 3
    (folder / "experiment.json").write_text(json.dumps(experiment))
    yield name
    shutil.rmtree(folder)


@pytest.mark.usefixtures("changed_run")
def test_after_a_race_steps_8_and_9_agree_that_the_network_of_the_article_was_not_trained(page, lab):
    page.goto(f"{lab.url}/learn?article=R2&step=8")
    expect(page.get_by_text(text("articles.no_own_run"))).to_be_visible()
    page.goto(f"{lab.url}/learn?article=R2&step=9")
    expect(page.get_by_text(text("articles.answers_bundled"))).to_be_visible()
    settle(page)
    expect(page.get_by_text(text("articles.answers_own", run="|", dataset="|").split("|")[0])).to_have_count(0)
    expect_no_failure(page)


def test_no_line_of_code_in_a_tutorial_is_cut_off(page, lab):
    for step in (1, 2, 6, 7):
        page.goto(f"{lab.url}/learn?article=R2&step={step}")
        settle(page)
        code = page.get_by_test_id("stCode").locator("pre").first
        expect(code).to_be_visible()
        assert code.evaluate("pre => pre.scrollWidth <= pre.clientWidth + 1"), step
