"""Streamlit servers as child processes that always end, and a client without a browser."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).parent / "peers"
_START_TIMEOUT_S = 60.0
_END_TIMEOUT_S = 10.0


class ServerFailed(RuntimeError):
    """A server ended, or was not there in time; the message ends with its log."""


@dataclass(frozen=True)
class Server:
    """A running server. `folder` is temporary and holds its log and its runs."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._is_up():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ServerFailed(self.read_log())
            time.sleep(0.005)

    def interact(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """One request to Streamlit's agent API; answered when the script has run through."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/_stcore/agent/interact", json.dumps(request), headers)
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return answer

    def read_log(self) -> str:
        """The last lines of the server's output."""
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def _is_up(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/_stcore/health")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


@contextmanager
def serve(*command: str, cwd: Path | None = None, **environment: str) -> Iterator[Server]:
    """`streamlit *command` on a free port; `cwd` None is the server's temporary folder. Does not wait for it."""
    with TemporaryDirectory(prefix="cnn-lab-benchmark-") as name, socket.socket() as free:
        folder = Path(name)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        options = {
            "server.port": str(port),
            "server.address": "127.0.0.1",
            "server.headless": "true",
            "server.enableAgentApi": "true",
            "browser.gatherUsageStats": "false",
        }
        flags = [f"--{key}={value}" for key, value in options.items()]
        variables = {"CNN_LAB_RUNS_DIR": str(folder / "runs"), "PYTHONPATH": str(ROOT), "MARKS": name}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", *command, *flags],
                cwd=cwd or folder,
                env={**os.environ, **variables, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield Server(port, folder, process)
        finally:
            _end(process)


def serve_app(**environment: str) -> AbstractContextManager[Server]:
    """CNN Lab with marks of TensorFlow's progress, from the repository's root and with its configuration."""
    return serve("run", str(PEERS / "marked_app.py"), cwd=ROOT, **environment)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The server and all that it started: they share a session of their own."""
    process.terminate()
    try:
        process.wait(_END_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
