"""A run goes on whatever the visitor does."""

import re

import pytest
from lab_in_browser import (
    draw,
    expect_answer,
    expect_no_failure,
    expect_state,
    go_by_menu,
    open_page,
    start_run,
    stop_run,
    until,
)
from playwright.sync_api import expect

from ui.text import text

pytestmark = pytest.mark.browser


def epoch_shown(page, epochs):
    """The epoch that the progress bar tells, of a run of that many epochs."""
    sentence = re.escape(text("live.epoch", epoch="EPOCH", epochs=epochs)).replace("EPOCH", r"(\d+)")
    words = page.get_by_text(re.compile(sentence))
    expect(words.first).to_be_visible()
    return int(re.search(sentence, words.first.inner_text()).group(1))


def test_leaving_reloading_and_a_second_tab_lose_nothing(lab, page, context):
    epochs = 401  # a number that tells this run from others
    open_page(page, lab, "train")
    start_run(page, "R5", epochs)
    first = epoch_shown(page, epochs)

    go_by_menu(page, "home")
    draw(page, 3)
    expect_answer(page, 3)
    go_by_menu(page, "train")
    after_a_walk = epoch_shown(page, epochs)
    assert after_a_walk >= first

    page.reload()
    after_a_reload = epoch_shown(page, epochs)
    assert after_a_reload >= after_a_walk
    expect_state(page, "running")

    tab = context.new_page()
    open_page(tab, lab, "train")
    assert epoch_shown(tab, epochs) >= after_a_reload
    until(lambda: epoch_shown(page, epochs) > after_a_reload, "the first tab moves on as well")
    assert len([run for run in lab.own_runs if run.is_active]) == 1

    stop_run(tab)
    expect_state(page, "stopped")
    assert not [run for run in lab.own_runs if run.is_active]
    expect_no_failure(page)
    expect_no_failure(tab)
