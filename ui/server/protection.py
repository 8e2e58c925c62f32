"""Middleware that guards the server: which host names it answers to, and the security headers of its responses."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from ui.session.visitor import VisitorCookie

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def build_middleware() -> list[Middleware]:
    """Host check, security headers and visitor cookie, as `st.App` takes them; Streamlit's options must be loaded."""
    return [
        Middleware(HostCheck, hosts=allowed_hosts()),
        Middleware(SecurityHeaders, headers=security_headers()),
        Middleware(VisitorCookie),
    ]


def allowed_hosts() -> tuple[str, ...]:
    """Host names that the server answers to; empty for any.

    `server.allowedHosts` if it is set. Otherwise a server that listens on this computer alone answers to the names of
    this computer: a website whose name resolves to 127.0.0.1 (DNS rebinding) reads nothing from it.
    """
    configured: Sequence[str] = st.get_option("server.allowedHosts") or ()
    if configured:
        return tuple(configured)
    return _LOOPBACK_NAMES if is_local_only(st.get_option("server.address")) else ()


def is_local_only(address: str | None) -> bool:
    """Whether a server that listens on this address can be reached from this computer alone."""
    if not address:
        return False  # Streamlit's default is all addresses
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address == "localhost" or address.startswith("unix://")


def matches_host(header: str, allowed: Sequence[str]) -> bool:
    """Whether a Host header names one of these hosts; `*.example.org` stands for all subdomains."""
    try:
        host = (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return False
    patterns = [name.lower().strip("[]").rstrip(".") for name in allowed]
    return any(name in ("*", host) or (name.startswith("*.") and host.endswith(name[1:])) for name in patterns if host)


def security_headers() -> dict[str, str]:
    """Headers of every response. The browser loads scripts, images and data from this server alone."""
    policy = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", "blob:", *_hash_inline_scripts()]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self' ws: wss: data: blob:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


def _hash_inline_scripts() -> list[str]:
    """Of Streamlit's own page, so that no other inline script runs."""
    index = Path(st.__file__).parent / "static" / "index.html"
    scripts = _INLINE_SCRIPT.findall(index.read_text(encoding="utf-8"))
    return [f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts]


class HostCheck:
    """Answers 400 to requests whose Host header names another host; no `hosts`: answers all."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_request = scope["type"] in ("http", "websocket")
        if not is_request or not self._hosts or matches_host(Headers(scope=scope).get("host", ""), self._hosts):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(reason="Invalid host")(scope, receive, send)
        else:
            answer = PlainTextResponse("Invalid host. Add it to server.allowedHosts.", status_code=400)
            await answer(scope, receive, send)


class SecurityHeaders:
    """Adds headers to every response that has none of that name."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app, self._headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
