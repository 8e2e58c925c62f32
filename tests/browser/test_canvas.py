"""The sheet of paper: what was drawn can be taken back, and comes along."""

import pytest
from lab_in_browser import (
    button,
    canvas,
    draw,
    draw_stroke,
    expect_answer,
    go_by_menu,
    ink_on,
    open_page,
    settle,
    until,
)
from playwright.sync_api import expect

from ui.text import text

pytestmark = pytest.mark.browser

NEARLY = 0.05  # a canvas mounted again may smooth a stroke's edge differently


def until_ink_is(page, wanted):
    settle(page)
    until(lambda: abs(ink_on(page) - wanted) <= NEARLY * wanted, f"about {wanted} dark pixels")


def press(page, key):
    expect(button(page, key)).to_be_enabled()
    button(page, key).click()


def test_undo_redo_and_clear(lab, page):
    open_page(page, lab, "home")
    draw(page, 4, slice(0, 1))
    expect_answer(page)
    one = ink_on(page)
    draw(page, 4, slice(1, 2))
    expect_answer(page, 4)
    two = ink_on(page)
    assert two > one > 0

    press(page, "draw.undo")
    until_ink_is(page, one)
    press(page, "draw.redo")
    until_ink_is(page, two)
    press(page, "draw.clear")
    until_ink_is(page, 0)
    expect(page.get_by_text(text("answer.blank"))).to_be_visible()
    press(page, "draw.undo")
    until_ink_is(page, two)
    expect_answer(page, 4)


def test_the_drawing_is_kept_and_can_be_continued(lab, page):
    open_page(page, lab, "home")
    draw(page, 4, slice(0, 1))
    expect_answer(page)
    one = ink_on(page)

    go_by_menu(page, "draw")
    expect(canvas(page)).to_be_visible()
    until_ink_is(page, one)
    draw(page, 4, slice(1, 2))
    expect_answer(page, 4)
    two = ink_on(page)
    assert two > one

    go_by_menu(page, "home")
    until_ink_is(page, two)
    expect_answer(page, 4)


def test_the_package_shows_no_tools_of_its_own(lab, page):
    open_page(page, lab, "draw")
    draw(page, 3)
    canvas(page).hover()
    expect(page.locator(".dc-toolbar").first).to_be_hidden()


def test_the_eraser_leaves_no_ink_that_counts(lab, page):
    open_page(page, lab, "draw")
    draw_stroke(page, [(0.1, 0.1), (0.4, 0.1)], steps=4)
    until(lambda: ink_on(page) > 0, "the stroke is drawn")
    page.get_by_text(text("draw.tool_eraser"), exact=True).click()
    settle(page)
    expect(page.get_by_role("radio", name=text("draw.tool_eraser"))).to_be_checked()
    settle(page)
    draw_stroke(page, [(0.08, 0.1), (0.42, 0.1)], steps=4)
    expect(page.get_by_text(text("answer.blank"))).to_be_visible()
