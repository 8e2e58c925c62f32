"""Submits a planned race and shows it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.comparison.race import Start
from cnn_core.errors import CnnLabError, LimitReached
from ui.server.resources import get_executor
from ui.session.state import session
from ui.shared.expanders import leave_as
from ui.text import describe, explain, text

TABS_KEY = "compare.tab"


def submit_or_explain(starts: Sequence[Start]) -> None:
    """As `submit`; what met a limit is shown as a message."""
    try:
        submit(starts)
    except CnnLabError as error:
        st.toast(explain(error), icon=":material/error:", duration="long")


def submit(starts: Sequence[Start]) -> None:
    """In their order; the contenders become the choice of the page, and their curves what is seen of them.

    Raises what met a limit, after as many as went.
    """
    ids: dict[str, str] = {}
    begun = 0
    try:
        for start in starts:
            run_id = start.done.id if start.done else ""
            if not start.done:
                run_id = get_executor().submit(start.experiment, owner=session().owner).id
                begun += 1
            ids.setdefault(start.experiment.fingerprint, run_id)
    except CnnLabError as error:
        if not begun:
            raise
        missing = sum(start.done is None for start in starts) - begun
        raise LimitReached(
            text("compare_race.broken_off", begun=begun, missing=missing, why=describe(error))
        ) from error
    finally:
        if ids:
            session().compared = list(ids.values())
            leave_as(TABS_KEY, text("compare.tab_curves"))
