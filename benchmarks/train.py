"""Images per second of a run with its live view open and drawing, beside the tutorial's own code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from itertools import pairwise
from typing import Any

import click
from playwright.sync_api import Browser

from benchmarks.browser import open_chromium, open_page
from benchmarks.pairs import Pairs
from benchmarks.server import PEERS, ROOT, Server, serve_app
from cnn_core import LocalExecutor, RunStore, find_recipe
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.experiment import Experiment
from cnn_core.runs.calibration import read_calibration

# Recipe → how many images an epoch of a trial has; it has two, of some ten seconds each, as a run on all of them would.
_IMAGES, _EPOCHS = {"R2": 48_000, "R3": 24_000, "R1": 12_000}, 2
# The most that ours ÷ peer may take.
_TARGETS = {
    ("R1", "float32"): 1 / 1.0,
    ("R2", "float32"): 1 / 1.2,
    ("R3", "float32"): 1 / 1.0,
    ("R1", "mixed_bfloat16"): 1 / 1.5,
    ("R2", "mixed_bfloat16"): 1 / 2,
    ("R3", "mixed_bfloat16"): 1 / 1.5,
}
_PATIENCE_S = 300.0


def measure_train(pairs: int) -> list[Pairs]:
    """Seconds per image, in turns: the tutorial's code, then ours in float32, then in mixed_bfloat16."""
    results = {
        key: Pairs(f"{key[0]}, seconds per image, {key[1]}", "a run, live view open", "the tutorial's bare fit", target)
        for key, target in sorted(_TARGETS.items())
    }
    with serve_app() as server, open_chromium() as browser:
        server.wait_until_up()
        _let_the_server_settle(server, browser)
        executor = LocalExecutor(RunStore(server.folder / "runs"), capacity=1)
        try:
            for _ in range(pairs):
                for recipe, images in _IMAGES.items():
                    peer = run_article(recipe, images, _EPOCHS)["images_per_second"]
                    for precision in ("float32", "mixed_bfloat16"):
                        ours = _run_ours(server, browser, executor, recipe, images, precision)
                        results[recipe, precision].add(1 / peer, 1 / ours)
                        line = f"{recipe} {precision}: {ours:,.0f} images per second, bare fit {peer:,.0f}"
                        click.echo(line, err=True)  # all of it takes minutes
        finally:
            executor.close()
    return list(results.values())


def _let_the_server_settle(server: Server, browser: Browser) -> None:
    """The first page loads TensorFlow into the server and a spare worker, which measures the machine: once."""
    page = open_page(browser)
    page.goto(f"{server.url}/train")
    deadline = time.monotonic() + _PATIENCE_S
    while read_calibration(server.folder / "runs") is None and time.monotonic() < deadline:
        page.wait_for_timeout(500)
    page.context.close()


def run_article(recipe: str, images: int, epochs: int) -> dict[str, Any]:
    """What `peers/article.py` prints."""
    command = [sys.executable, str(PEERS / "article.py"), recipe, str(images), str(epochs)]
    done = subprocess.run(command, cwd=ROOT, env=_environment(), capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _run_ours(
    server: Server, browser: Browser, executor: LocalExecutor, recipe: str, images: int, precision: str
) -> float:
    experiment: Experiment = find_recipe(recipe).experiment
    share = images / DATASETS["mnist"].train_count
    folder = executor.submit(experiment.with_training(epochs=_EPOCHS, train_share=share, precision=precision))
    page = open_page(browser)
    try:
        page.goto(f"{server.url}/train")
        store = RunStore(server.folder / "runs")
        deadline = time.monotonic() + _PATIENCE_S
        page.wait_for_selector(".cnn-plot[data-points]", timeout=_PATIENCE_S * 1000)
        opened = time.time()  # it draws from now on: loading the page is no part of it
        while store.find(folder.id).is_active and time.monotonic() < deadline:
            page.wait_for_timeout(500)
    finally:
        page.context.close()
    seen = [event for event in store.find(folder.id).history.batches if event["time"] > opened]
    spans = [(a, b) for a, b in pairwise(seen) if a["epoch"] == b["epoch"]]  # the peer's evaluation is left out as well
    images_seen: int = sum(b["samples"] - a["samples"] for a, b in spans)
    return images_seen / sum(b["time"] - a["time"] for a, b in spans)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
