"""`app`: start the dashboard."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from cnn_core.runs.folder import RUNS_DIR_VARIABLE


@click.command()
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535), help="TCP port to listen on.")
@click.option(
    "--address", default="localhost", show_default=True, help="Address to listen on; 0.0.0.0 for the network."
)
@click.option("--headless", is_flag=True, help="Do not open a browser.")
@click.option(
    "--runs-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help=f"Folder for runs. Default: {RUNS_DIR_VARIABLE}, or ./runs.",
)
@click.argument("streamlit_options", nargs=-1, type=click.UNPROCESSED)
def app(port: int, address: str, headless: bool, runs_dir: Path | None, streamlit_options: tuple[str, ...]) -> None:
    """Start the dashboard in the browser. Options after `--` are passed to `streamlit run`."""
    if not is_free(address, port):
        raise click.ClickException(
            f"Port {port} on {address} is in use or not allowed. Stop the other program, or choose another port: "
            f"--port {port + 1}."
        )
    environment = dict(os.environ)
    if runs_dir is not None:
        environment[RUNS_DIR_VARIABLE] = str(runs_dir.absolute())
    command = [sys.executable, "-m", "streamlit", "run", str(find_app()), f"--server.port={port}"]
    command += [f"--server.address={address}", f"--server.headless={str(headless).lower()}", *streamlit_options]
    if os.name == "posix":  # the server takes this process's place, and its signals
        os.execve(sys.executable, command, environment)
    try:
        sys.exit(subprocess.call(command, env=environment))
    except KeyboardInterrupt:  # Ctrl+C reaches the server as well, which has shut down by now
        sys.exit(0)


def find_app() -> Path:
    """`app.py` of the copy that `cnn_core` was imported from: a clone, or the installed package `cnn_lab_app`."""
    clone = Path(__file__).parents[2] / "app.py"
    if clone.is_file() and (clone.parent / "ui" / "router.py").is_file():
        return clone
    spec = find_spec("cnn_lab_app")
    if spec is None or not spec.submodule_search_locations:
        raise click.ClickException("The dashboard is not installed. Install it with: pip install cnn-lab")
    return Path(spec.submodule_search_locations[0]) / "app.py"


def is_free(address: str, port: int) -> bool:
    """Whether a server can listen there; False also for an address that this computer does not have."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            if os.name == "posix":  # as the server does: a port in TIME_WAIT counts as free
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
    except OSError:
        return False
    return True
