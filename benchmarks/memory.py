"""Does the server's memory stay flat? Fifty short runs, started in the page and watched there."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from benchmarks.browser import open_chromium, open_page
from benchmarks.pairs import Pairs
from benchmarks.server import serve_app
from cnn_core import RunStore
from ui.text import text

_SETTLED = 5  # runs before the first reading: caches fill, allocators take their pools
_PATIENCE_S = 300


def measure_memory(runs: int) -> list[Pairs]:
    """Bytes (as if seconds) of the server: at the end, beside those after the first few runs."""
    result = Pairs("the server's memory", f"after {runs} runs", f"after {_SETTLED}", target=1.05, unit="MB")
    with (
        TemporaryDirectory() as nothing,  # no data but the digits that come along: R2 on them takes a few seconds
        serve_app(CNN_LAB_DATA_DIR=nothing, KERAS_HOME=nothing) as server,
        open_chromium() as browser,
    ):
        server.wait_until_up()
        page = open_page(browser)
        page.goto(f"{server.url}/train")
        store = RunStore(server.folder / "runs")
        settled = 0.0
        for index in range(runs):
            _run_once(page, store, index + 1)
            if index + 1 == _SETTLED:
                settled = _resident_gb(server.process.pid)
        result.add(settled, _resident_gb(server.process.pid))
    return [result]


def _run_once(page: Page, store: RunStore, count: int) -> None:
    page.get_by_role("button", name=text("train.start")).click()
    for _ in range(_PATIENCE_S * 2):
        own = [run for run in store.list_runs().runs if not run.bundled]
        if len(own) == count and not any(run.is_active for run in own):
            return
        page.wait_for_timeout(500)


def _resident_gb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e9
