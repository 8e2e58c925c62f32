"""From a key on a slider of the Design page to the new table, TensorFlow not loaded."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from benchmarks.browser import open_chromium, open_page
from benchmarks.pairs import Pairs
from benchmarks.server import PEERS, serve, serve_app
from cnn_core import ArchitectureSpec, Experiment, find_recipe
from cnn_core.export import encode_link

_WARM_UP = 2
_LABEL = "Kernel size"
# Waits for the text that shows the new value, in the page or in a component's shadow, to change.
_WATCH = """
(probe) => {
  const hosts = [...document.querySelectorAll("*")].filter((node) => node.shadowRoot);
  const inShadow = hosts.map((node) => node.shadowRoot.querySelector(probe)).find((node) => node);
  const read = () => (inShadow || document.querySelector(probe) || {}).textContent;
  const before = read();
  window.took = null;
  document.activeElement.addEventListener("keydown", () => {
    const pressed = performance.now();
    const look = () => {
      if (read() !== before) window.took = performance.now() - pressed;
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, { once: true, capture: true });
}
"""


def measure_slider(pairs: int) -> list[Pairs]:
    designs = {"R3": find_recipe("R3").experiment, "30 layers": _deep_network()}
    results = []
    with (
        serve_app(WITHOUT_TENSORFLOW="1") as app,
        serve("run", str(PEERS / "echo_slider.py")) as echo,
        open_chromium() as browser,
    ):
        app.wait_until_up()
        echo.wait_until_up()
        peer = _open(browser, echo.url)
        for name, design in designs.items():
            ours = _open(browser, f"{app.url}/design?design={encode_link(design)}")
            result = Pairs(f"slider to table, {name}", "CNN Lab /design", "slider that is only echoed", target=1.5)
            for index in range(_WARM_UP + pairs):
                key = "ArrowLeft" if index % 2 else "ArrowRight"
                times = _press(peer, key, "h3"), _press(ours, key, ".rows")
                if index >= _WARM_UP:
                    result.add(*times)
            results.append(result)
            ours.close()
    return results


def _open(browser: Browser, url: str) -> Page:
    page = open_page(browser)
    page.goto(url)
    page.get_by_role("slider", name=_LABEL).wait_for(timeout=60_000)
    page.wait_for_timeout(2000)
    return page


def _press(page: Page, key: str, probe: str) -> float:
    """Seconds from the key to the changed text."""
    page.bring_to_front()
    page.get_by_role("slider", name=_LABEL).focus()
    page.evaluate(_WATCH, probe)
    page.keyboard.press(key)
    page.wait_for_function("() => window.took !== null", timeout=30_000)
    milliseconds = float(page.evaluate("() => window.took"))
    page.wait_for_timeout(400)
    return milliseconds / 1000


def _deep_network() -> Experiment:
    rows: list[dict[str, object]] = []
    for filters in (8, 16, 32, 32, 64, 64, 64):
        rows += [
            {"kind": "Conv2D", "filters": filters, "padding": "same"},
            {"kind": "BatchNormalization"},
            {"kind": "Activation"},
            {"kind": "Dropout", "rate": 0.1},
        ]
    rows += [{"kind": "GlobalAveragePooling2D"}, {"kind": "Dense", "units": 10, "activation": "softmax"}]
    return Experiment(name="30 layers", architecture=ArchitectureSpec.model_validate({"layers": rows}))
