"""Browser sessions without a browser: Streamlit's own messages over its web socket, with a canvas among the widgets."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from dataclasses import dataclass, field
from io import BytesIO
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_CANVAS = "streamlit_drawable_canvas"
_PATIENCE_S = 120.0


@dataclass
class Visitor:
    """One session. `send_drawing` and `press` return when the rerun has finished; its latest text is in `words`."""

    socket: ClientConnection
    page: str
    canvas: str = ""  # the widget's id: another one each time the canvas is mounted again
    words: dict[tuple[int, ...], str] = field(default_factory=dict)  # by place on the page
    _buttons: dict[str, tuple[str, str]] = field(default_factory=dict)  # label → (id, fragment)
    _fragment: str = ""
    _drawing: str = ""
    _seen: dict[str, ForwardMsg] = field(default_factory=dict)

    async def open(self) -> None:
        await self._ask(BackMsg())

    async def send_drawing(self, pixels: np.ndarray, objects: list[dict[str, Any]], answer: str) -> tuple[float, str]:
        """Ink uint8 (H, W) as the canvas sends it → seconds until a text has `answer` in it, and what matched."""
        drawing = {"raw": {"version": "7.4.0", "objects": objects, "background": "#ffffff"}, "data": encode_ink(pixels)}
        self._drawing = json.dumps({"drawing": drawing})
        message = BackMsg()
        message.rerun_script.fragment_id = self._fragment
        return await self._ask(message, answer)

    async def press(self, label: str) -> None:
        """A button by its label; the canvas that is mounted in its course is blank."""
        widget, fragment = self._buttons[label]
        message = BackMsg()
        message.rerun_script.fragment_id = fragment
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = widget, True
        await self._ask(message)

    async def _ask(self, message: BackMsg, answer: str = "") -> tuple[float, str]:
        message.rerun_script.page_name = self.page
        if self.canvas and self._drawing:
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.json_value = self.canvas, self._drawing
        began, seconds, found = perf_counter(), float("nan"), ""
        await self.socket.send(message.SerializeToString())
        while True:
            received = await asyncio.wait_for(self.socket.recv(decode=False), _PATIENCE_S)
            forward = self._look_up(ForwardMsg.FromString(received))
            kind = forward.WhichOneof("type")
            if kind == "delta":
                words = self._take(forward)
                if answer and not found and (match := re.search(answer, words)):
                    seconds, found = perf_counter() - began, match[0]
            elif kind == "script_finished" and forward.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return seconds, found

    def _look_up(self, forward: ForwardMsg) -> ForwardMsg:
        """The server sends a message that it has sent before as its hash alone."""
        if forward.WhichOneof("type") == "ref_hash":
            known = ForwardMsg()
            known.CopyFrom(self._seen[forward.ref_hash])
            known.metadata.CopyFrom(forward.metadata)
            return known
        if forward.hash:
            self._seen[forward.hash] = forward
        return forward

    def _take(self, forward: ForwardMsg) -> str:
        """Notes a new element; returns its text."""
        element = forward.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "bidi_component" and _CANVAS in element.bidi_component.component_name:
            if self.canvas != element.bidi_component.id:
                self.canvas, self._drawing = element.bidi_component.id, ""
            self._fragment = forward.delta.fragment_id
        elif kind == "button":
            self._buttons[element.button.label] = element.button.id, forward.delta.fragment_id
        elif kind == "markdown":
            self.words[tuple(forward.metadata.delta_path)] = element.markdown.body
            return str(element.markdown.body)
        return ""


async def enter(url: str, page: str) -> Visitor:
    """A new session that has the page before it. `url` begins with http."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    socket = await connect(address, subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
    visitor = Visitor(socket, page)
    await visitor.open()
    return visitor


def encode_ink(pixels: np.ndarray) -> str:
    """Ink uint8 (H, W), 255 full ink → the canvas's image, dark on white, as a `data:` address."""
    buffer = BytesIO()
    Image.fromarray(255 - pixels).convert("RGBA").save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
