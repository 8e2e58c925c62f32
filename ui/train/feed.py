"""What moves on the page of a run under way, for the browser to fetch: no rerun of the page for a new point."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cnn_core.errors import CnnLabError
from cnn_core.runs.store import RunRecord
from ui.server.resources import get_store
from ui.shared.plot import pack_charts
from ui.text import explain
from ui.text.language import PARAMETER, use_language
from ui.train.feed_address import INK
from ui.train.live_charts import list_charts, list_legend
from ui.train.live_model import recall_drawing
from ui.train.live_pictures import pack_pictures
from ui.train.live_progress import pack_progress

_NOTHING_NEW, _GONE = 204, 404


def send_news(request: Request) -> Response:
    """One `Part` of a run. `?seen=` is the version of the last answer: if nothing changed, the answer is empty."""
    use_language(request.query_params.get(PARAMETER))
    try:
        run = get_store().find(request.path_params["run_id"])
    except CnnLabError as error:
        return Response(explain(error), _GONE)
    packed = _pack(run, request.path_params["part"], request.query_params.get(INK, ""))
    if packed is None:
        return Response(status_code=_GONE)
    seen = hashlib.md5(json.dumps(packed).encode(), usedforsecurity=False).hexdigest()
    if request.query_params.get("seen") == seen:
        return Response(status_code=_NOTHING_NEW)
    body = json.dumps(packed | {"seen": seen})
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


def _pack(run: RunRecord, part: str, ink: str) -> dict[str, Any] | None:
    if part == "charts":
        return pack_charts(list_charts(run), list_legend(run))
    if part == "progress":
        return pack_progress(run)
    return pack_pictures(run, recall_drawing(ink)) if part == "pictures" else None
