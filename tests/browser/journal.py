"""What browser and server said to each other, in short: for a failure that only a busy machine shows."""

import time
from collections import deque

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

LINES = 150


class Journal:
    """The last lines of a page's websocket, oldest first."""

    def __init__(self, page):
        self.lines = deque(maxlen=LINES)
        self._start = time.monotonic()
        page.on("websocket", self._listen)

    def _listen(self, socket):
        socket.on("framesent", lambda frame: self._note(">", _sent, frame))
        socket.on("framereceived", lambda frame: self._note("<", _received, frame))

    def _note(self, direction, describe, frame):
        if isinstance(frame, bytes) and (line := describe(frame)):
            self.lines.append(f"{time.monotonic() - self._start:8.2f} {direction} {line}")


def _sent(frame):
    message = BackMsg.FromString(frame)
    run = message.rerun_script
    pressed = [widget.id[-40:] for widget in run.widget_states.widgets if widget.trigger_value]
    tick = "tick" if run.is_auto_rerun else ""
    return f"{message.WhichOneof('type')} page={run.page_script_hash[:6]} {run.fragment_id[:6]} {tick} {pressed or ''}"


def _received(frame):
    message = ForwardMsg.FromString(frame)
    kind = message.WhichOneof("type")
    if kind == "delta":
        return None
    page = message.new_session.page_script_hash[:6] if kind == "new_session" else ""
    finished = message.script_finished if kind == "script_finished" else ""
    return f"{kind} {page} {finished}"
