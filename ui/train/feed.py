"""What the charts of a run under way show, for the browser to fetch: no rerun of the page for a new point."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from cnn_core.errors import CnnLabError
from ui.plot import pack_charts
from ui.server import get_store
from ui.text import explain
from ui.text.language import PARAMETER, use_language
from ui.train.live_charts import list_charts, list_legend

_NOTHING_NEW, _GONE = 204, 404


def send_charts(request: Request) -> Response:
    """`?seen=` is what the last answer said; without news the answer is empty. `?lang=` is the reader's language."""
    use_language(request.query_params.get(PARAMETER))
    try:
        run = get_store().find(request.path_params["run_id"])
    except CnnLabError as error:
        return Response(explain(error), _GONE)
    seen = str(len(run.history.batches) + len(run.history.epochs) + len(run.history.interventions))
    if request.query_params.get("seen") == seen:
        return Response(status_code=_NOTHING_NEW)
    packed = pack_charts(list_charts(run), list_legend(run)) | {"seen": seen}
    return Response(json.dumps(packed), media_type="application/json", headers={"Cache-Control": "no-store"})
