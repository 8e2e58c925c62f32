"""Several people draw at once on one server: each is given the own answer, stroke by stroke."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from lab_in_browser import expect_answer, open_page

from benchmarks import sessions
from benchmarks.sessions import plan_work, visit
from ui.text import text

pytestmark = pytest.mark.browser


def test_six_concurrent_visitors_get_their_own_predictions(lab, page, monkeypatch):
    monkeypatch.setattr(sessions, "_PAUSE_S", (0.02, 0.2))
    open_page(page, lab, "draw")
    page.get_by_test_id("stMain").get_by_test_id("stPopoverButton").first.click()
    page.get_by_role("button", name="3", exact=True).click()
    expect_answer(page, 3)  # TensorFlow is there
    work = plan_work(6, 2)
    answers = {id(strokes[-1]): text("answer.is", label=strokes[-1].digit) for digits in work for strokes in digits}
    with ThreadPoolExecutor() as thread:  # Playwright has a loop of its own in this one
        outcomes = thread.submit(lambda: asyncio.run(visit(lab.url, "draw", work, answers))).result()
    assert [mistake for outcome in outcomes for mistake in outcome.mistakes] == []
    assert sum(len(outcome.seconds) for outcome in outcomes) == sum(len(s) for digits in work for s in digits)
