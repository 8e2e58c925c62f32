"""A browser shows names as the plain text that they are: no link, image, HTML, icon or math, and no request."""

import json
import shutil
from pathlib import Path

import pytest
from lab_in_browser import open_page, served, settle
from playwright.sync_api import expect

from cnn_core.runs.labels import change_labels
from ui.text import text

pytestmark = pytest.mark.browser

COMPLETED = Path(__file__).parents[1] / "core" / "runs" / "format_1" / "completed"
NAME = "![p](http://198.51.100.7/n.png) [c](http://198.51.100.7/) <b>x</b> **y**"
JOINER = "\N{WORD JOINER}"
NAMES = (
    NAME,
    "<img src=x onerror=alert(1)>",
    "**bold** *it* __b__ _i_ ~~s~~ `code`",
    "$x^2$ $$y$$",
    ":red[colored] :blue-badge[x] :small[x]",
    ":material/home: :smile: :streamlit:",
    "http://evil.example/x www.evil.example me@evil.example <http://evil.example> mailto:me@e.example",
    "# head",
    "- item",
    "1. item",
    "> quote",
    "| a | b |",
    "a->b <- -- >= <= ~= <->",
    "&amp; &lt;",
    "---",
    "[^1] [x]: http://e.example",
)
ACTIVE = "a, img, em, code, del, .katex, h1, h2, li, blockquote, table, strong strong, [data-testid=stIconMaterial]"


@pytest.fixture
def requests(context):
    """Addresses outside of this computer that a page asked for."""
    asked = []

    def note(request):
        if request.url.startswith("http") and "127.0.0.1" not in request.url:
            asked.append(request.url)

    context.on("request", note)
    return asked


def test_streamlit_shows_each_escaped_name_as_written(tmp_path, page):
    script, root = Path(__file__).with_name("names_app.py"), Path(__file__).parents[2]
    with served(tmp_path, script=str(script), NAMES=json.dumps(NAMES), PYTHONPATH=str(root)) as server:
        page.goto(server.url)
        expect(page.locator(f".st-key-error-{len(NAMES) - 1}")).to_be_visible()
        settle(page)
        for number, name in enumerate(NAMES):
            sentence = f"Run {name} is complete."
            for place in ("text", "bold", "sentence", "button", "error"):
                shown = sentence if place == "sentence" else name
                part = page.locator(f".st-key-{place}-{number}")
                assert part.text_content().replace(JOINER, "").strip() == shown, (place, name)
                assert part.locator(ACTIVE).count() == 0, (place, name)


def test_a_run_with_a_hostile_name_is_text_on_the_pages_and_requests_nothing(lab, page, requests):
    folder = lab.runs_dir / "20000101-000000-hostile-0000"
    shutil.copytree(COMPLETED, folder)
    change_labels(folder, name=NAME)
    try:
        for name in ("train", "compare", "layers", "draw", "runs"):
            open_page(page, lab, name)
            assert page.locator("a[href*='198.51'], img[src*='198.51']").count() == 0
        row = page.locator(f".st-key-runs-row-{folder.name}")
        expect(row.locator("b").filter(has_text=NAME)).to_be_visible()
        row.get_by_test_id("stCheckbox").locator("label").click()
        settle(page)
        page.get_by_role("button", name=text("runs.delete", count=1)).click()
        deleted = page.get_by_test_id("stBottom").get_by_test_id("stMarkdown").filter(has_text="![p]")
        expect(deleted).to_be_visible()
        assert deleted.locator("a, img").count() == 0
        page.get_by_role("button", name=text("runs.undo")).click()
        expect(row).to_be_visible()
        assert requests == []
    finally:
        shutil.rmtree(folder, ignore_errors=True)
