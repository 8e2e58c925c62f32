"""Training events → a progress bar in the terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

import click

from cnn_core.runs.events import Event


class TerminalProgress:
    """Progress bar on stderr over all images of all epochs, with one line per epoch."""

    def __init__(self, title: str, quiet: bool = False) -> None:
        self._title, self._quiet = title, quiet
        self._bar: Any = None
        self._samples = self._done = 0

    def restart(self, title: str) -> None:
        """Resets the bar for the next run."""
        self._close()
        self._title, self._done = title, 0

    def __enter__(self) -> TerminalProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def on_event(self, event: Event) -> None:
        if self._quiet:
            return
        if event["type"] == "download":
            done, total = event["bytes"] / 1e6, event["total"] / 1e6
            click.echo(f"\rdownloading {done:.0f} of about {total:.0f} MB", err=True, nl=False)
        elif event["type"] == "plan":
            self._samples = event["samples"]
            total = event["epochs"] * event["samples"]
            bar = click.progressbar(length=total, label=self._title, file=sys.stderr)
            self._bar = bar  # closed by `_close`: it outlives this call
            self._bar.render_progress()
        elif event["type"] == "batch":
            done = (event["epoch"] - 1) * self._samples + event["samples"]
            self._bar.update(done - self._done)
            self._done = done
        elif event["type"] == "epoch":
            click.echo(f"\n{_describe(event)}", err=True)
        elif event["type"] == "result":
            self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
            self._bar = None


def _describe(event: Event) -> str:
    parts = [f"epoch {event['epoch']}"]
    for key in ("loss", "accuracy", "val_loss", "val_accuracy"):
        if event.get(key) is not None:
            parts.append(f"{key} {event[key]:.4f}")
    return "  ".join([*parts, f"{event['seconds']:.1f} s"])
