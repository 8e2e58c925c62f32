"""One request to an ASGI app, without a server."""

import asyncio
from dataclasses import dataclass, field

from starlette.datastructures import Headers


@dataclass
class Answer:
    status: int = 0
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""


def get(app, path, host="localhost", **headers):
    """The answer of an ASGI app to GET."""
    answer = Answer()

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], Headers(raw=message["headers"])
        else:
            answer.body += message.get("body", b"")

    encoded = [(name.encode(), value.encode()) for name, value in {"host": host, **headers}.items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": encoded, "query_string": b""}
    asyncio.run(app(scope, receive, send))
    return answer
