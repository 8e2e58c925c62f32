"""A dataset, an attribution method and an export format from outside the package on the pages."""

import numpy as np
import pytest
import toy_extensions
from app_pages import PATIENCE_S
from streamlit.testing.v1 import AppTest

from ui.layers import why_cards


@pytest.fixture(autouse=True)
def _registered():
    toy_extensions.add()
    yield
    toy_extensions.remove()


def test_train_and_design_offer_the_dataset(open_page):
    train, design = open_page("train"), open_page("design")
    design.session_state["design.input"] = True  # the popover, opened
    design.run()
    for app in (train, design):
        assert not app.exception
        options = [
            option for widget in [*app.selectbox, *app.segmented_control, *app.radio] for option in widget.options
        ]
        assert any(option.startswith("Stripes") for option in options)


def test_the_attribution_has_a_card_with_its_texts(monkeypatch):
    drawn = {}
    monkeypatch.setattr(why_cards, "_why", lambda key, data: drawn.update(data))
    maps = {"toy_constant": np.full((4, 4), 0.5, np.float32)}
    explanation = why_cards.Explanation(maps, {"toy_constant": {}}, 1.0, True)
    why_cards.render_cards(np.zeros((4, 4, 1), np.float32), explanation, "7", key="k")
    card = drawn["cards"][-1]
    assert (card["title"], card["shows"], card["beware"]) == (
        "Toy attribution",
        "A constant for 7.",
        "It says nothing.",
    )
    why_cards.render_cards(
        np.zeros((4, 4, 1), np.float32), why_cards.Explanation({}, {}, 1.0, True), "7", key="without"
    )
    assert drawn["cards"][-1]["shows"] == "A constant can't be had here."


@pytest.mark.usefixtures("tensorflow_ready")
def test_the_format_has_a_button(own_run):
    app = AppTest.from_function(show, args=(own_run.id,), default_timeout=PATIENCE_S)
    app.session_state[f"downloads-{own_run.id}"] = True
    app.run()
    assert not app.exception
    assert "Toy file" in [button.label for button in app.download_button]


def show(run_id):
    from cnn_core import RunStore, default_runs_dir
    from ui.shared.downloads import render_downloads

    render_downloads(RunStore(default_runs_dir()).find(run_id))
