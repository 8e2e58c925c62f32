"""Controls do what they say: zoom, Start, the explained value, and changes that come too late."""

import pytest
from lab_in_browser import (
    button,
    choose,
    end_runs,
    expect_no_failure,
    expect_state,
    open_page,
    served,
    settle,
    start_run,
    until,
)
from playwright.sync_api import expect

from cnn_core import DATASETS
from ui.text import text

pytestmark = pytest.mark.browser

RANGES = "plot => [plot._fullLayout.xaxis.range.map(Number), plot._fullLayout.yaxis.range.map(Number)]"
DIGITS = DATASETS["digits"].title
ARITHMETIC = ".st-key-layers-arithmetic"


@pytest.fixture(scope="module")
def fresh_lab(tmp_path_factory):
    """A server without runs of one's own, whose last one Train would show."""
    with served(tmp_path_factory.mktemp("fresh")) as server:
        yield server


@pytest.mark.parametrize("number", [0, 1])
def test_a_double_click_resets_the_zoom_of_a_finished_run(fresh_lab, page, number):
    open_page(page, fresh_lab, "train")  # shows the bundled run
    plot = page.locator(".cnn-plot").nth(number)
    until(lambda: plot.get_attribute("data-points") not in (None, "0"), "a curve")
    plot.scroll_into_view_if_needed()
    settle(page)
    before = plot.evaluate(RANGES)
    area = plot.locator(".nsewdrag").first.bounding_box()
    for _ in range(2):
        page.mouse.move(area["x"] + 0.2 * area["width"], area["y"] + 0.3 * area["height"])
        page.mouse.down()
        page.mouse.move(area["x"] + 0.6 * area["width"], area["y"] + 0.8 * area["height"], steps=8)
        page.mouse.up()
        until(lambda: plot.evaluate(RANGES) != before, "the drag zooms in")
        plot.locator(".nsewdrag").first.dblclick()
        until(lambda: plot.evaluate(RANGES) == before, "the whole curve is shown again")


def test_start_folds_the_settings_and_scrolls_to_the_new_run(lab, page):
    open_page(page, lab, "train")
    page.get_by_text(text("setup.tweak"), exact=True).click()
    settle(page)
    start_run(page, "R5", 300, dataset=DIGITS)
    expect(page.get_by_text(text("states.running"))).to_be_visible()
    expect(page.locator(".cnn-plot").first).to_be_in_viewport()
    expect(page.locator(".st-key-live-head")).to_be_in_viewport()
    expect(page.get_by_role("spinbutton", name="Filters").first).not_to_be_visible()
    expect_no_failure(page)


def test_curves_of_the_run_before_go_as_soon_as_the_new_runs_heading_is_there(lab, page):
    open_page(page, lab, "train")
    start_run(page, "R5", 12, dataset=DIGITS)
    until(lambda: lab.own_runs and lab.own_runs[0].state == "completed", "a run of one's own")
    expect_state(page, "completed")
    old = lab.own_runs[0].id
    page.evaluate(
        """() => {
            window.mixed = 0;
            const badge = () => document.querySelector(".st-key-live-head .stMarkdownBadge")?.innerText || "";
            const done = badge();
            const look = () => {
                const plot = document.querySelector(".cnn-plot");
                const shown = plot?.checkVisibility({ visibilityProperty: true }) ? plot.data || [] : [];
                const isNew = badge() !== done;
                if (isNew && !window.curves) {
                    const isOld = shown.some((trace) => trace.meta?.key === "watched" && trace.y.length > 10);
                    if (isOld) window.mixed += performance.now() - (window.looked || performance.now());
                    else if (plot) window.curves = true;
                }
                window.looked = performance.now();
                if (!window.curves) requestAnimationFrame(look);
            };
            look();
        }"""
    )
    button(page, "train.start").click()
    until(lambda: lab.own_runs[0].id != old, "another run")
    until(lambda: page.evaluate("window.curves"), "its own curves")
    assert page.evaluate("window.mixed") < 200, "milliseconds that both were in view"
    end_runs(lab)


def test_an_optimizer_change_in_the_last_epoch_is_refused_with_the_remedy(lab, page):
    open_page(page, lab, "train")
    choose(page, text("setup.dataset"), DIGITS)
    page.get_by_role("spinbutton", name="Epochs").fill("1")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    settle(page)
    button(page, "train.start_paused").click()
    expect_state(page, "paused")
    page.get_by_test_id("stPopoverButton").filter(has_text=text("steer.change")).click()
    expect(page.get_by_test_id("stPopoverBody").get_by_text(text("steer.last_epoch"))).to_be_visible()
    apply = page.get_by_test_id("stPopoverBody").get_by_role("button", name=text("steer.apply_optimizer"))
    expect(apply).to_be_disabled()
    page.get_by_role("button", name=text("steer.add_epochs")).click()
    expect(apply).to_be_enabled()
    expect_no_failure(page)


def test_the_arithmetic_stays_in_view_with_the_training_step_open(lab, page, keep_picture):
    open_page(page, lab, "layers")
    page.get_by_text(text("step.title"), exact=True).click()
    settle(page)
    microscope = page.locator(".microscope")
    expect(microscope.locator(".check")).to_be_visible()
    room, shown = (page.locator(x).bounding_box()["height"] for x in (".st-key-layers-microscope", ".microscope"))
    assert room >= shown - 1 > 200, "the whole arithmetic has room"
    assert page.locator(ARITHMETIC).count() == 1
    keep_picture(page, "open")


def test_the_training_slider_keeps_the_explained_cell(lab, page):
    open_page(page, lab, "layers")
    title = page.locator(".microscope h4")
    expect(title).to_be_visible()
    before, check = title.inner_text(), page.locator(".microscope .check")
    slider = page.get_by_role("slider", name=text("layers.moment"))
    for key in ("Home", "ArrowRight", "ArrowRight"):
        model = check.get_attribute("data-model")
        slider.press(key)
        expect(check).not_to_have_attribute("data-model", model)
        settle(page)
        assert title.inner_text() == before


def test_the_last_entry_of_the_layer_menu_can_be_clicked(lab, page):
    open_page(page, lab, "design")
    page.get_by_role("button", name=text("design.add_more")).last.click()
    menu = page.get_by_test_id("stPopoverBody")
    expect(menu).to_be_visible()
    box = menu.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 800
    menu.get_by_role("button", name=text("kinds.RandomContrast")).click()
    expect(page.get_by_role("button").filter(has_text="RandomContrast").first).to_be_visible()
    expect_no_failure(page)


def test_the_tip_of_a_tiny_probability_is_its_value_and_not_zero(lab, page):
    open_page(page, lab, "layers")
    page.locator(".overview section").first.wait_for()
    marks = page.locator('.overview section[data-layer="dense2"] .marks')
    marks.scroll_into_view_if_needed()
    box = marks.bounding_box()
    seen = set()
    for x in range(2, int(box["width"]), 4):
        marks.hover(position={"x": x, "y": box["height"] / 2})
        seen.add(page.locator(".overview .tip").inner_text())
    values = {float(tip.rsplit(":", 1)[1]) for tip in seen if ":" in tip}
    assert len(values) == 10
    assert 0 < min(values) < 1e-4
