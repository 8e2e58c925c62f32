"""The command line. A known error is one sentence on stderr and exit code 1."""

from __future__ import annotations

from typing import Any

import click

from cnn_core.cli.app import app
from cnn_core.cli.bundle import bundle
from cnn_core.cli.compare import compare
from cnn_core.cli.doctor import doctor
from cnn_core.cli.export import export
from cnn_core.cli.lessons import lessons
from cnn_core.cli.predict import predict
from cnn_core.cli.recipes import recipes
from cnn_core.cli.results import results
from cnn_core.cli.runs import runs
from cnn_core.cli.sweep import sweep
from cnn_core.cli.train import train
from cnn_core.errors import CnnLabError
from cnn_core.extensions import load_extensions


class _Sentences(click.Group):
    """Command group that prints CNN Lab's errors as messages without traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            load_extensions()
            return super().invoke(ctx)
        except CnnLabError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """CNN Lab from a terminal: train published networks, and read digits from picture files."""


for _command in (app, recipes, train, predict, export, runs, compare, sweep, lessons, results, bundle, doctor):
    main.add_command(_command)
