"""Layers: all outputs of a network for one image, a step of the time slider, and the frames under the pointer."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks.browser import open_chromium, open_page
from benchmarks.pairs import Pairs, clock
from benchmarks.server import PEERS, serve, serve_app
from cnn_core import Probe, build_model, find_recipe

_WARM_UP = 2
_STEPS = 40
_SHORTS = ("R1", "R2", "R3", "R4", "R5")
_CHECK = ".microscope .check"
# Frames while the pointer goes over a layer: milliseconds from each to the next.
_COUNT = """
() => {
  window.frames_ms = [];
  let last = performance.now();
  const next = (now) => {
    window.frames_ms.push(now - last);
    last = now;
    window.counting = requestAnimationFrame(next);
  };
  window.counting = requestAnimationFrame(next);
}
"""


def measure_layers(pairs: int) -> list[Pairs]:
    results = [_measure_outputs(short, pairs) for short in _SHORTS]
    with (
        serve_app() as app,
        serve("run", str(PEERS / "echo_slider.py")) as echo,
        open_chromium() as browser,
    ):
        app.wait_until_up()
        echo.wait_until_up()
        peer = _open_peer(browser, echo.url)
        page = _open_layers(browser, app.url)
        results.append(_measure_steps(page, peer, "a step of training, R2", 300.0, pairs))
        results.append(_measure_hover(page, peer, "conv3", pairs))
        _choose_model(page, "R3")
        results.append(_measure_steps(page, peer, "a step of training, R3", 1000.0, pairs))
    return results


def _measure_outputs(short: str, pairs: int) -> Pairs:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    experiment = find_recipe(short).experiment
    model = build_model(experiment.architecture)
    probe = Probe(model, experiment)
    whole: Any = keras.Model(model.inputs, [layer.output for layer in model.layers[1:]])
    inputs = np.random.default_rng(0).random((1, *model.input_shape[1:]), dtype=np.float32)
    result = Pairs(f"all layers of {short}", "Probe.inspect", "Model(all outputs).predict", target_ms=20.0)
    by_keras: Callable[[], object] = partial(whole.predict, inputs, verbose=0)
    for index in range(_WARM_UP + pairs):
        times = clock(by_keras), clock(probe.inspect, inputs)
        if index >= _WARM_UP:
            result.add(*times)
    return result


def _measure_steps(page: Page, peer: Page, title: str, target_ms: float, pairs: int) -> Pairs:
    """From a key on the slider to the new arithmetic, which is drawn last."""
    result = Pairs(title, "CNN Lab /layers", "slider that is only echoed", target_ms=target_ms)
    for index in range(_WARM_UP + pairs):
        times = _press(peer, index, "h3"), _press(page, index, _CHECK)
        if index >= _WARM_UP:
            result.add(*times)
    return result


def _press(page: Page, index: int, shown: str) -> float:
    page.bring_to_front()
    before = page.locator(shown).first.inner_text()
    page.get_by_role("slider").first.focus()
    key = "ArrowRight" if index % 2 else "ArrowLeft"
    seconds = clock(_press_and_wait, page, key, shown, before)
    page.wait_for_timeout(300)
    return seconds


def _press_and_wait(page: Page, key: str, shown: str, before: str) -> None:
    page.keyboard.press(key)
    while page.locator(shown).first.inner_text() == before:
        page.wait_for_timeout(5)


def _measure_hover(page: Page, peer: Page, layer: str, pairs: int) -> Pairs:
    result = Pairs(
        f"frames while pointing at {layer}, 64 channels", "CNN Lab /layers", "a page that does nothing", target_ms=33.4
    )
    maps = page.locator(f'.overview section[data-layer="{layer}"] .marks')
    for index in range(1 + pairs):
        times = _sweep(peer, peer.locator("h3").bounding_box()), _sweep(page, _in_sight(maps))
        if index:
            result.add(*times)
    return result


def _in_sight(maps: Any) -> Any:
    maps.scroll_into_view_if_needed()
    return maps.bounding_box()


def _sweep(page: Page, box: Any) -> float:
    """Seconds of the slowest twentieth of the frames."""
    page.bring_to_front()
    page.evaluate(_COUNT)
    for step in range(_STEPS):
        share = step / _STEPS
        page.mouse.move(box["x"] + share * box["width"], box["y"] + (7 * share % 1) * box["height"])
    frames = page.evaluate("() => { cancelAnimationFrame(window.counting); return window.frames_ms; }")
    return float(np.quantile(frames[1:], 0.95)) / 1000


def _open_peer(browser: Browser, url: str) -> Page:
    page = open_page(browser)
    page.goto(url)
    page.get_by_role("slider").first.wait_for(timeout=60_000)
    return page


def _open_layers(browser: Browser, url: str) -> Page:
    page = open_page(browser)
    page.goto(f"{url}/layers")
    page.locator(_CHECK).wait_for(timeout=120_000)
    page.wait_for_timeout(3000)
    return page


def _choose_model(page: Page, short: str) -> None:
    box = page.get_by_role("combobox").first
    box.fill(short)
    box.press("Enter")
    page.wait_for_timeout(4000)
