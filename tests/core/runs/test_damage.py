"""A damaged run is described in one sentence or shown with what is left of it; it never hides another run."""

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from damage import DAMAGES

from cnn_core import RunStore
from cnn_core.diagnosis.diagnose import find_diagnostics
from cnn_core.errors import CnnLabError
from cnn_core.evaluation.predictions import read_predictions
from cnn_core.export.formats import export_run
from cnn_core.export.summary import build_summary
from cnn_core.figures.curves import Labels
from cnn_core.figures.live_curves import plot_learning_rate, plot_live_curve

LABELS = Labels(epoch="epoch", metric="Loss", train="by epoch", watched="test set", within="training")
COMPLETED = Path(__file__).with_name("format_1") / "completed"


@pytest.fixture
def runs(tmp_path):
    for name in ("damaged", "good"):
        shutil.copytree(COMPLETED, tmp_path / name)
    return RunStore(tmp_path)


def test_there_are_at_least_62_kinds():
    assert len(DAMAGES) >= 62


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_run_raises_only_our_own_errors(runs, damage):
    damage(runs.runs_dir / "damaged")
    listing = runs.list_runs()
    own = {run.id: run for run in listing.runs if not run.bundled}
    assert "good" in own
    assert len(own) + len(listing.problems) == 2
    assert all("damaged" in problem and "\n" not in problem for problem in listing.problems)
    if "damaged" in own:
        use(own["damaged"])


def use(run):
    """What pages and the command line read of a run; errors of our own are shown as sentences."""
    history = run.history
    _ = (run.name, run.planned_epochs, history.progress, history.seconds_left, history.images_per_second)
    _ = (history.test_accuracy, history.seconds, run.folder.fingerprint, run.folder.commands())
    for read in (
        lambda: read_predictions(run.folder),
        lambda: export_run(run, "script"),
        lambda: export_run(run, "keras"),
    ):
        with suppress(CnnLabError):
            read()
    for metric in ("loss", "accuracy"):
        plot_live_curve(run, metric, LABELS)
    plot_learning_rate(run, LABELS)
    find_diagnostics(run)
    build_summary(run)
