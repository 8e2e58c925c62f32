"""A run under way, steered and watched by a person: every command, and a view that stays calm."""

import pytest
from lab_in_browser import (
    button,
    end_runs,
    expect_no_failure,
    expect_state,
    open_page,
    points,
    start_run,
    stop_run,
    until,
    until_curve_has_more_than,
    visitor,
)
from playwright.sync_api import expect

from cnn_core import DATASETS
from ui.text import text

pytestmark = pytest.mark.browser

SEEN = "plot => [plot._fullLayout.xaxis.range.map(Number), plot._fullLayout.yaxis.range.map(Number)]"
LAST_X = "plot => plot._fullLayout.xaxis.range[1]"


@pytest.fixture(scope="module")
def lab(_shared_server):
    """One run goes on from test to test, and ends with the last."""
    yield _shared_server
    end_runs(_shared_server)


@pytest.fixture(scope="module")
def context(browser):
    with visitor(browser) as context:
        yield context


@pytest.fixture(scope="module")
def page(context, lab):
    """One page for all: opening it takes longer than most of what is done on it."""
    page = context.new_page()
    open_page(page, lab, "train")
    return page


@pytest.fixture
def running(lab, page):
    """R5 on the offline digits, with a curve of some points."""
    if not any(run.is_active for run in lab.own_runs):
        start_run(page, "R5", 1000, dataset=DATASETS["digits"].title)
    expect_state(page, "running")
    until_curve_has_more_than(page, 20)
    return page


def plot(page, number=0):
    return page.locator(".cnn-plot").nth(number)


def pop_up(page, key):
    page.get_by_test_id("stPopoverButton").filter(has_text=text(key)).click()
    return page.get_by_test_id("stPopoverBody")


def mark_words(page):
    return plot(page).evaluate("plot => plot.data.filter(t => t.meta.key === 'marks').flatMap(t => t.text)")


def run_of(lab):
    return lab.own_runs[0]


def drag_over(page, number=0):
    """Zooms in on a part of a chart; returns the ranges that are shown then."""
    before, area = plot(page, number).evaluate(SEEN), plot(page, number).locator(".nsewdrag").first.bounding_box()
    page.mouse.move(area["x"] + 0.1 * area["width"], area["y"] + 0.2 * area["height"])
    page.mouse.down()
    page.mouse.move(area["x"] + 0.6 * area["width"], area["y"] + 0.8 * area["height"], steps=8)
    page.mouse.up()
    return until(lambda: (now := plot(page, number).evaluate(SEEN)) != before and now, "the drag zooms in")


def test_a_curve_grows_live_in_the_same_place(running, keep_picture):
    page = running
    plot(page).evaluate("plot => { plot.before = true }")
    before, places = plot(page).screenshot(), [plot(page, n).bounding_box() for n in (0, 1)]
    keep_picture(page, "before")
    until_curve_has_more_than(page, points(page) + 10)
    assert plot(page).screenshot() != before
    keep_picture(page, "after")
    assert plot(page).evaluate("plot => plot.before"), "the chart is another node: it flickered"
    assert [plot(page, n).bounding_box() for n in (0, 1)] == places


def test_smoothing_and_log_scale_are_instant_and_keep_the_zoom(running):
    page = running
    zoomed = drag_over(page)
    page.locator(".cnn-curves .log").check()
    until(lambda: plot(page, 1).evaluate("plot => plot._fullLayout.yaxis.type") == "log", "the axis is logarithmic")
    assert plot(page).evaluate(SEEN) == zoomed
    page.locator(".cnn-curves .smoothing").fill("0.9")
    smoothed = "plot => plot.data.find((t) => t.uid === 'within-smooth').y.length"
    until(lambda: all(plot(page, n).evaluate(smoothed) for n in (0, 1)), "both curves are smoothed")
    until_curve_has_more_than(page, points(page) + 10)
    assert plot(page).evaluate(SEEN) == zoomed
    page.reload()
    until(lambda: points(page), "the curve is there again")
    expect(page.locator(".cnn-curves .log")).to_be_checked()


def test_a_double_click_resets_the_zoom(running):
    page = running
    before = plot(page).evaluate(LAST_X)
    drag_over(page)
    plot(page).locator(".nsewdrag").first.dblclick()
    until(lambda: plot(page).evaluate(LAST_X) >= before, "all planned epochs are shown")


