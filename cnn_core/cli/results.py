"""`results`: published and measured accuracies of existing runs."""

from __future__ import annotations

from pathlib import Path

import click

from cnn_core.cli.quiet import load_tensorflow_quietly
from cnn_core.data.datasets.catalog import DEFAULT_DATASET
from cnn_core.data.datasets.load import load_dataset
from cnn_core.evaluation.handwriting import format_table, list_sets, read_handwriting
from cnn_core.evaluation.readings import format_readings, list_reading_sets, measure_readings
from cnn_core.evaluation.reproduction import compare_with_published, format_markdown
from cnn_core.inspection import load_probe
from cnn_core.runs import RunStore, default_runs_dir


@click.command()
@click.option("--runs-dir", type=click.Path(path_type=Path), help="Default: CNN_LAB_RUNS_DIR, or ./runs.")
@click.option(
    "--handwriting",
    "run_ids",
    multiple=True,
    metavar="RUN",
    help="Instead: how well this run's model reads handwriting that is not MNIST's. May be given several times.",
)
def results(runs_dir: Path | None, run_ids: tuple[str, ...]) -> None:
    """Print published and measured accuracy of each recipe as a Markdown table.

    A recipe's newest complete run on MNIST counts, one of your own before the bundled one.
    """
    store = RunStore(runs_dir or default_runs_dir())
    if run_ids:
        click.echo(_read_handwriting(store, run_ids))
        return
    click.echo(format_markdown(compare_with_published(store.list_runs().runs)))


def _read_handwriting(store: RunStore, run_ids: tuple[str, ...]) -> str:
    folders = [store.find(run_id).folder for run_id in run_ids]
    load_tensorflow_quietly()
    sets, probes = list(list_sets()), {folder.id: load_probe(folder) for folder in folders}
    single = format_table({run_id: list(read_handwriting(probe, sets)) for run_id, probe in probes.items()})
    mnist = load_dataset(DEFAULT_DATASET)
    readings = list(list_reading_sets(mnist.x_test[..., 0], mnist.y_test))
    whole = {run_id: [measure_readings(probe, one) for one in readings] for run_id, probe in probes.items()}
    return f"{single}\n\n{format_readings(readings, whole)}"
