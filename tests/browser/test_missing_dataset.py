"""Without a network MNIST can't be had: that is a sentence with ways on, never a wait without end."""

import pytest
from lab_in_browser import button, choose, expect_no_failure, open_page
from playwright.sync_api import expect

from cnn_core import DATASETS
from ui.text import text

pytestmark = pytest.mark.browser

MNIST, DIGITS = DATASETS["mnist"], DATASETS["digits"]


def test_a_failed_download_is_a_message_and_offers_digits(lab, page):
    open_page(page, lab, "train")
    choose(page, text("setup.dataset"), MNIST.title)
    expect(page.get_by_text(text("data.missing", name=MNIST.title))).to_be_visible()

    button(page, "data.download", size=MNIST.download_mb).click()
    sentence = page.get_by_text(f"{MNIST.title} could not be downloaded")
    expect(sentence).to_be_visible()
    expect(sentence).not_to_contain_text("Traceback")
    expect_no_failure(page)

    button(page, "data.use_digits").click()
    expect(sentence).to_have_count(0)
    expect(page.get_by_role("combobox", name=text("setup.dataset"))).to_have_value(DIGITS.title)
    expect(button(page, "train.start")).to_be_enabled()
    expect_no_failure(page)
