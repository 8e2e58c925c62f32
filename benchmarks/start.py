"""From the Start button to the first point of the curve on the page, a warm worker waiting."""

from __future__ import annotations

import time

from playwright.sync_api import Page

from benchmarks.browser import open_chromium, open_page
from benchmarks.pairs import Pairs
from benchmarks.server import Server, serve_app
from cnn_core import RunStore
from cnn_core.runs.events import Event, read_events
from ui.text import text

_WARM_UP_S = 25.0  # until the next spare worker has TensorFlow loaded
_LOOK_MS = 50  # to look at every frame would keep the browser busy with frames
_DRAWN = """
(run) => [...document.querySelectorAll(".js-plotly-plot")].some(
  (plot) => String(plot.layout.uirevision || "").includes(run) && plot.data.some((trace) => (trace.x || []).length > 0)
)
"""


def measure_start(pairs: int) -> list[Pairs]:
    """R2 on MNIST. The peer is the moment the first point is in the file: what is between is the way to the eye."""
    result = Pairs("start to first point", "point on the page", "point in the file", target_ms=2500)
    way = Pairs("event to pixel", "from the file to the page", "two polls of the page", target_ms=700)
    with serve_app() as server, open_chromium() as browser:
        server.wait_until_up()
        page = open_page(browser)
        page.goto(f"{server.url}/train")
        while not (server.folder / "ready").exists():
            page.wait_for_timeout(500)
        for _ in range(pairs):
            page.wait_for_timeout(_WARM_UP_S * 1000)
            in_file, on_page = _start_once(server, page)
            result.add(in_file, on_page)
            way.add(1.0, on_page - in_file)
    return [result, way]


def _start_once(server: Server, page: Page) -> tuple[float, float]:
    """Seconds from the click to the first `batch` event, and to its point on the page; then the run is stopped."""
    store = RunStore(server.folder / "runs")
    known = {run.id for run in store.list_runs().runs}
    clicked = time.time()
    page.get_by_role("button", name=text("train.start")).click()
    run = None
    while run is None:
        page.wait_for_timeout(20)
        run = next((r for r in store.list_runs().runs if r.id not in known), None)
    page.wait_for_function(_DRAWN, arg=run.id, polling=_LOOK_MS, timeout=60_000)
    drawn = time.time()
    first: Event = next(event for event in read_events(run.folder.events_path) if event["type"] == "batch")
    run.folder.command("stop")
    while store.find(run.id).is_active:
        page.wait_for_timeout(200)
    return first["time"] - clicked, drawn - clicked
