"""How the browser tests start the app, and how a person's doings look in Playwright."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from journal import Journal
from playwright.sync_api import expect

from cnn_core import RunStore, TrainingConfig, find_recipe
from cnn_core.data.handwriting.examples import DIGIT_STROKES
from ui.text import text

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120  # the machine may be busy; no test is about seconds
PATIENCE_MS = PATIENCE_S * 1000
NOWHERE = "http://127.0.0.1:9"  # a proxy that is not there: no network
# Streamlit's page asks for these below every part of its own address, to find out where the server begins.
LOOKING_FOR_BASE = re.compile(r"/[a-z]+/_stcore/(health|host-config)$")


@dataclass(frozen=True)
class Server:
    url: str
    folder: Path
    base: str = ""  # the prefix of all its paths: "/lab"

    @property
    def runs_dir(self):
        return self.folder / "runs"

    @property
    def keras_dir(self):
        return self.folder / "keras"

    def address(self, name):
        return f"{self.url}{self.base}/{'' if name == 'home' else name}"

    @property
    def own_runs(self):
        """Newest first."""
        return [run for run in RunStore(self.runs_dir).list_runs().runs if not run.bundled]


@contextmanager
def served(folder, base="", port=0, script="app.py", **variables):
    """A server of one's own that ends with all its workers; `base` prefixes its paths, `port` 0 is any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", folder, base)
    environment = os.environ | {"CNN_LAB_RUNS_DIR": str(server.runs_dir), "KERAS_HOME": str(server.keras_dir)}
    environment.pop("CNN_LAB_DATA_DIR", None)
    environment |= dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE) | variables
    options = ["--server.headless", "true", "--server.port", str(port), "--server.address", "127.0.0.1"]
    options += ["--server.baseUrlPath", base] if base else []
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, *options],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_healthy(server.url + base, process)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def visitor(browser, **options):
    """A browser context that notes what its pages complain of and what they and the server say to each other."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
    context.set_default_timeout(PATIENCE_MS)
    context.complaints, context.journals = [], []
    context.on("page", lambda page: context.journals.append(Journal(page)))

    def note(said):
        if said.type == "error" and not LOOKING_FOR_BASE.search(said.location["url"]):
            context.complaints.append(f"{said.text} {said.location['url']}")

    context.on("console", note)
    context.on("weberror", lambda error: context.complaints.append(str(error.error)))
    yield context
    context.close()


def _wait_until_healthy(url, process):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(PATIENCE_S * 4):
        assert process.poll() is None, "the server ended at its start"
        try:
            if opener.open(f"{url}/_stcore/health", timeout=5).read() == b"ok":
                return
        except OSError:
            time.sleep(0.25)
    raise TimeoutError(f"no server at {url}")


def until(condition, what):
    """Waits for what has no element to wait for; returns the first true value."""
    for _ in range(PATIENCE_S * 10):
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise TimeoutError(what)


def end_runs(server):
    """Stops what is going on and waits for its end."""
    for run in server.own_runs:
        if run.is_active:
            run.folder.command("stop")
    until(lambda: not any(run.is_active for run in server.own_runs), "all runs have ended")


def open_page(page, server, name):
    page.goto(server.address(name))
    expect_page(page, name)


def go_by_menu(page, name):
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=text(f"nav.{name}")).click()
    expect_page(page, name)


def expect_page(page, name):
    expect(title(page, name)).to_be_visible()
    settle(page)
    expect_no_failure(page)


def title(page, name):
    return page.get_by_role("heading", level=1, name=text(f"{name}.title"), exact=True)


def settle(page):
    page.wait_for_timeout(200)  # for a rerun that is just being asked for
    expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_be_visible()


def expect_no_failure(page):
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_text(text("errors.page_failed").split(" (")[0])).to_have_count(0)


def button(page, key, **values):
    """A button of Streamlit's (the canvas has some of its own); an icon's name may stand before its label."""
    label = re.compile(re.escape(text(key, **values)) + "$")
    return page.get_by_test_id(re.compile("^stBaseButton")).filter(has_text=label).first


def choose(page, label, option):
    page.get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=option, exact=True).click()
    settle(page)


def fill(page, label, value):
    box = page.get_by_role("spinbutton", name=label)
    box.fill(str(value))
    box.press("Enter")
    settle(page)


def canvas(page):
    return page.locator("canvas.upper-canvas")


def draw(page, digit, strokes=None):
    """Draws a digit, or some of its strokes, with the mouse, and waits for the answer to it."""
    settle(page)
    expect(canvas(page)).to_be_visible()
    canvas(page).scroll_into_view_if_needed()
    bars = page.locator(".bars")
    before = bars.inner_text()
    for points in DIGIT_STROKES[digit][strokes or slice(None)]:
        draw_stroke(page, points)
    until(lambda: bars.inner_text() != before, "another answer")


def draw_stroke(page, points, steps=2):
    """Draws a line through points, fractions of the canvas's width and height, with the mouse."""
    box = canvas(page).bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=steps)
    page.mouse.up()


def ink_on(page):
    """How many pixels are dark; while one canvas takes another's place, those of both."""
    return page.locator("canvas.dc-canvas.lower-canvas").evaluate_all(
        """canvases => {
            let dark = 0;
            for (const canvas of canvases) {
                const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
                for (let i = 0; i < pixels.length; i += 4) dark += pixels[i + 3] > 128 && pixels[i] < 128;
            }
            return dark;
        }"""
    )


def expect_answer(page, digit=None):
    sentence = text("answer.is", label="0123456789" if digit is None else digit)
    shown = page.get_by_role("heading", level=3).filter(has_text=sentence.split("0123456789")[0].strip())
    expect(shown).to_be_visible()
    if digit is not None:
        expect(shown).to_have_text(sentence)


def start_run(page, recipe, epochs, dataset=None):
    """On the Train page."""
    recipe = find_recipe(recipe)
    choose(page, text("setup.recipe"), f"{recipe.short} · {recipe.title}")
    batch_size = page.get_by_role("spinbutton", name=title_of("batch_size"))
    expect(batch_size).to_have_value(str(recipe.experiment.training.batch_size))  # the recipe's own knobs are there
    if dataset:
        choose(page, text("setup.dataset"), dataset)
    fill(page, title_of("epochs"), epochs)
    button(page, "train.start").click()


def title_of(field):
    return TrainingConfig.model_fields[field].title


def expect_state(page, state):
    """The run that is shown is in this state, and no longer in another."""
    expect(page.locator(".stMarkdownBadge")).to_have_text([text(f"states.{state}")])


def points(page):
    """How many points the first curve shows; 0 before it is there."""
    plots = page.locator(".cnn-plot[data-points]")
    return int(plots.first.get_attribute("data-points")) if plots.count() else 0


def until_curve_has_more_than(page, count):
    return until(lambda: (now := points(page)) > count and now, f"a curve of more than {count} points")


def stop_run(page):
    button(page, "steer.stop").click()
    expect_state(page, "stopped")
