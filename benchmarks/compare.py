"""Opening Compare among 500 runs, and changing what is compared, against a bare page with one control."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.pairs import Pairs, clock
from benchmarks.server import PEERS, Server, ServerFailed, serve, serve_app
from tests.core.many_runs import make_runs
from ui.text import text

_RUNS, _REPEATS = 500, 1  # every run an experiment of its own: the longest list to choose from
_WARM_UP = 2
_TAB = "compare.tab"
_PAGE = {"page": "compare"}


def measure_compare(pairs: int) -> list[Pairs]:
    """The first visitor waits while runs are read; later ones do not."""
    names = "CNN Lab /compare, 500 runs", "a page with one slider"
    first = Pairs("the first visitor of a fresh server opens Compare", *names, target_ms=1000)
    opening = Pairs("opening Compare", *names, target_ms=1000)
    results = [first, opening]
    with TemporaryDirectory(prefix="cnn-lab-benchmark-") as folder:
        make_runs(Path(folder), _RUNS, _REPEATS)
        with (
            serve_app(WITHOUT_TENSORFLOW="1", CNN_LAB_RUNS_DIR=folder) as app,
            serve("run", str(PEERS / "echo_slider.py")) as bare,
        ):
            app.wait_until_up()
            bare.wait_until_up()
            first.add(_timed_open(bare, {}), _timed_open(app, _PAGE))
            for index in range(_WARM_UP + pairs):
                times = _timed_open(bare, {}), _timed_open(app, _PAGE)
                if index >= _WARM_UP:
                    opening.add(*times)
            for tab in ("table", "curves"):
                result = Pairs(f"changing the choice, six of 500, {tab} shown", *names, target_ms=300)
                _change(result, app, bare, text(f"compare.tab_{tab}"), pairs)
                results.append(result)
    return results


def _change(result: Pairs, app: Server, bare: Server, tab: str, pairs: int) -> None:
    ours, peer = _interact(app, _PAGE), _interact(bare, {})
    slider, choice = _find(peer, "slider"), _find(ours, "multiselect")
    _interact(app, {"session_id": ours["session_id"], "widget_state": {_TAB: tab}})
    labels = choice["props"]["options"]
    choices, values = cycle([labels[:6], labels[6:12]]), cycle([4, 5])
    for index in range(_WARM_UP + pairs):
        change = {"session_id": ours["session_id"], "widget_state": {choice["key"]: next(choices)}}
        turn = {"session_id": peer["session_id"], "widget_state": {slider["key"]: next(values)}}
        times = clock(_interact, bare, turn), clock(_interact, app, change)
        if index >= _WARM_UP:
            result.add(*times)


def _timed_open(server: Server, request: dict[str, Any]) -> float:
    return clock(_interact, server, request)


def _interact(server: Server, request: dict[str, Any]) -> dict[str, Any]:
    answer = server.interact(request)
    if answer.get("status") != "ready":
        raise ServerFailed(f"{answer} {server.read_log()}")
    return answer


def _find(answer: dict[str, Any], kind: str) -> dict[str, Any]:
    """The first widget of that kind on the page."""
    pending = [answer["tree"]]
    while pending:
        node: dict[str, Any] = pending.pop(0)
        if node.get("type") == kind:
            return node
        pending = [*node.get("children", ()), *pending]
    raise ServerFailed(f"There is no {kind} on the page.")
