"""What browser and server said to each other, in short: for a failure that only a busy machine shows."""

import time
from collections import deque

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

LINES = 600


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
    chosen = [list(widget.string_array_value.data) for widget in run.widget_states.widgets]
    said = " ".join(str(part) for part in (tick, pressed, [values for values in chosen if values]) if part)
    return f"{message.WhichOneof('type')} page={run.page_script_hash[:6]} {run.fragment_id[:6]} {said}"


def _received(frame):
    message = ForwardMsg.FromString(frame)
    kind = message.WhichOneof("type")
    if kind in {"delta", "ref_hash"}:
        return f"{'.'.join(map(str, message.metadata.delta_path))} {_described(message.delta)}"
    page = message.new_session.page_script_hash[:6] if kind == "new_session" else ""
    finished = message.script_finished if kind == "script_finished" else ""
    return f"{kind} {page} {finished}"


def _described(delta):
    kind = delta.WhichOneof("type")
    element = delta.new_element.WhichOneof("type") if kind == "new_element" else kind
    return f"{delta.fragment_id[:6]} {element} {delta.new_element.markdown.body[:40]!r}"
