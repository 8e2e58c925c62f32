"""Who visits: a random token in a cookie of the browser, of which only a hash is used and stored."""

from __future__ import annotations

import hashlib
import re
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Any

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "cnn_lab_visitor"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,64}")
_MAX_AGE_S = 400 * 24 * 3600  # the longest that browsers accept


def visitor_id() -> str:
    """The visitor of the current session, 16 hexadecimal digits; empty without a cookie, as in tests without a browser.

    This is the one place that identifies a visitor: sign-in will replace the cookie here.
    """
    token = st.context.cookies.get(COOKIE, "")
    return hash_token(token) if isinstance(token, str) else ""  # AppTest has no cookies


def hash_token(token: str) -> str:
    """A cookie's value → the visitor's id; empty for a value that was not set by us."""
    return hashlib.sha256(token.encode()).hexdigest()[:16] if _TOKEN.fullmatch(token) else ""


def token_of(headers: Headers) -> str:
    """The visitor's token among the cookies of a request; empty if there is none."""
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie and _TOKEN.fullmatch(cookie.value) else ""


class VisitorCookie:
    """ASGI middleware that gives each browser a token with its first page. Scripts of the page can't read it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or token_of(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", _write_cookie(scope))
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _write_cookie(scope: dict[str, Any] | Scope) -> str:
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    token = secrets.token_urlsafe(32)
    return f"{COOKIE}={token}; Max-Age={_MAX_AGE_S}; Path=/; HttpOnly; SameSite=Lax{secure}"
