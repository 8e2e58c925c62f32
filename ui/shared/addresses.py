"""Addresses of this server as the browser must ask for them, also below a prefix such as /lab."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from ui.shared.navigation import PAGES


def configured_base() -> str:
    """`server.baseUrlPath` as a prefix of paths: "/lab", or an empty string."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def browser_url() -> str:
    """The address of the page in the browser; empty where it is unknown."""
    return st.context.url or ""


def browser_base() -> str:
    """The prefix in the browser's address: the configured one, or one that a proxy adds and strips again."""
    path = urlsplit(browser_url()).path.rstrip("/")
    base, configured = path, configured_base()
    if path != configured and path.rpartition("/")[2] in PAGES:
        base = path.rpartition("/")[0]
    return base or configured


def address_of(path: str) -> str:
    """The address of one of our own routes, for the browser."""
    return browser_base() + path
