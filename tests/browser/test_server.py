"""All requests stay on the server, which also works below a path prefix; browser tabs name the page."""

import re
from urllib.parse import urlsplit

import pytest
from lab_in_browser import expect_state, open_page, points, served, start_run, stop_run, until, visitor
from playwright.sync_api import expect

from cnn_core import DATASETS
from ui.shared.navigation import PAGES
from ui.text import text

pytestmark = pytest.mark.browser

SCHEMES = ("http", "https", "ws", "wss")


def errors_of(context):
    """Console errors, without those of Streamlit's search for its own prefix when a page other than Home is opened."""
    return [error for error in context.complaints if "/_stcore/" not in error]


@pytest.fixture
def hosts(context):
    """The hosts that the visitor's pages requested something from."""
    asked = set()

    def note(url):
        parts = urlsplit(url)
        if parts.scheme in SCHEMES:
            asked.add(parts.netloc)

    context.on("request", lambda request: note(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: note(socket.url)))
    return asked


def test_no_page_requests_anything_from_another_host(lab, context, hosts):
    page = context.new_page()
    for name in PAGES:
        open_page(page, lab, name)
    assert hosts == {urlsplit(lab.url).netloc}
    assert not errors_of(context)


def test_the_browser_tab_names_the_page_and_has_an_icon(lab, page):
    for name in ("train", "compare"):
        open_page(page, lab, name)
        expect(page).to_have_title(text("nav.tab_title", page=text(f"nav.{name}"), app=text("nav.app")))
        expect(page.locator('link[rel="shortcut icon"]')).to_have_attribute("href", re.compile("^data:image/svg"))


def test_charts_and_the_live_feed_work_below_a_path_prefix(tmp_path, browser):
    with served(tmp_path, base="/lab") as server, visitor(browser) as context:
        page = context.new_page()
        for name in PAGES:
            open_page(page, server, name)
        assert not errors_of(context)
        open_page(page, server, "train")
        start_run(page, "dense-baseline", epochs=1000, dataset=DATASETS["digits"].title)
        expect_state(page, "running")
        until(lambda: points(page) > 3, "points from the live feed")
        stop_run(page)
        assert not errors_of(context)
