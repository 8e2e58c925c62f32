"""`compare`: experiments with all their repeats, and whether differences are significant."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from cnn_core.comparison import Contender, find_contender, group_runs
from cnn_core.comparison.table import DIFFERENT, describe, differs, format_csv, format_markdown, list_all
from cnn_core.comparison.verdict import Verdict, judge_contenders
from cnn_core.runs import RunStore, default_runs_dir


@click.command()
@click.argument("run_ids", metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "csv", "markdown", "json"]),
    default="table",
    show_default=True,
    help="csv: plain numbers, the verdict on stderr.",
)
@click.option("--runs-dir", type=click.Path(path_type=Path), help="Default: CNN_LAB_RUNS_DIR, or ./runs.")
def compare(run_ids: tuple[str, ...], format_: str, runs_dir: Path | None) -> None:
    """Compare two or more RUNs: ids, beginnings of ids, or recipes like R2.

    Runs that differ only in their seed are repeats of one experiment: naming one of them brings all of them.
    """
    contenders = _find(RunStore(runs_dir or default_runs_dir()), run_ids)
    names = _tell_apart(contenders)
    verdict = judge_contenders(contenders)
    sentence = _say(verdict, names) + _name_lengths(verdict, contenders, names)
    if format_ == "json":
        click.echo(json.dumps(_as_json(contenders, verdict, sentence), indent=2))
    elif format_ == "csv":
        click.echo(format_csv(contenders, names), nl=False)
        click.echo(sentence, err=True)
    elif format_ == "markdown":
        titles = {name: _title(name) for name in list_all(contenders)}
        click.echo(f"{sentence}\n\n{format_markdown(contenders, names, titles)}", nl=False)
    else:
        click.echo(f"{sentence}\n")
        for line in _lines(contenders, names):
            click.echo(line)


def _find(store: RunStore, run_ids: Sequence[str]) -> list[Contender]:
    runs = [store.find(run_id) for run_id in run_ids]
    everything = group_runs(store.list_runs().runs)
    found = [one for run in runs if (one := find_contender(everything, run.id))]
    contenders = list({one.id: one for one in found}.values())
    if len(contenders) > 1:
        return contenders
    if len(run_ids) > 1:
        raise click.ClickException(
            f"{', '.join(run_ids)} are repeats of one experiment: there is nothing to compare. Name another run."
        )
    raise click.ClickException("One run alone can't be compared. Name at least two; `runs` lists them.")


def _tell_apart(contenders: Sequence[Contender]) -> list[str]:
    names = [one.name for one in contenders]
    return [one.name if names.count(one.name) == 1 else f"{one.name} ({one.id})" for one in contenders]


def _say(verdict: Verdict, names: Sequence[str]) -> str:
    """The verdict in one or two sentences."""
    if verdict.outcome == "pending":
        return "No verdict yet: not all planned runs of these have finished."
    if verdict.outcome == "untested":
        return "No verdict: fewer than two of them are complete and tested."
    if verdict.outcome == "data":
        return "They were tested on different data sets: their accuracies can't be compared."
    best, first = names[verdict.order[0]], verdict.pairs[0]
    lead = f"{first.difference * 100:.2f} points"
    how = _explain(verdict)
    if verdict.outcome == "level":
        return f"{best} and {names[first.worse]} are level. {how}"
    if verdict.outcome == "unclear":
        more = f" About {n} seeds each would be enough." if (n := verdict.repeats_needed) else ""
        return f"It can't be told which is better: {best} leads {names[first.worse]} by {lead}. {how}{more}"
    beaten = " and ".join(names[index] for index in verdict.beaten)
    rest = " and ".join(names[index] for index in verdict.open)
    if rest:
        return f"{best} is better than {beaten}, but can't be told apart from {rest}. {how}"
    return f"{best} is better than {beaten}; the lead is {lead}. {how}"


def _name_lengths(verdict: Verdict, contenders: Sequence[Contender], names: Sequence[str]) -> str:
    """A further sentence with the epochs of each if they differ, else nothing."""
    if len({contenders[index].epochs for index in verdict.order}) < 2:
        return ""
    shown = ", ".join(f"{names[index]}: {contenders[index].epochs}" for index in verdict.order)
    return f" They were trained for different numbers of epochs: {shown}."


def _explain(verdict: Verdict) -> str:
    p = f"p = {verdict.pairs[0].p:.2g}" + (f", corrected for {verdict.tests} pairs" if verdict.tests > 1 else "")
    if verdict.basis == "seeds":
        repeats = sorted({verdict.repeats[index] for index in verdict.order})
        return f"Welch's t-test over {'–'.join(map(str, repeats))} seeds each, {p}."
    if verdict.basis == "images":
        return f"McNemar's exact test over {verdict.images:,} test images, one run each, {p}; no word on other seeds."
    if not verdict.images:
        return "One run each, and not the whole test set: there is no telling what is chance."
    images = f"{verdict.images:,} test images, one run each"
    return f"From the number of mistakes on {images}, at most {p}; no word on other seeds."


def _lines(contenders: Sequence[Contender], names: Sequence[str]) -> list[str]:
    """One fact per line with differences marked; layers are listed only in other formats."""
    rows = [(f"{_title(name)} {DIFFERENT}" if differs(values) else _title(name), values)
            for name, values in list_all(contenders).items() if name != "network"]  # fmt: skip
    table = [["", *names], *([title, *values] for title, values in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(names) + 1)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]


def _title(name: str) -> str:
    return name.replace("_", " ")


def _as_json(contenders: Sequence[Contender], verdict: Verdict, sentence: str) -> dict[str, object]:
    ids = [one.id for one in contenders]
    pairs = [
        {"better": ids[pair.better], "worse": ids[pair.worse], "difference": pair.difference, "p": pair.p}
        for pair in verdict.pairs
    ]
    judged = {"outcome": verdict.outcome, "basis": verdict.basis if pairs else None, "pairs": pairs}
    return {"verdict": {"sentence": sentence, **judged}, "contenders": [describe(one) for one in contenders]}
