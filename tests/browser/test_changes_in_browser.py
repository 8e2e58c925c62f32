"""A page runs again when what it shows has changed, not on a timer; no such rerun undoes a change of page."""

import pytest
from lab_in_browser import button, expect_no_failure, expect_page, expect_state, go_by_menu, open_page
from playwright.sync_api import expect

from cnn_core import RunStore, find_recipe
from cnn_core.runs.store import DEFAULT_RUN
from ui.layers.moments import list_moments
from ui.text import text

pytestmark = pytest.mark.browser

PLAN = {"epochs": 900, "first_epoch": 1, "steps_per_epoch": 10, "samples": 1000, "parameters": 7, "watched": "test"}
QUESTION = "/cnn-lab/changes/"


class RunByHand:
    """A run whose worker is this test."""

    def __init__(self, runs_dir):
        self.folder = RunStore(runs_dir).create(find_recipe("dense-baseline").experiment.on_dataset("digits"))
        self.lock = self.folder.lock()
        self.lock.acquire()
        self.writer = self.folder.writer()
        self.state = ""
        self.switch()
        self.writer.emit("plan", **PLAN)

    def switch(self):
        """From running to paused or back."""
        self.state = "paused" if self.state == "running" else "running"
        self.writer.emit("state", state=self.state)

    def batch(self, step):
        self.writer.emit("batch", epoch=1, step=step, samples=100 * step, loss=1.0, accuracy=0.5, learning_rate=0.001)

    def end(self):
        self.writer.emit("state", state="stopped")
        self.lock.release()


@pytest.fixture
def run(lab):
    run = RunByHand(lab.runs_dir)
    yield run
    run.end()


def requested_pages(page):
    """The page that each request for a rerun named, oldest first."""
    (journal,) = page.context.journals
    return [line.split("page=")[1].split(" ")[0] for line in journal.lines if "> rerun_script" in line]


def reruns(page):
    return len(requested_pages(page))


def answer_with(page, status):
    return page.expect_response(lambda answer: QUESTION in answer.url and answer.status == status)


def test_an_unchanged_page_asks_but_does_not_run_again(lab, page, run):
    open_page(page, lab, "train")
    expect_state(page, "running")
    before = reruns(page)
    for step in range(1, 4):
        run.batch(step)  # curves and bars fetch it themselves
        with answer_with(page, 204):
            pass
    assert reruns(page) == before
    run.switch()
    expect_state(page, "paused")
    assert reruns(page) > before
    expect_no_failure(page)


def test_the_queue_follows_a_run_and_rests_with_it(lab, page, run):
    open_page(page, lab, "runs")
    with answer_with(page, 204):
        pass
    before = reruns(page)
    with answer_with(page, 204), answer_with(page, 204):
        pass
    assert reruns(page) == before
    run.batch(5)
    expect(page.locator(".course i")).to_have_attribute("style", "width:0.1%")
    run.switch()
    expect(page.locator(".run.line")).to_contain_text(text("states.paused"))


def test_play_moves_on_by_itself_and_stops_at_the_end(lab, page):
    open_page(page, lab, "layers")
    expect(page.locator(".overview canvas.maps").first).to_be_visible()
    play = button(page, "layers.play")
    play.click()
    expect(button(page, "layers.pause")).to_be_visible()
    before = reruns(page)
    expect(play).to_be_visible()
    moments = list_moments(RunStore(lab.runs_dir).find(DEFAULT_RUN))
    assert reruns(page) - before >= len(moments) - 3  # each one requested by the component, some before the count
    expect(page.get_by_text(text("layers.moment_final"), exact=True).first).to_be_visible()
    expect_no_failure(page)


def test_a_change_on_the_server_does_not_undo_a_change_of_page(lab, page, run):
    open_page(page, lab, "train")
    orders = {
        "runs": "the page changes first",
        "compare": "the run changes first",
        "home": "a rerun is requested first",
    }
    for name, order in orders.items():
        expect_state(page, run.state)
        page.context.journals[0].lines.clear()
        link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=text(f"nav.{name}"))
        if order == "the run changes first":
            run.switch()
        elif order == "a rerun was requested":
            with answer_with(page, 200):
                run.switch()
        link.click()
        if order == "the page changes first":
            run.switch()
        expect_page(page, name)
        requested = requested_pages(page)
        new = requested[-1]
        assert set(requested[requested.index(new) :]) == {new}  # none for the page that was left
        go_by_menu(page, "train")
