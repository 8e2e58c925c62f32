"""Actions on runs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.runs.checkpoints import list_checkpoints
from cnn_core.runs.labels import change_labels
from cnn_core.runs.store import RunRecord
from ui.runs.deletion import attempt, delete
from ui.runs.labels import ask_for
from ui.server.resources import get_executor
from ui.session.state import session
from ui.shared.model_picker import choose_model
from ui.shared.navigation import PAGES, go_to
from ui.text import text
from ui.text.plain import plain

_COMPARED_AT_MOST = 6
_BROKEN = ("failed", "interrupted")
_ICONS = PAGES | {"edit": "edit", "star": "star", "unstar": "star_border", "delete": "delete"}
_ICONS |= {"resume": "play_circle", "again": "restart_alt"}


def list_actions(run: RunRecord) -> list[str]:
    """What the menu of a run offers, in its order. What comes with the app can only be looked at."""
    offered = {
        "train": not run.bundled,
        "draw": run.has_model,
        "layers": run.has_model,
        "compare": run.history.plan is not None,
        "resume": can_resume(run),
        "again": not run.bundled and not run.is_active and not run.folder.facts.drawings,
        "edit": not run.bundled,
        "unstar": not run.bundled and run.labels.star,
        "star": not run.bundled and not run.labels.star,
        "delete": can_delete(run),
    }
    return [action for action, possible in offered.items() if possible]


def can_resume(run: RunRecord) -> bool:
    """It broke off or was stopped before its end, and can go on from a checkpoint, or was taken out of the queue."""
    if run.bundled or run.state not in (*_BROKEN, "stopped"):
        return False
    if run.state == "stopped" and (run.history.plan is None or len(run.history) >= run.planned_epochs):
        return run.history.plan is None
    return bool(list_checkpoints(run.folder.checkpoints_dir))


def can_delete(run: RunRecord) -> bool:
    return not run.bundled and not run.is_active


def is_broken(run: RunRecord) -> bool:
    return run.state in _BROKEN and not run.bundled


def render_menu(run: RunRecord) -> None:
    """All that can be done with a run, in one menu."""
    action = st.menu_button(
        text("runs.menu", name=plain(run.name)),
        list_actions(run),
        format_func=label_of_action,
        icon=":material/more_vert:",
        type="tertiary",
        key=f"runs.menu.{run.id}",
        width="content",
    )
    if action:
        act(run, action)


def label_of_action(action: str) -> str:
    return f":material/{_ICONS[action]}: {text(f'runs.do_{action}')}"


def act(run: RunRecord, action: str) -> None:
    """Does it, and shows the page again or another page."""
    if action in ("draw", "layers"):
        choose_model(run)
        go_to(action)
    if action == "train":
        session().watched_run = run.id
        go_to("train")
    if action == "compare":
        compare([run.id, *session().compared])
    if action == "edit":
        ask_for("edit", [run.id])
    if action in ("star", "unstar"):
        attempt(change_labels, run.folder.path, star=action == "star")
    if action == "delete":
        delete([run])
    if action == "resume":
        attempt(get_executor().resume, run.id, owner=session().owner)
    if action == "again":
        attempt(get_executor().submit, run.experiment, owner=session().owner)
    st.rerun(scope="app")


def compare(ids: Sequence[str]) -> None:
    """Shows these on the Compare page, as many as it takes."""
    session().compared = list(dict.fromkeys(ids))[:_COMPARED_AT_MOST]
    go_to("compare")