def test_a_legend_entry_hides_its_curve_in_both_charts(running):
    page = running
    name = page.locator(".cnn-curves .legend button").filter(has_text=text("curves.watched_test"))
    name.click()
    expect(name).to_have_attribute("aria-pressed", "false")
    hidden = "plot => plot.data.find((t) => t.meta.key === 'watched').visible === false"
    until(lambda: plot(page).evaluate(hidden) and plot(page, 1).evaluate(hidden), "it is hidden in both")
    name.click()
    until(lambda: not plot(page).evaluate(hidden), "it is back")


def test_images_get_predictions_during_training(running):
    page = running
    answers = page.locator(".pictures .answer")
    expect(answers).to_have_count(4)
    until(lambda: all(word in "0123456789" for word in answers.all_inner_texts()), "four answers")
    signs = set(page.locator(".pictures .sign").all_inner_texts())
    assert signs <= {"✓", "✗"}


def test_kernels_maps_and_layer_statistics_update_live(running):
    page = running
    page.get_by_role("tab", name=text("live.tab_inside")).click()
    expect(page.get_by_text(text("inside.kernels"))).to_be_visible()
    expect(page.locator(".maps canvas").nth(1)).to_be_visible()
    until(lambda: points(page) > 5, "norms of the layers")
    page.get_by_role("tab", name=text("live.tab_live")).click()


def test_pause_survives_a_reload_and_the_run_resumes(lab, running):
    page = running
    button(page, "steer.pause").click()
    expect_state(page, "paused")
    expect(button(page, "steer.resume")).to_be_enabled()
    done = run_of(lab).history.progress
    page.reload()
    expect_state(page, "paused")
    count = until(lambda: points(page), "the curve is there again")
    page.wait_for_timeout(1500)
    assert points(page) == count
    assert run_of(lab).history.progress == done
    assert mark_words(page)[-1] == text("curves.mark_pause")

    button(page, "steer.resume").click()
    expect_state(page, "running")
    until_curve_has_more_than(page, count)
    assert mark_words(page)[-2:] == [text("curves.mark_pause"), text("curves.mark_resume")]
    expect_no_failure(page)


def test_a_learning_rate_change_during_training_is_marked(lab, running):
    page = running
    body = pop_up(page, "steer.change")
    box = body.get_by_role("spinbutton", name="Learning rate")
    box.fill("0.0002")
    page.wait_for_timeout(1200)  # the page redraws itself around what is being typed
    expect(box).to_have_value("0.0002")
    body.get_by_role("button", name=text("steer.apply_rate")).click()
    until(lambda: text("curves.mark_learning_rate", value="0.0002") in mark_words(page), "the change is marked")
    expect(page.get_by_text(text("curves.learning_rate"), exact=True).first).to_be_visible()
    until(lambda: abs(run_of(lab).history.batches[-1]["learning_rate"] - 0.0002) < 1e-9, "the worker has it")
    page.keyboard.press("Escape")


def test_a_new_optimizer_starts_at_the_next_epoch(lab, running):
    page = running
    body = pop_up(page, "steer.change")
    body.get_by_role("combobox").click()
    page.get_by_role("option", name="SGD", exact=True).click()
    body.get_by_role("button", name=text("steer.apply_optimizer")).click()
    until(lambda: text("curves.mark_optimizer", value="SGD") in mark_words(page), "the change is marked")
    page.keyboard.press("Escape")


def test_a_stopped_run_keeps_the_zoom_and_can_be_extended(lab, running):
    page = running
    zoomed = drag_over(page)
    stop_run(page)
    assert plot(page).evaluate(SEEN) == zoomed
    done = len(run_of(lab).history.epochs)
    body = pop_up(page, "steer.go_on")
    box = body.get_by_role("spinbutton", name=text("steer.more_epochs"))
    box.fill("300")
    body.get_by_role("button", name=text("steer.add_epochs")).click()
    expect_state(page, "running")
    until(lambda: len(run_of(lab).history.epochs) > done, "another epoch")
    assert run_of(lab).history.plan.epochs > done + 200
    stop_run(page)
