"""Random actions on all pages, with a fixed seed: nothing fails, and a reload keeps the state.

`CNN_LAB_RANDOM_ACTIONS=1000` runs more of them than the default.
"""

import os
import random

import pytest
from lab_in_browser import canvas, expect_no_failure, go_by_menu, open_page, served, settle
from playwright.sync_api import Error, TimeoutError

from ui.shared.navigation import PAGES

pytestmark = pytest.mark.browser

ACTIONS = int(os.environ.get("CNN_LAB_RANDOM_ACTIONS", "60"))
SEED = 20261201
QUICK_MS = 4000  # an element may have been replaced meanwhile; then the next action follows
LIMITS = {"CNN_LAB_MAX_EPOCHS": "1", "CNN_LAB_MAX_WAITING": "2"}  # runs that are started end soon
NUMBERS = ("", "0", "1", "2", "7", "-5", "0.5", "99999", "1e9")
TEXTS = ("", "r2", "我的网络", "_x", "(test)", "![p](http://198.51.100.7/n.png)", "\u202eabc", "a\nb")
INPUTS = '[data-testid="stMain"], [role="dialog"], [data-testid="stPopoverBody"]'
WIDGETS = ", ".join(
    f":is({INPUTS}) {widget}"
    for widget in (
        "button:not([disabled])",
        "summary",
        "[role=tab]",
        "[role=slider]",
        "label[data-baseweb=checkbox]",
        "label[data-baseweb=radio]",
        "input:not([type=file]):not([disabled])",
        "textarea",
        "canvas.upper-canvas",
        "g.block",
        '[data-testid="stPageLink"] a',
    )
)
# What the visitor chose, as far as it can be seen: values of widgets by label, the open tabs, ink on the canvas.
STATE = """() => {
    const main = document.querySelector('[data-testid="stMain"]'), state = {};
    const note = (name, value) => { (state[name] ??= []).push(value); };
    for (const input of main.querySelectorAll("input:not([type=file]), textarea")) {
        const label = input.getAttribute("aria-label");
        if (label) note(label, input.type === "checkbox" || input.type === "radio" ? input.checked : input.value);
    }
    for (const tab of main.querySelectorAll('[role=tab][aria-selected="true"]')) note("tab", tab.textContent);
    for (const slider of main.querySelectorAll("[role=slider]"))
        note(slider.getAttribute("aria-label") ?? "slider", slider.getAttribute("aria-valuetext"));
    for (const sheet of main.querySelectorAll("canvas.dc-canvas.lower-canvas")) {
        const pixels = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height).data;
        note("ink", pixels.some((value, place) => place % 4 === 3 && value > 128 && pixels[place - 1] < 128));
    }
    return state;
}"""


def test_random_actions_cause_no_failure_and_a_reload_keeps_the_state(browser, context, page, tmp_path):
    chance = random.Random(SEED)
    with served(tmp_path, **LIMITS) as server:
        open_page(page, server, "home")
        for number in range(ACTIONS):
            done = act(page, chance, number)
            settle(page)
            try:
                expect_no_failure(page)
                assert not context.complaints, context.complaints
            except AssertionError as error:
                raise AssertionError(f"after action {number}: {done} on {page.url}") from error


def act(page, chance, number):
    """One random action; returns what it was."""
    kind = chance.choices(("widget", "menu", "reload", "back"), (84, 9, 5, 2))[0]
    if kind == "menu":
        name = chance.choice(tuple(PAGES))
        close_overlays(page)
        go_by_menu(page, name)
        return f"menu {name}"
    if kind == "reload":
        return reload(page)
    if kind == "back":
        page.go_back()
        return "back"
    widgets = [widget for widget in page.query_selector_all(WIDGETS) if widget.is_visible()]
    if not widgets:
        return "nothing to do"
    widget = chance.choice(widgets)
    try:
        return use(page, widget, chance)
    except Error as error:  # replaced by a rerun, or covered by a menu
        close_overlays(page)
        return f"missed ({error.message.splitlines()[0]})"


def use(page, widget, chance):
    role = widget.get_attribute("role") or widget.evaluate("node => node.type || node.tagName.toLowerCase()")
    label = widget.get_attribute("aria-label") or (widget.text_content() or "")[:40]
    widget.scroll_into_view_if_needed(timeout=QUICK_MS)
    if role == "slider":
        for _ in range(chance.randint(1, 4)):
            widget.press(chance.choice(("ArrowLeft", "ArrowRight", "Home", "End")), timeout=QUICK_MS)
    elif role == "number":
        fill(widget, chance.choice(NUMBERS))
    elif role in ("text", "textarea", "search"):
        fill(widget, chance.choice(TEXTS))
    elif role == "combobox":
        widget.click(timeout=QUICK_MS)
        options = page.get_by_role("option")
        if options.count():
            options.nth(chance.randrange(min(options.count(), 12))).click(timeout=QUICK_MS)
        page.keyboard.press("Escape")
    elif role == "canvas":
        draw_stroke(page, chance)
    else:
        widget.click(timeout=QUICK_MS)
    return f"{role} {label!r}"


def fill(widget, value):
    if widget.get_attribute("type") == "number" and value == "1e9":
        widget.focus()
        widget.press("Control+a", timeout=QUICK_MS)
        widget.type(value, timeout=QUICK_MS)
    else:
        widget.fill(value, timeout=QUICK_MS)
    widget.press("Enter", timeout=QUICK_MS)


def draw_stroke(page, chance):
    box = canvas(page).bounding_box(timeout=QUICK_MS)
    points = [(box["x"] + box["width"] * chance.random(), box["y"] + box["height"] * chance.random()) for _ in "123"]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=3)
    page.mouse.up()


def close_overlays(page):
    for _ in range(2):
        page.keyboard.press("Escape")


def reload(page):
    """Compares the state only where nothing is training, as a live page changes by itself."""
    close_overlays(page)
    settle(page)
    before, address = page.evaluate(STATE), page.url
    page.reload()
    settle(page)
    is_same = f"before => JSON.stringify(({STATE})()) === before"
    try:
        page.wait_for_function(is_same, arg=dumps(page, before), timeout=20_000)
    except TimeoutError:
        assert page.evaluate(STATE) == before  # shows the difference
    assert page.url.partition("?")[0] == address.partition("?")[0]
    return "reload"


def dumps(page, state):
    return page.evaluate("state => JSON.stringify(state)", state)
