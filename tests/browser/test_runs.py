"""The Runs page in a browser: what people write on a run, deleting and undoing, and the line of two visitors."""

import shutil

import pytest
from lab_in_browser import button, open_page, settle, until
from playwright.sync_api import expect

from cnn_core import RunStore, find_recipe
from cnn_core.runs.labels import change_labels, read_labels
from ui.text import text

pytestmark = pytest.mark.browser


@pytest.fixture
def ended(lab):
    """ended("one") → the folder of a run of this name that is over; it is gone after the test."""
    made = []

    def make(name):
        folder = RunStore(lab.runs_dir).create(
            find_recipe("R5").experiment.on_dataset("digits").with_training(epochs=1000)  # one trained again goes on
        )
        folder.writer().emit("state", state="stopped")
        change_labels(folder.path, name=name)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder.path, ignore_errors=True)


def rows(page):
    return page.locator('[class*="st-key-runs-row-line"]')


def menu_of(page, folder):
    return page.locator(f".st-key-runs-menu-{folder.id.replace('.', '-')} button")


def choose_from_menu(page, folder, action):
    menu_of(page, folder).click()
    page.get_by_role("menuitem", name=text(f"runs.do_{action}")).click()
    settle(page)


def test_a_run_is_renamed_found_deleted_and_restored_by_keyboard(lab, page, ended):
    folder = ended("One of many")
    open_page(page, lab, "runs")
    menu_of(page, folder).focus()
    page.keyboard.press("Enter")
    item = page.get_by_role("menuitem", name=text("runs.do_edit"))
    until(lambda: page.keyboard.press("ArrowDown") or item.evaluate("e => e === document.activeElement"), "the item")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Needle")
    dialog.get_by_label("Name", exact=True).press("Enter")
    expect(dialog).to_have_count(0)
    assert read_labels(folder.path).name == "Needle"
    expect(page.locator(".run .who").filter(has_text="Needle")).to_be_visible()
    choose_from_menu(page, folder, "delete")
    expect(page.get_by_text(text("runs.deleted", name="Needle").replace("**", ""))).to_be_visible()
    assert not folder.path.exists()
    button(page, "runs.undo").press("Enter")
    expect(button(page, "runs.undo")).to_have_count(0)
    expect(page.locator(".run .who").filter(has_text="Needle")).to_be_visible()
    assert folder.path.exists()


def test_the_queue_is_reordered_and_foreign_runs_need_confirmation(lab, page, context, ended, keep_picture):
    folder = ended("Model of the three")
    open_page(page, lab, "runs")
    for count in (1, 2, 3):
        choose_from_menu(page, folder, "again")
        expect(rows(page)).to_have_count(count)
    expect(rows(page).filter(has_text=text("runs.yours"))).to_have_count(3)
    second = rows(page).nth(1).get_attribute("class")
    rows(page).nth(1).get_by_role("button", name=text("runs.order_later")).click()
    until(lambda: rows(page).nth(2).get_attribute("class") == second, "the second run to be the last")
    keep_picture(page, "line")

    visitor = context.browser.new_context().new_page()
    open_page(visitor, lab, "runs")
    expect(rows(visitor).filter(has_text=text("runs.somebodys"))).to_have_count(3)
    expect(visitor.get_by_role("button", name=text("runs.order_take_out"))).to_have_count(0)
    rows(visitor).nth(2).get_by_role("button", name=text("runs.foreign")).click()
    visitor.wait_for_timeout(3000)  # the line redraws itself meanwhile, and the question stays
    visitor.get_by_role("button", name=text("runs.order_take_out")).click()
    expect(rows(page)).to_have_count(2)
    visitor.context.close()

    rows(page).nth(1).get_by_role("button", name=text("runs.order_take_out")).click()
    expect(rows(page)).to_have_count(1)
    rows(page).get_by_role("button", name=text("runs.order_stop")).click()
    expect(rows(page)).to_have_count(0)


def test_a_run_deleted_by_another_visitor_is_restored_by_its_owner(lab, page, context, ended):
    folder = ended("Model of the three")
    open_page(page, lab, "runs")
    choose_from_menu(page, folder, "again")
    expect(rows(page)).to_have_count(1)
    (own,) = [run.folder for run in lab.own_runs if run.is_active]
    rows(page).get_by_role("button", name=text("runs.order_stop")).click()
    until(lambda: own.last_state() == "stopped", "the run to be stopped")

    visitor = context.browser.new_context().new_page()
    open_page(visitor, lab, "runs")
    choose_from_menu(visitor, own, "delete")
    button(visitor, "runs.delete", count=1).click()
    until(lambda: not own.path.exists(), "the run to be in the trash")
    visitor.context.close()

    open_page(page, lab, "runs")
    button(page, "runs.undo_others").click()
    until(own.path.exists, "the run to be back")
    expect(button(page, "runs.undo_others")).to_have_count(0)
