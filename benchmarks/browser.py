"""Chromium, and a pen in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from cnn_core.data.handwriting.examples import DIGIT_STROKES

CANVAS = "canvas.upper-canvas"
VIEWPORT = {"width": 1280, "height": 800}


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def open_page(browser: Browser) -> Page:
    """An empty page of a visitor who has never been here."""
    return browser.new_context(viewport=VIEWPORT).new_page()  # type: ignore[arg-type]


def draw_digit(page: Page, digit: int) -> None:
    """Draws our example of a digit with the mouse on the page's canvas."""
    box = page.locator(CANVAS).bounding_box()
    assert box is not None
    for stroke in DIGIT_STROKES[digit]:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()
