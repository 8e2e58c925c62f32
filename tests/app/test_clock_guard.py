"""A live view's clock ticks on for a moment when its page is left; no tick may take the new page away."""

from types import SimpleNamespace

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

from ui.streamlit_patches.clock_guard import (
    _without_ticks_after_their_page,
    _without_ticks_of_other_pages,
    guard_page_changes,
)


@pytest.fixture(autouse=True)
def _guarded():
    guard_page_changes()


def tick(page, **more):
    return RerunData(page_script_hash=page, fragment_id="live", is_auto_rerun=True, **more)


def waiting(*requests):
    line = ScriptRequests()
    for request in requests:
        assert line.request_rerun(request)
    return line.on_scriptrunner_ready().rerun_data


def test_a_tick_does_not_revert_a_page_change():
    data = waiting(RerunData(page_script_hash="layers"), tick("train"))
    assert (data.page_script_hash, data.fragment_id_queue) == ("layers", [])


def test_a_click_and_a_tick_of_one_page_are_both_processed():
    data = waiting(RerunData(page_script_hash="train", fragment_id="head"), tick("train"))
    assert data.fragment_id_queue == ["head", "live"]


def test_a_tick_alone_is_processed():
    assert waiting(tick("train")).fragment_id_queue == ["live"]


def states(value):
    return WidgetStates(widgets=[WidgetState(id="dataset", string_value=value)])


def test_a_tick_does_not_revert_a_value_set_by_a_button():
    data = waiting(tick("train", widget_states=states("mnist")), RerunData(page_script_hash="train"))
    assert list(data.widget_states.widgets) == []


def test_a_tick_keeps_values_just_chosen():
    chosen = RerunData(page_script_hash="train", fragment_id="head", widget_states=states("digits"))
    assert waiting(chosen, tick("train", widget_states=states("mnist"))).widget_states == states("digits")


@pytest.mark.parametrize("place", ["as it comes in", "as its turn comes"])
@pytest.mark.parametrize(
    ("shown", "page", "is_tick", "served"),
    [
        ("layers", "train", True, False),
        ("layers", "layers", True, True),
        ("layers", "train", False, True),
        ("router", "train", True, True),
        ("", "train", True, True),
    ],
)
def test_only_ticks_of_a_previous_page_are_dropped(place, shown, page, is_tick, served):
    seen, pages = [], SimpleNamespace(main_script_hash="router")
    if place == "as it comes in":
        session = SimpleNamespace(_client_state=ClientState(page_script_hash=shown), _pages_manager=pages)
        request = ClientState(page_script_hash=page, is_auto_rerun=is_tick)
        _without_ticks_of_other_pages(lambda _, state: seen.append(state))(session, request)
    else:
        context = SimpleNamespace(page_script_hash=shown)
        runner = SimpleNamespace(_get_script_run_ctx=lambda: context, _pages_manager=pages)
        request = RerunData(page_script_hash=page, is_auto_rerun=is_tick)
        _without_ticks_after_their_page(lambda _, data: seen.append(data))(runner, request)
    assert bool(seen) == served


def test_the_guard_is_installed_once():
    before = AppSession.request_rerun
    guard_page_changes()
    assert AppSession.request_rerun is before


def test_without_the_patch_streamlit_still_reverts_a_page_change():
    """When this fails, Streamlit has fixed it and ui/streamlit_patches/clock_guard.py can go."""
    line = ScriptRequests()
    for request in (RerunData(page_script_hash="layers"), tick("train")):
        assert ScriptRequests.request_rerun.__wrapped__(line, request)
    data = line.on_scriptrunner_ready().rerun_data
    assert (data.page_script_hash, data.fragment_id_queue) != ("layers", [])


def test_without_the_patch_streamlit_still_reverts_a_value():
    """When this fails as well as the test above, nothing of `_with_harmless_ticks` is needed."""
    line = ScriptRequests()
    for request in (tick("train", widget_states=states("mnist")), RerunData(page_script_hash="train")):
        assert ScriptRequests.request_rerun.__wrapped__(line, request)
    assert "mnist" in str(line.on_scriptrunner_ready().rerun_data.widget_states)
