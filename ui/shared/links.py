"""Links to what a page shows: its run, compared runs, drawing, and the values of its widgets, in one URL parameter."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st

from cnn_core.errors import CnnLabError
from ui.server.resources import get_store
from ui.session.document import is_plain, read_drawing
from ui.session.state import open_widgets, page_widgets, session
from ui.shared.addresses import browser_url
from ui.text import text
from ui.text.language import PARAMETER, current_language

VIEW = "view"
_MAX_LINK, _MAX_JSON = 16_000, 200_000  # characters; bytes after decompression
_MAX_VALUES, _MAX_KEY = 300, 200
_SHOW_DRAWING = ("home", "draw", "layers")
_OWN_LINKS = ("design", "learn")  # their URL already holds the design, or the article and step
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def encode_view(page: str) -> str:
    """What the page shows, as characters that a URL may hold; a drawing that is too large is left out."""
    state = session()
    view: dict[str, Any] = {
        "run": state.run_id,
        "watched": state.watched_run,
        "compared": state.compared if page == "compare" else [],
        "widgets": page_widgets(),
    }
    drawing = state.sheet.drawing
    if page in _SHOW_DRAWING and drawing.pixels is not None:
        with_drawing = _pack(view | {"drawing": json.loads(drawing.as_json)})
        if len(with_drawing) <= _MAX_LINK:
            return with_drawing
    return _pack(view)


def open_view(encoded: str) -> list[str]:
    """Makes this session show a link's view. Returns a message for each thing that is missing here or damaged."""
    view = _unpack(encoded)
    if view is None:
        return [text("links.damaged")]
    state, problems = session(), []
    widgets = view.get("widgets")
    if isinstance(widgets, dict):
        fitting = {key: value for key, value in widgets.items() if len(key) <= _MAX_KEY and is_plain(value)}
        open_widgets(dict(list(fitting.items())[:_MAX_VALUES]))
    wanted = {name: view.get(name) for name in ("run", "watched")}
    compared = view.get("compared")
    names = [name for name in compared if isinstance(name, str)] if isinstance(compared, list) else []
    missing = [name for name in {*names, *filter(None, wanted.values())} if not _is_here(name)]
    problems += [text("links.missing_run", run=str(name)[:80]) for name in sorted(missing, key=str)]
    if wanted["run"] and wanted["run"] not in missing:
        state.run_id = str(wanted["run"])
    if wanted["watched"] and wanted["watched"] not in missing:
        state.watched_run = str(wanted["watched"])
    if here := [name for name in names if name not in missing]:
        state.compared = here
    if view.get("drawing") is not None:
        try:
            state.sheet.add(read_drawing(view["drawing"]))
            state.sheet.mount_anew()
        except (ValueError, KeyError, TypeError, AttributeError, OSError):
            problems.append(text("links.damaged"))
    return problems


def open_link() -> None:
    """Follows the URL's view once; before the page is rendered."""
    encoded = st.query_params.get(VIEW, "")
    state = session()
    if not encoded or encoded == state.link:
        return
    state.link = encoded
    for problem in open_view(encoded):
        st.warning(problem, icon=":material/link_off:")


def render_copy_link(page: str) -> None:
    """In the sidebar of every page, after the page itself: its link, with a warning if it works only here."""
    with st.sidebar:
        # Opening it runs the whole page: a fragment may have changed what it shows since.
        popover = st.popover(
            text("links.copy"), icon=":material/link:", width="stretch", key="copy-link", on_change="rerun"
        )
    if popover.open:
        with popover:
            link = write_link(page)
            st.caption(text("links.what"))
            st.code(link, language=None, wrap_lines=True)
            if is_local(link):
                st.caption(f":orange[:material/computer: {text('links.local')}]")


def write_link(page: str) -> str:
    """The URL of the current view."""
    address = urlsplit(browser_url())
    given = {PARAMETER: current_language()}
    if page in _OWN_LINKS:
        given |= {name: value for name, value in st.query_params.to_dict().items() if name != VIEW}
    given[VIEW] = encode_view(page)
    return address._replace(query=urlencode(given), fragment="").geturl()


def is_local(link: str) -> bool:
    """Whether a link works only on the computer that runs the server."""
    return (urlsplit(link).hostname or "localhost") in _LOCAL_HOSTS


def _is_here(run_id: object) -> bool:
    try:
        get_store().find(str(run_id))
    except CnnLabError:
        return False
    return True


def _pack(view: dict[str, Any]) -> str:
    compressed = zlib.compress(json.dumps(view, separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(compressed).decode().rstrip("=")


def _unpack(encoded: str) -> dict[str, Any] | None:
    """None for anything that is not a view, or is too large; nothing is decompressed beyond the limit."""
    if len(encoded) > _MAX_LINK:
        return None
    try:
        compressed = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        decompressor = zlib.decompressobj()
        written = decompressor.decompress(compressed, _MAX_JSON)
        view = json.loads(written) if decompressor.eof else None
    except (ValueError, zlib.error, RecursionError):
        return None
    return view if isinstance(view, dict) else None
