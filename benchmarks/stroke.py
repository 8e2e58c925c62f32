"""From the pen's release to the answer in the page."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from itertools import cycle, islice

from playwright.sync_api import Browser, Page

from benchmarks.answer import OTHERS
from benchmarks.browser import CANVAS, VIEWPORT, draw_digit, open_chromium, open_page
from benchmarks.pairs import Pairs
from benchmarks.server import PEERS, Server, serve, serve_app
from cnn_core.experiment.recipes import find_recipe
from ui.text import text

_DIGITS = (3, 2, 0, 6, 7)  # of one stroke each
_WARM_UP = 2
_LOAD_TIMEOUT_S = 180.0
_WATCH = """
(pattern) => {
  const watch = (window.benchmark = { answer: new RegExp(pattern, "g"), count: 1, released: null, answered: null });
  addEventListener("pointerup", () => { watch.released = performance.now(); }, true);
  new MutationObserver(() => {
    if (watch.released === null || watch.answered !== null) return;
    const now = performance.now();
    const main = document.querySelector('[data-testid="stMain"]');
    if (main && (main.textContent.match(watch.answer) || []).length >= watch.count) watch.answered = now;
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}
"""
_RESET = "() => { window.benchmark.released = window.benchmark.answered = null; }"
_ANSWERED = "() => window.benchmark.answered !== null"
_TOOK_MS = "() => window.benchmark.answered - window.benchmark.released"


@dataclass(frozen=True)
class Sheet:
    """An open page with a canvas; `answer` matches the text that a drawing brings and a blank sheet has not."""

    page: Page
    answer: str
    clear: str

    def time_stroke(self, digit: int) -> float:
        """Seconds from release to answer, on a sheet that is blank before and after."""
        self.page.bring_to_front()
        self.page.evaluate(_RESET)
        draw_digit(self.page, digit)
        self.page.wait_for_function(_ANSWERED, timeout=30_000)
        milliseconds = float(self.page.evaluate(_TOOK_MS))
        self.page.wait_for_timeout(300)
        self.page.get_by_role("button", name=re.compile(f"{self.clear}$")).first.click()  # not "Clear all"
        gone = "(answer) => !new RegExp(answer).test(document.querySelector('[data-testid=\"stMain\"]').textContent)"
        self.page.wait_for_function(gone, arg=self.answer, timeout=30_000)
        self.page.mouse.move(2, 2)
        self.page.wait_for_timeout(700)  # the new canvas mounts and sends its blank sheet
        return milliseconds / 1000


def measure_stroke(pairs: int) -> list[Pairs]:
    one = Pairs("stroke to answer", "CNN Lab /draw", "canvas that is only echoed", target=1.25)
    four = Pairs("stroke to four models' answers", "CNN Lab /draw", "canvas that is only echoed", target=1.2)
    our_answer = re.escape(text("answer.is", label="#")).replace(r"\#", r"\d")
    with serve_app() as app, serve("run", str(PEERS / "echo_canvas.py")) as echo, open_chromium() as browser:
        ours = _open(browser, app, "/draw", our_answer, text("draw.clear"))
        peer = _open(browser, echo, "/", r"Ink \d", "Clear")
        wait_for_tensorflow(app)
        _alternate(one, peer, ours, pairs)
        _choose_others(ours)
        ours.page.evaluate("(count) => { window.benchmark.count = count; }", 1 + len(OTHERS))  # the last one too
        _alternate(four, peer, ours, pairs)
    return [one, four]


def _alternate(result: Pairs, peer: Sheet, ours: Sheet, pairs: int) -> None:
    for index, digit in enumerate(islice(cycle(_DIGITS), _WARM_UP + pairs)):
        times = peer.time_stroke(digit), ours.time_stroke(digit)
        if index >= _WARM_UP:
            result.add(*times)


def _choose_others(sheet: Sheet) -> None:
    """Three models beside the one that answers; returns when each has its place."""
    chooser = sheet.page.get_by_test_id("stMultiSelect")
    for name in OTHERS:
        title = find_recipe(name).experiment.name
        chooser.locator("input").click()
        chooser.locator("input").fill(title)
        sheet.page.get_by_role("option").filter(has_text=title).first.click()
        sheet.page.locator("strong").filter(has_text=title).wait_for(timeout=60_000)
        sheet.page.mouse.click(VIEWPORT["width"] // 2, 10)  # closes the list; Escape would empty the full chooser
    sheet.page.wait_for_timeout(2000)


def _open(browser: Browser, server: Server, path: str, answer: str, clear: str) -> Sheet:
    server.wait_until_up()
    page = open_page(browser)
    page.goto(server.url + path)
    page.locator(CANVAS).wait_for(state="visible", timeout=60_000)
    page.evaluate(_WATCH, answer)
    return Sheet(page, answer, clear)


def wait_for_tensorflow(server: Server) -> None:
    """Until the server is at rest with TensorFlow in it."""
    deadline = time.monotonic() + _LOAD_TIMEOUT_S
    while not (server.folder / "ready").exists():
        if time.monotonic() > deadline:
            raise TimeoutError("TensorFlow did not become ready.")
        time.sleep(0.1)
    time.sleep(6)  # the server warms a spare worker
