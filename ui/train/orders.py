"""Commands to a run: given here, obeyed by its worker, and known to be on their way in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from cnn_core.errors import CnnLabError
from cnn_core.runs.folder import CommandReader
from cnn_core.runs.store import RunRecord
from ui.text import explain


def pending_commands(run: RunRecord) -> dict[str, Any]:
    """Command → its value, for commands that the worker has not carried out yet."""
    if not run.is_active:
        return {}
    given = CommandReader(run.folder.commands_path, since=run.history.queued).read()
    obeyed = {event["what"]: event["time"] for event in run.history.interventions}
    return {line["command"]: line.get("value") for line in given if line["time"] >= obeyed.get(line["command"], 0.0)}


def give_order(command: Callable[[str], Any], run_id: str) -> None:
    """Sends a command; an error stays on the page while it redraws itself."""
    try:
        command(run_id)
    except CnnLabError as error:
        st.toast(explain(error), icon=":material/error:", duration="long")
