"""Failure of a run: its last event and the message in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from cnn_core.errors import CnnLabError, RunError
from cnn_core.runs.events import EventWriter
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.snapshots import LIVE_NAME


@contextmanager
def failure_is_recorded(folder: RunFolder, writer: EventWriter) -> Iterator[None]:
    """Context manager that records an exception as the run's last event and re-raises it."""
    try:
        yield
    except BaseException as error:
        reason = explain_failure(error)
        stopped = isinstance(error, KeyboardInterrupt)
        with suppress(OSError):
            (folder.weights_dir / LIVE_NAME).unlink(missing_ok=True)
        with suppress(OSError):  # the disk may be the cause; the caller then gets the error itself
            writer.emit("state", state="interrupted" if stopped else "failed", reason="" if stopped else reason)
        raise


def explain_failure(error: BaseException) -> str:
    """A sentence for the reader of the run."""
    if isinstance(error, CnnLabError):
        return str(error)
    if isinstance(error, OSError):
        return str(
            RunError(
                "The run's folder can't be written: {reason}. Free some space or mend its permissions.",
                reason=error.strerror or error,
            )
        )
    if type(error).__name__ == "ResourceExhaustedError" or isinstance(error, MemoryError):
        return str(
            RunError("The memory of this machine is not enough for this network. Use a smaller batch or fewer filters.")
        )
    return f"{type(error).__name__}: {error}"[:2000]
