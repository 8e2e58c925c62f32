"""Where the browser fetches what moves on the page of a run under way."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode

from ui.shared.addresses import address_of
from ui.text.language import PARAMETER, current_language

Part = Literal["charts", "progress", "pictures"]
INK = "ink"  # which drawing is among the images, as `remember_drawing` calls it
FEED_PATH = "/cnn-lab/live/{run_id}/{part}"


def feed_of(run_id: str, part: Part, **query: str) -> str:
    """The address that answers in the reader's language."""
    path = FEED_PATH.format(run_id=run_id, part=part)
    return f"{address_of(path)}?{urlencode({PARAMETER: current_language(), **query})}"
