"""Compare: two networks race on the same images, and one image on which they differ is opened in Layers."""

import os

import pytest
from lab_in_browser import button, choose, expect_no_failure, expect_page, fill, open_page, settle, until
from playwright.sync_api import expect

from cnn_core import DATASETS
from cnn_core.comparison.race import RaceConfig
from cnn_core.experiment.training import TrainingConfig
from ui.text import text

pytestmark = pytest.mark.browser

EPOCHS = int(os.environ.get("CNN_LAB_EPOCHS", "6"))


def points(page):
    """How many are drawn in the chart of the accuracy, by the hidden traces too."""
    return int(page.locator(".cnn-curves .cnn-plot").first.get_attribute("data-points") or 0)


def start_race(page):
    page.get_by_text(text("compare_race.open"), exact=True).click()
    choose(page, text("setup.dataset"), DATASETS["digits"].title)
    page.get_by_role("slider", name=RaceConfig.model_fields["seeds"].title).press("Home")  # one each
    settle(page)
    page.get_by_role("button", name=text("compare_race.shared_epochs"), exact=True).click()
    fill(page, TrainingConfig.model_fields["epochs"].title, EPOCHS)
    button(page, "compare_race.start", count=2).click()


def test_a_race_runs_to_its_verdict_and_details(lab, page, keep_picture):
    open_page(page, lab, "compare")
    start_race(page)
    stop = button(page, "compare_race.stop_all")
    expect(stop).to_be_visible()
    early = until(lambda: points(page), "a first point")
    keep_picture(page, "early")
    until(lambda: points(page) > early + 10 or not stop.count(), "curves that grow, unless the first were the last")
    expect(stop).to_have_count(0, timeout=120_000)
    keep_picture(page, "at the end")
    verdict = page.get_by_role("heading", level=4).first
    for name in ("R2", "R5"):
        expect(verdict).to_contain_text(name)

    page.get_by_role("tab", name=text("compare.tab_disagreements")).click()
    tile = page.locator(".tiles button").nth(1)
    tile.click()
    expect(tile).to_have_attribute("aria-pressed", "true")
    settle(page)
    index = tile.get_attribute("aria-label")
    button(page, "disagreements.to_layers").click()
    expect_page(page, "layers")
    number = page.get_by_role("spinbutton", name=text("layers.index"))
    expect(number).to_be_visible()
    assert number.input_value() in index
    expect_no_failure(page)
