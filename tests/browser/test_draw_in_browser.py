"""Draw in a browser: every digit with the mouse and some with a finger, answered right, by several models at once."""

import pytest
from lab_in_browser import button, canvas, draw, expect_answer, expect_no_failure, ink_on, open_page, settle, until
from playwright.sync_api import expect

from cnn_core.data.handwriting.examples import DIGIT_STROKES
from cnn_core.runs import RunStore
from ui.shared.model_picker import label_of
from ui.text import text

pytestmark = pytest.mark.browser


def draw_with_finger(page, digit):
    """As `draw`, by touch events."""
    settle(page)
    canvas(page).scroll_into_view_if_needed()
    box, bars = canvas(page).bounding_box(), page.locator(".bars")
    before, client = bars.inner_text(), page.context.new_cdp_session(page)
    for stroke in DIGIT_STROKES[digit]:
        points = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in stroke]
        client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
        for point in points[1:]:
            client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(lambda: bars.inner_text() != before, "another answer")


@pytest.mark.parametrize(
    ("pen", "digits", "context"),
    [
        pytest.param(draw, tuple(DIGIT_STROKES), {}, id="mouse"),
        pytest.param(
            draw_with_finger, (1, 4, 8), {"has_touch": True, "viewport": {"width": 390, "height": 800}}, id="finger"
        ),
    ],
    indirect=["context"],
)
def test_every_digit_is_predicted_correctly(lab, page, pen, digits):
    open_page(page, lab, "draw")
    for digit in digits:
        pen(page, digit)
        expect_answer(page, digit)
        button(page, "draw.clear").click()
        until(lambda: ink_on(page) == 0, "a blank sheet")
    expect_no_failure(page)


def test_two_models_predict_side_by_side_and_the_eraser_removes_ink(lab, page, keep_picture, tmp_path):
    open_page(page, lab, "draw")
    chooser = page.get_by_test_id("stMultiSelect").locator("input")
    chooser.fill(label_of(RunStore(tmp_path).find("R3")))  # the bundled one, not what other tests have trained
    chooser.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_test_id("stPopoverButton").filter(has_text=text("draw.examples")).click()
    page.get_by_role("button", name="5", exact=True).click()
    answers = page.get_by_role("heading", level=3).filter(has_text=text("answer.is", label=5))
    expect(answers).to_have_count(2)
    keep_picture(page, "two")
    page.keyboard.press("Escape")
    full = until(lambda: (count := ink_on(page)) > 0 and count, "the example on the sheet")
    page.get_by_text(text("draw.tool_eraser"), exact=True).click()
    settle(page)
    box = canvas(page).bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    until(lambda: 0 < ink_on(page) < full, "less ink")
    expect_no_failure(page)
