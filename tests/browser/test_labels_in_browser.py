"""Whatever language is chosen, no label of a page is cut off."""

import pytest
from lab_in_browser import settle
from playwright.sync_api import expect

from ui.shared.navigation import PAGES
from ui.text.language import LANGUAGES, PARAMETER

pytestmark = pytest.mark.browser

# Words in a box that hides what does not fit into it, shadow roots included.
CUT_OFF = """() => {
    const found = [];
    const look = (root) => {
        for (const node of root.querySelectorAll("*")) {
            if (node.shadowRoot) look(node.shadowRoot);
            const { clientWidth: there, scrollWidth: needed } = node;
            if (there <= 2 || needed <= there + 1) continue;
            const isInput = node instanceof HTMLInputElement;
            const hasWords = isInput || [...node.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
            if (hasWords && (isInput || getComputedStyle(node).overflowX === "hidden"))
                found.push(`${(node.value || node.textContent).trim()} needs ${needed} of ${there} pixels`);
        }
    };
    look(document);
    return found;
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_is_cut_off_on_any_page(lab, page, language, keep_picture):
    page.set_viewport_size({"width": 1280, "height": 900})
    problems = {}
    for name in PAGES:
        page.goto(f"{lab.address(name)}?{PARAMETER}={language}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        settle(page)
        if found := page.evaluate(CUT_OFF):
            problems[name] = found
            keep_picture(page, f"{language}-{name}")
    assert not problems
