"""Figures that the core writes with a unit are written as the reader's language does."""

import pytest

from ui.shared.formats import translate_units
from ui.text import text_count
from ui.text.language import use_language


@pytest.fixture
def language():
    yield use_language
    use_language("en")


def test_percent_and_seconds_follow_the_language_and_counts_stay(language):
    said = "{} against {} in {} or {}, 1,234 steps".format("98.8\u00a0%", "+1.2 %", "18.3 s", "2:05 min")
    assert translate_units(said) == said
    language("zh-Hans")
    assert translate_units(said) == "98.8% against +1.2% in 18.3 秒 or 2 分 05 秒, 1,234 steps"


def test_one_epoch_is_not_called_epochs():
    values = {"seconds": "3 s", "accuracy": "90 %"}
    assert text_count("live.completed", 1, epochs=1, **values).startswith("1 epoch in")
    assert text_count("live.completed", 2, epochs=2, **values).startswith("2 epochs in")
