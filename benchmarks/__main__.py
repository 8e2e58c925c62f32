"""`python -m benchmarks NAME [--pairs N]`."""

from __future__ import annotations

from collections.abc import Callable

import click

from benchmarks.pairs import Pairs
from cnn_core.data.datasets.load import is_available


def _first_paint(pairs: int) -> list[Pairs]:
    from benchmarks.first_paint import measure_first_paint

    return measure_first_paint(pairs)


def _rerun(pairs: int) -> list[Pairs]:
    from benchmarks.rerun import measure_rerun

    return measure_rerun(pairs)


def _answer(pairs: int) -> list[Pairs]:
    from benchmarks.answer import measure_answer

    return measure_answer(pairs)


def _stroke(pairs: int) -> list[Pairs]:
    from benchmarks.stroke import measure_stroke

    return measure_stroke(pairs)


def _sessions(digits: int) -> list[Pairs]:
    from benchmarks.sessions import measure_sessions

    return measure_sessions(digits)


def _slider(pairs: int) -> list[Pairs]:
    from benchmarks.slider import measure_slider

    return measure_slider(pairs)


def _layers(pairs: int) -> list[Pairs]:
    from benchmarks.layers import measure_layers

    return measure_layers(pairs)


def _train(pairs: int) -> list[Pairs]:
    from benchmarks.train import measure_train

    return measure_train(pairs)


def _time_to_99(pairs: int) -> list[Pairs]:
    from benchmarks.time_to_99 import measure_time_to_99

    return measure_time_to_99(pairs)


def _start(pairs: int) -> list[Pairs]:
    from benchmarks.start import measure_start

    return measure_start(pairs)


def _memory(runs: int) -> list[Pairs]:
    from benchmarks.memory import measure_memory

    return measure_memory(runs)


def _compare(pairs: int) -> list[Pairs]:
    from benchmarks.compare import measure_compare

    return measure_compare(pairs)


def _estimates(epochs: int) -> list[Pairs]:
    from benchmarks.estimates import measure_estimates

    measure_estimates(epochs)
    return []


BENCHMARKS: dict[str, tuple[Callable[[int], list[Pairs]], int]] = {
    "first-paint": (_first_paint, 7),
    "rerun": (_rerun, 5),
    "answer": (_answer, 200),
    "stroke": (_stroke, 15),
    "sessions": (_sessions, 5),
    "slider": (_slider, 20),
    "layers": (_layers, 12),
    "train": (_train, 5),
    "time-to-99": (_time_to_99, 3),
    "start": (_start, 7),
    "memory": (_memory, 50),
    "compare": (_compare, 15),
    "estimates": (_estimates, 2),
}
_ON_MNIST = ("train", "time-to-99", "start")


@click.command()
@click.argument("name", type=click.Choice([*BENCHMARKS, "all"]))
@click.option(
    "--pairs", type=click.IntRange(min=1), help="How many pairs to measure (estimates: epochs of each recipe)."
)
def main(name: str, pairs: int | None) -> None:
    """Measure NAME beside its peer."""
    if name in (*_ON_MNIST, "all") and not is_available("mnist"):
        raise click.ClickException("It trains on MNIST, which is not here: name its folder in CNN_LAB_DATA_DIR.")
    for chosen in BENCHMARKS if name == "all" else [name]:
        measure, default = BENCHMARKS[chosen]
        for result in measure(pairs or default):
            result.show()


if __name__ == "__main__":
    main()
