"""`export`: a run as a file for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from cnn_core.cli.quiet import load_tensorflow_quietly
from cnn_core.export.files import FORMS, Format, explain_absence, export_run, name_file
from cnn_core.runs import RunStore, default_runs_dir


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option("--format", "format_", type=click.Choice(list(FORMS)), default="keras", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="A file, or a folder that is there. Default: this folder.")
@click.option("--runs-dir", type=click.Path(path_type=Path), help="Default: CNN_LAB_RUNS_DIR, or ./runs.")
def export(run_id: str, format_: Format, out: Path | None, runs_dir: Path | None) -> None:
    """Write RUN (an id, or a recipe like R2) as a file and print where it is.

    \b
    keras        the whole model in one file, for keras.saving.load_model
    weights      a zip of the architecture as JSON and the weights as .weights.h5
    litert       a .tflite file for phones and small devices
    tensorboard  a zip of event files: curves, kernels, weights, settings
    script       the Keras script that trains it
    notebook     the same as a Jupyter notebook
    """
    run = RunStore(runs_dir or default_runs_dir()).find(run_id)
    if FORMS[format_].needs_tensorflow and not explain_absence(run, format_):
        load_tensorflow_quietly()
    content = export_run(run, format_)
    path = out or Path()
    path = path / name_file(run, format_) if path.is_dir() else path
    try:
        path.write_bytes(content)
    except OSError as error:
        raise click.ClickException(
            f"{path} can't be written ({error.strerror or error}). Choose another file or folder with --out."
        ) from error
    click.echo(path)
