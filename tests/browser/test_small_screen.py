"""On a phone, light or dark, nothing needs to be scrolled sideways and no image is cut off."""

import pytest
from lab_in_browser import canvas, expect_no_failure, open_page, settle
from playwright.sync_api import expect

from ui.shared.navigation import PAGES
from ui.text import text

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}

OVERFLOWS = """() => [document.documentElement, ...document.querySelectorAll('[data-testid="stMain"]')]
    .filter((box) => box.scrollWidth > box.clientWidth + 1)
    .map((box) => `${box.tagName} needs ${box.scrollWidth} of ${box.clientWidth} pixels`)"""

# An image that lies beyond an edge which hides it, without a way to scroll there.
CLIPPED = """(canvases) => canvases.flatMap((canvas) => {
    const box = canvas.getBoundingClientRect();
    for (let node = canvas.parentNode; node; node = node.parentNode || node.host) {
        if (!(node instanceof Element)) continue;
        const how = getComputedStyle(node).overflowX, edge = node.getBoundingClientRect();
        if (how === "auto" || how === "scroll") return [];
        if (how !== "visible" && (box.left < edge.left - 1 || box.right > edge.right + 1))
            return [`${canvas.className || canvas.ariaLabel} is cut off by ${node.className}`];
    }
    return [];
})"""


def what_does_not_fit(page, name):
    found = page.evaluate(OVERFLOWS) + page.locator("canvas").evaluate_all(CLIPPED)
    if name in ("home", "draw"):
        expect(canvas(page)).to_be_visible()
        box = canvas(page).bounding_box()
        if box["x"] < 0 or box["x"] + box["width"] > PHONE["width"]:
            found.append(f"the sheet reaches from {box['x']} to {box['x'] + box['width']}")
    return found


@pytest.mark.parametrize("context", [{"viewport": PHONE, "has_touch": True}], indirect=True, ids=["phone"])
def test_every_page_fits_a_phone(lab, page, keep_picture):
    problems = {}
    for name in PAGES:
        open_page(page, lab, name)
        expect(page.get_by_text(text("waiting.tensorflow").split(": ")[-1])).to_have_count(0)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            settle(page)
            if found := what_does_not_fit(page, name):
                problems[name, scheme] = found
                keep_picture(page, f"{name}-{scheme}")
        expect_no_failure(page)
    assert not problems
