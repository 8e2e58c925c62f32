"""One interaction on /train: with TensorFlow never loaded, while it is loading, and ever after."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import cycle
from statistics import median
from typing import Any

import click

from benchmarks.pairs import Pairs, clock
from benchmarks.server import Server, ServerFailed, serve_app

_WARM_UP = 3
_QUIET_REPEATS = 15
_LOAD_TIMEOUT_S = 180.0
_SETTLE_S = 6.0  # after TensorFlow, the server warms a spare worker


class Visitor:
    """A session on /train that changes the number of epochs to and fro."""

    def __init__(self, server: Server) -> None:
        self._server = server
        first = server.interact({"page": "train"})
        if first.get("status") != "ready":
            raise ServerFailed(server.read_log())
        self._session = first["session_id"]
        self._key = next(key for key in _keys(first["tree"]) if key.endswith(".epochs"))
        self._values: Iterator[int] = cycle((6, 7))
        self.failures = 0

    def rerun(self) -> float:
        """Seconds of one rerun as the client sees them."""
        answer: dict[str, Any] = {}
        change = {"session_id": self._session, "widget_state": {self._key: next(self._values)}}
        seconds = clock(lambda: answer.update(self._server.interact(change)))
        self.failures += answer.get("status") != "ready"
        return seconds

    def rerun_often(self, times: int) -> list[float]:
        return [self.rerun() for _ in range(times)]


def measure_rerun(pairs: int) -> list[Pairs]:
    names = "CNN Lab", "the same without TensorFlow"
    loading = Pairs("rerun while TensorFlow loads", *names, target=4.0)
    after = Pairs("rerun ever after", *names, target=1.2)
    failures = 0
    with serve_app(WITHOUT_TENSORFLOW="1") as without:
        without.wait_until_up()
        peer = Visitor(without)
        peer.rerun_often(_WARM_UP)
        for _ in range(pairs):
            quiet = median(peer.rerun_often(_QUIET_REPEATS))
            with serve_app() as server:
                server.wait_until_up()
                visitor = Visitor(server)
                loading.add(quiet, median(_rerun_while_loading(server, visitor)))
                time.sleep(_SETTLE_S)
                visitor.rerun_often(_WARM_UP)
                for _ in range(_QUIET_REPEATS):
                    after.add(peer.rerun(), visitor.rerun())
                failures += visitor.failures
    if failures:
        click.echo(f"{failures} reruns ended in an error")
    return [loading, after]


def _rerun_while_loading(server: Server, visitor: Visitor) -> list[float]:
    """Reruns that began and ended within the import of TensorFlow."""
    deadline = time.monotonic() + _LOAD_TIMEOUT_S
    times: list[float] = []
    while not (server.folder / "ready").exists():
        began = (server.folder / "loading").exists()
        seconds = visitor.rerun()
        if began:
            times.append(seconds)
        if time.monotonic() > deadline:
            raise TimeoutError("TensorFlow did not become ready.")
    return times


def _keys(node: dict[str, Any]) -> Iterator[str]:
    if "key" in node:
        yield str(node["key"])
    for child in node.get("children", ()):
        yield from _keys(child)
