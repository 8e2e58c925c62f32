"""Host names that the server answers to, headers of its responses, routes, and addresses below a path prefix."""

import pytest
import streamlit as st
from asgi import get
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ui.routes import build_routes
from ui.server.protection import allowed_hosts, build_middleware, is_local_only, matches_host
from ui.shared import addresses
from ui.shared.addresses import address_of


@pytest.fixture
def options(monkeypatch):
    """Values that replace Streamlit's options."""
    values = {}
    original = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: values[name] if name in values else original(name))
    return values


def get_guarded(host):
    async def answer(request):
        return PlainTextResponse("an answer")

    return get(Starlette(routes=[Route("/", answer)], middleware=build_middleware()), "/", host)


def test_the_configuration_of_the_repository_listens_on_this_computer_alone():
    assert is_local_only(st.get_option("server.address"))


@pytest.mark.parametrize(
    ("address", "is_local"),
    [
        *((address, True) for address in ("localhost", "127.0.0.1", "127.3.2.1", "::1", "[::1]")),
        *((address, False) for address in ("0.0.0.0", "::", "192.168.1.5", "lab.example.org", None)),
    ],
)
def test_local_addresses(address, is_local):
    assert is_local_only(address) == is_local


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        *((header, True) for header in ("localhost:8501", "LOCALHOST.", "127.0.0.1", "[::1]:8501", "a.lab.org")),
        *((header, False) for header in ("evil.example", "lab.org", "notlab.org", "", "[", ":80")),
    ],
)
def test_host_headers(header, matches):
    assert matches_host(header, ("localhost", "127.0.0.1", "::1", "*.lab.org")) == matches


def test_a_local_server_answers_to_its_own_names_only(options):
    options["server.address"], options["server.allowedHosts"] = "localhost", []
    assert get_guarded("localhost:8501").body == b"an answer"
    assert get_guarded("rebound.example").status == 400


def test_a_server_for_the_network_answers_to_every_name_unless_names_are_configured(options):
    options["server.address"], options["server.allowedHosts"] = "0.0.0.0", []
    assert allowed_hosts() == ()
    assert get_guarded("lab.example.org").status == 200
    options["server.allowedHosts"] = ["lab.example.org"]
    assert get_guarded("lab.example.org").status == 200
    assert get_guarded("localhost").status == 400


def test_responses_allow_content_of_this_server_alone():
    headers = get_guarded("localhost").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "'unsafe-eval'" not in policy
    assert "script-src 'self' blob: 'sha256-" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("base", "prefixes"), [("", {""}), ("lab", {"", "/lab"}), ("/a/b/", {"", "/a/b"})])
def test_own_routes_answer_with_and_without_the_prefix(options, base, prefixes):
    options["server.baseUrlPath"] = base
    app = Starlette(routes=build_routes())
    for prefix in prefixes:
        answer = get(app, f"{prefix}/cnn-lab/live/no-run/charts")
        assert b"no run called" in answer.body
        assert answer.status == 404


@pytest.mark.parametrize(
    ("configured", "url", "address"),
    [
        ("", "http://localhost:8501/", "/x"),
        ("", "http://localhost:8501/train", "/x"),
        ("lab", "http://localhost:8501/lab", "/lab/x"),
        ("lab", "http://localhost:8501/lab/train", "/lab/x"),
        ("", "https://school.example/tools/lab/train", "/tools/lab/x"),  # a proxy strips the prefix
        ("lab", "https://school.example/tools/lab/runs", "/tools/lab/x"),
        ("train", "http://localhost:8501/train", "/train/x"),
        ("lab", "", "/lab/x"),
    ],
)
def test_addresses_follow_the_prefix_in_the_browser(options, monkeypatch, configured, url, address):
    options["server.baseUrlPath"] = configured
    monkeypatch.setattr(addresses, "browser_url", lambda: url)
    assert address_of("/x") == address
