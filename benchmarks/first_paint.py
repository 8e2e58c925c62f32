"""From starting a server to a landing page that can be used."""

from __future__ import annotations

from contextlib import AbstractContextManager
from time import perf_counter

from playwright.sync_api import Browser

from benchmarks.browser import CANVAS, VIEWPORT, open_chromium
from benchmarks.pairs import Pairs
from benchmarks.server import ROOT, Server, serve

HELLO_HEADING = "h1:has-text('Welcome to Streamlit')"


def measure_first_paint(pairs: int) -> list[Pairs]:
    result = Pairs("first paint", "streamlit run app.py", "streamlit hello", target=1.5)
    with open_chromium() as browser:
        for _ in range(pairs):
            peer = _time_until(browser, serve("hello"), HELLO_HEADING)
            ours = _time_until(browser, serve("run", "app.py", cwd=ROOT), CANVAS)
            result.add(peer, ours)
    return [result]


def _time_until(browser: Browser, server_to_be: AbstractContextManager[Server], selector: str) -> float:
    """Seconds from before the process is started until `selector` is visible."""
    context = browser.new_context(viewport=VIEWPORT)  # type: ignore[arg-type]
    page = context.new_page()
    try:
        start = perf_counter()
        with server_to_be as server:
            server.wait_until_up()
            page.goto(server.url, wait_until="commit")
            page.locator(selector).first.wait_for(state="visible", timeout=60_000)
            seconds = perf_counter() - start
            page.close()
    finally:
        context.close()
    return seconds
