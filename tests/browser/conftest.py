"""The real app in a real Chromium: one server for nearly all tests, without network and without MNIST."""

import os
import shutil
from pathlib import Path

import pytest
from lab_in_browser import PATIENCE_MS, end_runs, served, visitor
from playwright.sync_api import expect, sync_playwright

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "test-results"
# Without the pages behind the address bar, which every window would load and no one sees.
LIGHT = ["--no-sandbox", "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup"]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items):
    if CHROMIUM:
        return
    absent = pytest.mark.skip(reason="no Chromium on this computer: install the package `chromium`")
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(absent)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """An image of every tab when a test fails, what the browser complained of, and the last messages."""
    report = yield
    if report.failed and "context" in item.funcargs:
        context = item.funcargs["context"]
        for number, page in enumerate(context.pages):
            page.screenshot(path=results_path(f"FAILED-{item.name}-{number}.png"))
        report.sections.append(("the browser's console", "\n".join(context.complaints)))
        for journal in context.journals:
            report.sections.append(("browser (>) and server (<)", "\n".join(journal.lines)))
    return report


def results_path(name):
    RESULTS.mkdir(exist_ok=True)
    return RESULTS / name.replace("/", "-")


@pytest.fixture(scope="session")
def browser():
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=LIGHT)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _shared_server(tmp_path_factory):
    with served(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture
def lab(_shared_server):
    """The server that most tests share; none of them, not even a failed one, leaves a run going."""
    yield _shared_server
    end_runs(_shared_server)


@pytest.fixture
def mnist_there(_shared_server):
    """The real MNIST, as if the server had just downloaded it."""
    place = _shared_server.keras_dir / "datasets" / "mnist.npz"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(Path(os.environ["CNN_LAB_DATA_DIR"], "mnist.npz").resolve())
    yield
    place.unlink()


@pytest.fixture
def context(browser, request):
    """A visitor; parametrize it indirectly with what Playwright's `new_context` takes."""
    with visitor(browser, **getattr(request, "param", {})) as context:
        yield context


@pytest.fixture
def page(context):
    return context.new_page()


@pytest.fixture
def keep_picture(request):
    """keep_picture(page, "first") → test-results/<test>-first.png"""
    return lambda page, name: page.screenshot(path=results_path(f"{request.node.name}-{name}.png"))
