"""From the pen's release to the answer in the page."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from itertools import cycle, islice

from playwright.sync_api import Browser, Page

from benchmarks.browser import CANVAS, draw_digit, open_chromium, open_page
from benchmarks.pairs import Pairs
from benchmarks.server import PEERS, Server, serve, serve_app
from ui.text import text

_DIGITS = (3, 2, 0, 6, 7)  # of one stroke each
_WARM_UP = 2
_LOAD_TIMEOUT_S = 180.0
_WATCH = """
(pattern) => {
  const answer = new RegExp(pattern);
  const watch = (window.benchmark = { released: null, answered: null });
  addEventListener("pointerup", () => { watch.released = performance.now(); }, true);
  new MutationObserver(() => {
    if (watch.released === null || watch.answered !== null) return;
    const now = performance.now();
    const main = document.querySelector('[data-testid="stMain"]');
    if (main && answer.test(main.textContent)) watch.answered = now;
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
        self.page.get_by_role("button", name=self.clear).first.click()
        gone = "(answer) => !new RegExp(answer).test(document.querySelector('[data-testid=\"stMain\"]').textContent)"
        self.page.wait_for_function(gone, arg=self.answer, timeout=30_000)
        self.page.mouse.move(2, 2)
        self.page.wait_for_timeout(700)  # the new canvas mounts and sends its blank sheet
        return milliseconds / 1000


def measure_stroke(pairs: int) -> list[Pairs]:
    result = Pairs("stroke to answer", "CNN Lab /draw", "canvas that is only echoed", target=1.25)
    our_answer = re.escape(text("answer.is", label="#")).replace(r"\#", r"\d")
    with serve_app() as app, serve("run", str(PEERS / "echo_canvas.py")) as echo, open_chromium() as browser:
        ours = _open(browser, app, "/draw", our_answer, text("draw.clear"))
        peer = _open(browser, echo, "/", r"Ink \d", "Clear")
        _wait_for_tensorflow(app)
        for index, digit in enumerate(islice(cycle(_DIGITS), _WARM_UP + pairs)):
            times = peer.time_stroke(digit), ours.time_stroke(digit)
            if index >= _WARM_UP:
                result.add(*times)
    return [result]


def _open(browser: Browser, server: Server, path: str, answer: str, clear: str) -> Sheet:
    server.wait_until_up()
    page = open_page(browser)
    page.goto(server.url + path)
    page.locator(CANVAS).wait_for(state="visible", timeout=60_000)
    page.evaluate(_WATCH, answer)
    return Sheet(page, answer, clear)


def _wait_for_tensorflow(server: Server) -> None:
    deadline = time.monotonic() + _LOAD_TIMEOUT_S
    while not (server.folder / "ready").exists():
        if time.monotonic() > deadline:
            raise TimeoutError("TensorFlow did not become ready.")
        time.sleep(0.1)
    time.sleep(6)  # the server warms a spare worker
