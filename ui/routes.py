"""Server routes besides pages: Plotly's script, and feeds of active runs."""

from __future__ import annotations

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from ui.server.resources import PLOTLY_PATH
from ui.train.feed import send_news
from ui.train.feed_address import FEED_PATH


async def _send_plotly(request: Request) -> Response:
    path = files("plotly").joinpath("package_data/plotly.min.js")
    return FileResponse(
        str(path), media_type="text/javascript", headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )


routes = [Route(PLOTLY_PATH, _send_plotly), Route(FEED_PATH, send_news)]
