"""Every page has an address of its own that works for whoever comes first; test_small_screen opens each by it."""

import pytest
from lab_in_browser import expect_page, go_by_menu, open_page, served

from ui.shared.navigation import PAGES

NAMES = tuple(PAGES)

pytestmark = pytest.mark.browser


def test_the_first_request_of_a_fresh_server_opens_the_page_it_names(tmp_path, page):
    with served(tmp_path) as server:
        open_page(page, server, "layers")


def test_the_menu_opens_every_page_and_back_returns(lab, page):
    open_page(page, lab, "home")
    for name in NAMES[1:]:
        go_by_menu(page, name)
        assert page.url.partition("?")[0] == lab.address(name)
    page.go_back()
    expect_page(page, NAMES[-2])
