"""`export`: write a run in the format of another program."""

from __future__ import annotations

from pathlib import Path

import click

from cnn_core.cli.choices import RegistryChoice
from cnn_core.cli.quiet import load_tensorflow_quietly
from cnn_core.export.formats import FORMATS, KerasFormat, export_run, name_file
from cnn_core.runs import RunStore, default_runs_dir


def describe_formats() -> str:
    """The command's help, with a line for each format."""
    width = max(map(len, FORMATS))
    lines = [f"{key:<{width}}  {format_.summary}" for key, format_ in FORMATS.items()]
    return "\n".join(["Write RUN (an id, or a recipe like R2) as a file and print where it is.", "", "\b", *lines])


@click.command(help=describe_formats())
@click.argument("run_id", metavar="RUN")
@click.option("--format", "format_", type=RegistryChoice(FORMATS), default=KerasFormat.key, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="A file, or a folder that is there. Default: this folder.")
@click.option("--runs-dir", type=click.Path(path_type=Path), help="Default: CNN_LAB_RUNS_DIR, or ./runs.")
def export(run_id: str, format_: str, out: Path | None, runs_dir: Path | None) -> None:
    run = RunStore(runs_dir or default_runs_dir()).find(run_id)
    path = _choose_path(out or Path(), name_file(run, format_))
    if FORMATS[format_].needs_tensorflow and not FORMATS[format_].explain_absence(run):
        load_tensorflow_quietly()
    content = export_run(run, format_)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise click.ClickException(
            f"{path} can't be written ({error.strerror or error}). Choose another file or folder with --out."
        ) from error
    click.echo(path)


def _choose_path(out: Path, name: str) -> Path:
    """Where to write the file called `name`. Other programs refuse a file whose name ends differently."""
    if out.is_dir():
        return out / name
    ending = Path(name).suffix
    if not out.suffix:
        return out.with_name(out.name + ending)
    if out.suffix.lower() != ending:
        raise click.BadParameter(
            f"{out.name} has the wrong ending. A file of this format ends in {ending}: {out.with_suffix(ending).name}",
            param_hint="--out",
        )
    return out
