"""What moves on the page of a run under way, for the browser to fetch: no rerun of the page for a new point."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from cnn_core.errors import CnnLabError
from cnn_core.runs.store import RunRecord
from ui.server.resources import get_store
from ui.shared.plot import pack_charts
from ui.text import describe
from ui.text.language import PARAMETER, use_language
from ui.train.feed_address import INK
from ui.train.live_charts import list_charts, list_legend
from ui.train.live_model import recall_drawing
from ui.train.live_pictures import pack_pictures, read_version
from ui.train.live_progress import list_bars, pack_progress

_NOTHING_NEW, _GONE = 204, 404


def send_news(request: Request) -> Response:
    """One `Part` of a run. `?seen=` is the version of the last answer: if nothing changed, the answer is empty."""
    use_language(request.query_params.get(PARAMETER))
    try:
        run = get_store().find(request.path_params["run_id"])
    except CnnLabError as error:
        return Response(describe(error), _GONE)
    part = _PARTS.get(request.path_params["part"])
    if part is None:
        return Response(status_code=_GONE)
    ink = recall_drawing(request.query_params.get(INK, ""))
    seen = hashlib.md5(repr(part.version_of(run, ink)).encode(), usedforsecurity=False).hexdigest()
    if request.query_params.get("seen") == seen:
        return Response(status_code=_NOTHING_NEW)
    body = json.dumps(part.pack(run, ink) | {"seen": seen})
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


class _FeedPart(NamedTuple):
    """`version_of` must cost little and change with all that `pack` depends on; `pack` may take long."""

    version_of: Callable[[RunRecord, np.ndarray | None], object]
    pack: Callable[[RunRecord, np.ndarray | None], dict[str, Any]]


_PARTS: dict[str, _FeedPart] = {
    "charts": _FeedPart(
        lambda run, ink: run.revision, lambda run, ink: pack_charts(list_charts(run), list_legend(run))
    ),
    "progress": _FeedPart(lambda run, ink: list_bars(run), lambda run, ink: pack_progress(run)),
    "pictures": _FeedPart(read_version, pack_pictures),
}
