"""Comparison table of contenders: metrics and settings, as CSV and Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from cnn_core.architecture.layers import LayerSpec
from cnn_core.comparison.contenders import Contender
from cnn_core.comparison.facts import each_seed, read_figures
from cnn_core.experiment.training import TrainingConfig

DIFFERENT = "≠"
_SIZES = ("filters", "units", "pool_size", "rate", "factor", "activation")  # the first field that a layer has is shown
_HIDDEN = {"version", "seed"}


def read_settings(contender: Contender) -> dict[str, str]:
    """Settings of a contender: dataset, architecture, and every field of the training config."""
    experiment = contender.experiment
    training = {name: _show(getattr(experiment.training, name)) for name in list_training_fields()}
    return {
        "dataset": experiment.dataset,
        "network": " · ".join(map(_name_layer, experiment.architecture.layers)),
        "data_format": experiment.architecture.data_format,
        **training,
        "seeds": ", ".join(map(str, each_seed(contender))),
    }


def list_training_fields() -> list[str]:
    """Training config fields as in `read_settings`."""
    return [name for name in TrainingConfig.model_fields if name not in _HIDDEN]


def list_rows(columns: Sequence[Mapping[str, str]]) -> dict[str, list[str]]:
    """Transposes facts by contender to contenders by fact."""
    return {name: [column[name] for column in columns] for name in columns[0]} if columns else {}


def differs(values: Sequence[object]) -> bool:
    return len(set(values)) > 1


def format_csv(contenders: Sequence[Contender], names: Sequence[str]) -> str:
    """CSV with one row per contender: numbers in seconds, bytes and fractions, then settings."""
    lines = [_flatten(name, one) for name, one in zip(names, contenders, strict=True)]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(lines[0]) if lines else ["name"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def format_markdown(contenders: Sequence[Contender], names: Sequence[str], titles: Mapping[str, str]) -> str:
    """Markdown with one row per fact and one column per contender; `titles` names the facts."""
    head = ["", *(name.replace("|", "\\|") for name in names)]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for name, values in list_all(contenders).items():
        title = titles.get(name, name) + (f" {DIFFERENT}" if differs(values) else "")
        lines.append(f"| {' | '.join([title, *values])} |")
    return "\n".join(lines) + "\n"


def list_all(contenders: Sequence[Contender]) -> dict[str, list[str]]:
    """All formatted metrics and settings by contender."""
    shown = [{name: cell.shown for name, cell in read_figures(one).items()} for one in contenders]
    return list_rows([figures | read_settings(one) for figures, one in zip(shown, contenders, strict=True)])


def describe(contender: Contender) -> dict[str, object]:
    """The comparison as plain data for JSON."""
    figures = read_figures(contender)
    return {
        "name": contender.name,
        "runs": [run.id for run in contender.runs],
        "figures": {name: {"value": cell.value, **cell.parts} for name, cell in figures.items()},
        "settings": read_settings(contender),
    }


def _flatten(name: str, contender: Contender) -> dict[str, object]:
    line: dict[str, object] = {"name": _safe(name)}
    for fact, cell in read_figures(contender).items():
        line[fact] = cell.value
        line |= {f"{fact}_{part}": value for part, value in cell.parts.items()}
    return line | {key: _safe(value) for key, value in read_settings(contender).items()}


def _safe(value: str) -> str:
    """Escapes text that a spreadsheet would read as a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@") else value


def _name_layer(layer: LayerSpec) -> str:
    size = next((str(getattr(layer, name)) for name in _SIZES if hasattr(layer, name)), "")
    kernel = getattr(layer, "kernel_size", None)
    across = f" {kernel}×{kernel}" if kernel else ""
    activation = getattr(layer, "activation", "linear")
    return (
        f"{layer.kind_name()} {size}".strip()
        + across
        + (f" {activation}" if activation not in ("linear", size) else "")
    )


def _show(value: object) -> str:
    """Formatted value; an optimizer or schedule with its non-default arguments."""
    if isinstance(value, BaseModel):
        knobs = value.model_dump(exclude_defaults=True)
        arguments = ", ".join(f"{name} {_show(knob)}" for name, knob in knobs.items() if name != "kind")
        return f"{value.kind} ({arguments})" if arguments else str(value.kind)  # type: ignore[attr-defined]
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
