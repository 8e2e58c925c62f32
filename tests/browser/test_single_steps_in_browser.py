"""Training step by step, and the setup that a remedy prepares, in a real browser."""

import pytest
from lab_in_browser import button, choose, expect_no_failure, expect_state, open_page, settle, stop_run, title_of
from playwright.sync_api import expect

from cnn_core import DATASETS, find_recipe
from ui.text import text

pytestmark = pytest.mark.browser


def test_a_run_is_trained_batch_by_batch_with_kernels_gradients_and_images_in_view(page, lab):
    recipe = find_recipe("R5")
    open_page(page, lab, "train")
    choose(page, text("setup.recipe"), f"{recipe.short} · {recipe.title}")
    choose(page, text("setup.dataset"), DATASETS["digits"].title)
    button(page, "train.start_paused").click()
    expect_state(page, "paused")
    expect(page.get_by_text(text("stepping.untrained"))).to_be_visible()
    table = page.get_by_role("table").filter(has_text=text("stepping.layer"))
    for step in (1, 2):
        button(page, "steer.step_batch").click()
        place = text("stepping.place", epoch=1, step=step, loss="x", accuracy="x").split(":")[0]
        expect(page.get_by_text(place)).to_be_visible()
        expect(page.get_by_text(text("live.step", step=step, steps=47))).to_be_visible()
        expect(button(page, "steer.step_batch")).to_be_enabled()
    expect(table.get_by_role("row")).to_have_count(1 + 3)  # three layers have kernels
    expect(page.locator("table code").first).to_have_text("conv1")
    expect(page.locator(".pictures [role=listitem]").first).to_be_visible()
    button(page, "steer.step_epoch").click()
    expect(page.get_by_text(text("live.epoch", epoch=2, epochs=5)).first).to_be_visible()
    expect_state(page, "paused")
    expect_no_failure(page)
    stop_run(page)


def test_a_remedy_prepares_the_setup_and_the_run_can_then_be_started(page, lab):
    open_page(page, lab, "train")
    recipe = find_recipe("R5")
    choose(page, text("setup.recipe"), f"{recipe.short} · {recipe.title}")
    choose(page, text("setup.dataset"), DATASETS["digits"].title)
    rate = page.get_by_role("spinbutton", name=title_of("learning_rate"))
    rate.fill("2")
    rate.press("Enter")
    settle(page)
    button(page, "train.start").click()
    remedy = page.get_by_test_id("stBaseButton-secondary").filter(has_text=text("remedies.learning_rate", rate=0.001))
    remedy.first.click()
    expect(page.get_by_role("spinbutton", name=title_of("learning_rate"))).to_have_value("0.001")
    expect(page.get_by_role("combobox", name=text("setup.recipe")).first).to_have_value(text("setup.own_design"))
    expect_no_failure(page)
