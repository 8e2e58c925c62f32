"""What a visitor drew, designed and set survives page changes, reloads, a second tab, and a restart of the server."""

from urllib.parse import urlsplit

import pytest
from lab_in_browser import (
    button,
    draw,
    expect_answer,
    expect_page,
    fill,
    go_by_menu,
    ink_on,
    open_page,
    served,
    settle,
    title_of,
    until,
)
from playwright.sync_api import expect

from ui.text import text

pytestmark = pytest.mark.browser


def epochs_box(page):
    return page.get_by_role("spinbutton", name=title_of("epochs"))


def until_drawn(page, wanted):
    settle(page)
    until(lambda: abs(ink_on(page) - wanted) <= 0.05 * wanted, "the drawing is there")


def test_a_drawing_survives_page_changes_and_a_reload_and_can_be_undone(lab, page):
    open_page(page, lab, "draw")
    draw(page, 3)
    expect_answer(page, 3)
    ink = ink_on(page)
    go_by_menu(page, "layers")
    go_by_menu(page, "draw")
    until_drawn(page, ink)
    page.reload()
    expect_page(page, "draw")
    until_drawn(page, ink)
    expect_answer(page, 3)
    button(page, "draw.undo").click()
    until(lambda: ink_on(page) == 0, "the blank canvas is back")


def test_settings_survive_a_reload_and_another_tab_is_notified(lab, context, page):
    open_page(page, lab, "train")
    fill(page, title_of("epochs"), 7)
    page.reload()
    expect_page(page, "train")
    expect(epochs_box(page)).to_have_value("7")

    second = context.new_page()
    open_page(second, lab, "train")
    expect(epochs_box(second)).to_have_value("7")
    fill(second, title_of("epochs"), 9)
    page.bring_to_front()
    page.get_by_role("button", name=text("nav.load_other_tab")).click()
    expect(epochs_box(page)).to_have_value("9")


def test_a_restarted_server_gives_everything_back_to_an_open_page(tmp_path, page):
    with served(tmp_path) as server:
        open_page(page, server, "train")
        fill(page, title_of("epochs"), 6)
        go_by_menu(page, "draw")
        draw(page, 7)
        expect_answer(page, 7)
        ink = ink_on(page)
        until(lambda: list((server.runs_dir / ".visitors").glob("*.json")), "the state is written")
        settle(page)
        page.evaluate("document.body.dataset.server = 'old'")
    with served(tmp_path, port=urlsplit(server.url).port):
        expect(page.locator("body:not([data-server])")).to_be_attached()  # the page has been loaded again
        expect_page(page, "draw")
        until_drawn(page, ink)
        go_by_menu(page, "train")
        expect(epochs_box(page)).to_have_value("6")
