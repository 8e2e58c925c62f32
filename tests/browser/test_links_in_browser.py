"""A link that one visitor copies shows another visitor the same drawing and settings."""

import pytest
from lab_in_browser import draw, expect_answer, expect_page, ink_on, open_page, settle, until, visitor

from ui.text import text

pytestmark = pytest.mark.browser


def test_a_copied_link_shows_another_visitor_the_same_drawing_and_tab(lab, browser, page):
    open_page(page, lab, "draw")
    draw(page, 3)
    expect_answer(page, 3)
    ink = ink_on(page)
    page.get_by_role("tab", name=text("draw.tab_robustness")).click()
    settle(page)
    page.get_by_test_id("stSidebar").get_by_role("button", name=text("links.copy")).click()
    link = page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").inner_text().strip()
    assert page.get_by_text(text("links.local")).is_visible()

    with visitor(browser) as other:
        opened = other.new_page()
        opened.goto("".join(link.split()))
        expect_page(opened, "draw")
        expect_answer(opened, 3)
        until(lambda: abs(ink_on(opened) - ink) <= 0.05 * ink, "the drawing is there")
        tab = opened.get_by_role("tab", name=text("draw.tab_robustness"))
        assert tab.get_attribute("aria-selected") == "true"
