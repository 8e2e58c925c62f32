"""A visitor's choices, drawing and design are kept on the server: in another session, tab, and after a restart."""

import json

import numpy as np
import pytest
from app_pages import button, go, number, open_app
from asgi import get
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from cnn_core import find_recipe
from ui.session import state as session_state
from ui.session.document import read_document, write_document
from ui.session.model import Drawing, SessionState
from ui.session.store import VisitorStore
from ui.session.visitor import COOKIE, VisitorCookie, hash_token

OWNER = "0123456789abcdef"


def drawing(value=200):
    pixels = np.zeros((280, 280), np.uint8)
    pixels[100:180, 130:150] = value
    return Drawing({"version": "7.4.0", "objects": [{"type": "Path"}]}, pixels)


def a_state():
    state = SessionState(owner=OWNER, is_kept=True, run_id="r2", compared=["a", "b"], watched_run="a")
    state.widgets = {"train.epochs": 3, "draw.light": True, "layers.source": None, "race.entrants": ["R1", "R2"]}
    state.sheet.add(drawing())
    state.sheet.add(drawing(90))
    state.sheet.go(-1)
    state.draft.change(find_recipe("R1").experiment)
    state.draft.change(find_recipe("R5").experiment)
    state.draft.step_back()
    state.reading.article, state.reading.steps, state.reading.seen = "R3", {"R3": 4}, {"R3": {1, 2}}
    return state


def read(text):
    state = SessionState(owner=OWNER)
    read_document(text, state)
    return state


def test_everything_a_visitor_chose_round_trips_through_json():
    before = a_state()
    after = read(write_document(before))
    for name in ("run_id", "compared", "watched_run", "widgets"):
        assert getattr(after, name) == getattr(before, name)
    assert (after.draft.design, after.draft.undo, after.draft.redo) == (
        before.draft.design,
        before.draft.undo,
        before.draft.redo,
    )
    assert np.array_equal(after.ink, before.ink)
    assert (after.sheet.position, len(after.sheet.drawings)) == (1, 3)
    assert (after.reading.article, after.reading.steps, after.reading.seen) == ("R3", {"R3": 4}, {"R3": {1, 2}})
    assert write_document(after) == write_document(before)


def test_a_damaged_part_keeps_its_default_and_the_others_are_read():
    document = json.loads(write_document(a_state()))
    document["design"]["current"] = {"architecture": "none"}
    document["canvas"]["position"] = 99
    after = read(json.dumps(document))
    assert after.draft == SessionState().draft
    assert after.ink is None
    assert after.run_id == "r2"


@given(st.integers(0, 10**6), st.integers(0, 255))
def test_one_wrong_byte_never_raises(place, byte):
    encoded = bytearray(write_document(a_state()).encode())
    encoded[place % len(encoded)] = byte
    assert isinstance(read(encoded.decode(errors="replace")), SessionState)


def test_another_version_is_left_alone():
    document = json.loads(write_document(a_state())) | {"version": 99}
    assert read(json.dumps(document)).run_id == ""


def test_a_long_history_of_large_drawings_keeps_the_current_one_and_stays_small():
    state = a_state()
    for seed in range(60):
        noise = np.random.default_rng(seed).integers(0, 255, (280, 280), np.uint8)
        state.sheet.add(Drawing({"objects": []}, noise))
    text = write_document(state)
    assert len(text) < 3_000_000
    assert np.array_equal(read(text).ink, state.ink)


@pytest.fixture
def store(runs_dir):
    return VisitorStore(delay_s=60)  # written when flushed


def new_tab(store):
    state = SessionState(owner=OWNER, is_kept=True)
    store.load(state)
    return state


def test_of_two_tabs_the_last_writer_is_kept_and_the_other_one_is_behind(store):
    first, second = new_tab(store), new_tab(store)
    first.run_id = "of the first"
    store.touch(first)
    store.touch(second)  # has changed nothing, and writes nothing
    store.flush()
    assert (store.is_behind(first), store.is_behind(second)) == (False, True)
    assert new_tab(store).run_id == "of the first"
    second.run_id = "of the second"
    store.touch(second)
    store.flush()
    assert (store.is_behind(first), store.is_behind(second)) == (True, False)
    assert new_tab(store).run_id == "of the second"


def test_a_reload_sees_what_is_still_waiting_to_be_written(store):
    state = new_tab(store)
    state.run_id = "just chosen"
    store.touch(state)
    assert new_tab(store).run_id == "just chosen"


def test_a_folder_that_cannot_be_written_loses_nothing_but_the_copy(store, runs_dir, caplog):
    runs_dir.write_text("a file")
    state = new_tab(store)
    state.run_id = "x"
    store.touch(state)
    store.flush()
    assert "can't be written" in caplog.text


def test_the_cookie_comes_with_the_first_page_only_and_can_not_be_read_by_scripts():
    async def page(request):
        return HTMLResponse("<p>page</p>")

    async def script(request):
        return PlainTextResponse("script")

    routes = [Route("/", page), Route("/script.js", script)]
    app = Starlette(routes=routes, middleware=[Middleware(VisitorCookie)])
    assert "set-cookie" not in get(app, "/script.js").headers
    given = get(app, "/").headers["set-cookie"]
    assert all(part in given for part in ("HttpOnly", "SameSite=Lax", "Path=/"))
    pair = given.partition(";")[0]
    assert "set-cookie" not in get(app, "/", cookie=pair).headers
    assert len(hash_token(pair.removeprefix(f"{COOKIE}="))) == 16
    assert "set-cookie" in get(app, "/", cookie=f"{COOKIE}=../../etc").headers  # not one of ours
    assert hash_token("../../etc") == ""


@pytest.fixture
def known_visitor(monkeypatch, runs_dir):
    monkeypatch.setattr(session_state, "visitor_id", lambda: OWNER)
    store = VisitorStore(delay_s=60)
    monkeypatch.setattr(session_state, "visitors", store)
    return store


def test_a_design_with_its_history_survives_a_new_session(known_visitor):
    design = open_app("design")
    box = number(design, "filters")
    changed = box.value + 1
    box.set_value(changed).run()
    again = open_app("design")
    assert number(again, "filters").value == changed
    button(again, "design.undo").click().run()
    assert number(again, "filters").value == changed - 1


def test_train_settings_survive_a_new_session_and_other_pages(known_visitor):
    train = open_app("train")
    number(train, "epochs").set_value(7).run()
    again = go(open_app("draw"), "train")
    assert number(again, "epochs").value == 7


def test_selected_experiments_on_compare_survive_a_new_session(known_visitor):
    compare = open_app("compare")
    chosen = compare.multiselect[0].value
    compare.multiselect[0].set_value(chosen[:1]).run()
    assert open_app("compare").multiselect[0].value == chosen[:1]
