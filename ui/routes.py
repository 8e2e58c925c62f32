"""Server routes besides pages: Plotly's script, feeds of active runs, and versions of watched values.

Each is there at the root and below `server.baseUrlPath`, so that it answers behind a proxy that strips the prefix and
behind one that keeps it.
"""

from __future__ import annotations

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from ui.server.resources import PLOTLY_PATH
from ui.shared.addresses import configured_base
from ui.shared.presence import PRESENCE_PATH, send_presence
from ui.shared.watches import CHANGES_PATH, send_version
from ui.train.feed import send_news
from ui.train.feed_address import FEED_PATH


async def _send_plotly(request: Request) -> Response:
    path = files("plotly").joinpath("package_data/plotly.min.js")
    return FileResponse(
        str(path), media_type="text/javascript", headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )


_HANDLERS = {PLOTLY_PATH: _send_plotly, FEED_PATH: send_news, PRESENCE_PATH: send_presence, CHANGES_PATH: send_version}


def build_routes() -> list[Route]:
    """All routes; Streamlit's options must be loaded."""
    prefixes = dict.fromkeys(("", configured_base()))
    return [Route(prefix + path, handler) for prefix in prefixes for path, handler in _HANDLERS.items()]
