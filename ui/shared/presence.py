"""Notices a restart of the server, and changes in another tab of the same browser."""

from __future__ import annotations

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ui.components import read_asset
from ui.session.state import load_other_tab, session
from ui.session.store import BOOT, visitors
from ui.session.visitor import hash_token, token_of
from ui.shared.addresses import address_of
from ui.text import text

PRESENCE_PATH = "/cnn-lab/presence"

_presence = st.components.v2.component(
    "cnn_lab_presence", js=read_asset("shared/hold.js") + read_asset("shared/presence.js")
)


def render_presence() -> None:
    """At the end of the sidebar: nothing, or that another tab has changed something, with a button to take it over."""
    state = session()
    if not state.is_kept:
        return
    with st.sidebar:
        _presence(
            key="presence",
            data={"address": address_of(PRESENCE_PATH), "boot": BOOT, "tab": state.tab, "revision": state.revision},
            on_changed_change=lambda: None,
        )
        if visitors.is_behind(state):
            st.caption(text("nav.other_tab"))
            st.button(text("nav.load_other_tab"), icon=":material/sync:", on_click=load_other_tab)


async def send_presence(request: Request) -> Response:
    """Which server this is, and the newest version of the visitor's state with the tab that wrote it."""
    revision, tab = visitors.newest(hash_token(token_of(request.headers)))
    return JSONResponse({"boot": BOOT, "revision": revision, "tab": tab}, headers={"Cache-Control": "no-store"})
