"""Design in a real browser: R2 from nothing by clicking, a mistake mended by its button, then trained."""

import re

from lab_in_browser import (
    button,
    choose,
    expect_state,
    fill,
    open_page,
    settle,
    stop_run,
    until,
    until_curve_has_more_than,
)
from playwright.sync_api import expect

from cnn_core.data.datasets.catalog import DATASETS
from ui.text import text


def rows(page):
    return page.locator(".rows button")


def add(page, kind):
    count = rows(page).count()
    button(page, f"kinds.{kind}").click()
    expect(rows(page)).to_have_count(count + 1)
    settle(page)


def total(page):
    return page.get_by_test_id("stMetric").filter(has_text=text("design.parameters")).get_by_test_id("stMetricValue")


def test_r2_is_built_broken_repaired_and_trained_by_clicking(page, lab):
    open_page(page, lab, "design")
    choose(page, text("design.start_from"), text("starters.from-nothing"))
    button(page, "design.load").click()
    expect(rows(page)).to_have_count(2)
    for position, kind in enumerate(("Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Conv2D", "Dense")):
        add(page, kind)
        if kind == "Conv2D" and position > 0:
            fill(page, "Filters", 64)
    expect(total(page)).to_have_text("93,322")

    rows(page).filter(has_text="conv3").click()
    slider = page.get_by_role("slider", name="Kernel size")
    for size in range(4, 8):
        slider.press("ArrowRight")
        expect(rows(page).filter(has_text="conv3")).to_contain_text(f"{size}×{size}")
        settle(page)
    expect(page.get_by_text("conv3: a 7×7 window does not fit its 5×5 input")).to_be_visible()
    button(page, "fixes.shrink", field="kernel_size", layer="conv3", size=5).click()
    expect(total(page)).not_to_have_text("–")
    for _ in range(5):
        button(page, "design.undo").click()
        settle(page)
    expect(total(page)).to_have_text("93,322")

    button(page, "design.train").click()
    expect(page.get_by_role("combobox", name=text("setup.recipe"))).to_have_value(text("setup.own_design"))
    choose(page, text("setup.dataset"), DATASETS["digits"].title)
    fill(page, "Epochs", 100)
    button(page, "train.start").click()
    until_curve_has_more_than(page, 3)
    stop_run(page)
    expect_state(page, "stopped")
    assert lab.own_runs[0].parameters == 93_322


def test_the_window_animates_pauses_and_steps(page, lab):
    open_page(page, lab, "design")
    window = page.locator(".window")
    window.scroll_into_view_if_needed()
    at = lambda: int(window.get_attribute("data-at"))  # noqa: E731
    first = at()
    until(lambda: at() != first, "the window to move")
    window.get_by_role("button", name=text("window.pause")).click()
    still = at()
    window.get_by_role("button", name=text("window.step")).click()
    assert at() == still + 1
    window.get_by_role("button", name=text("window.end")).click()
    expect(window.locator(".sum")).to_have_text(re.compile("= "))
    window.get_by_role("combobox").select_option(label=text("window.identity"))
    expect(window.locator(".kernel input").nth(4)).to_have_value("1")
