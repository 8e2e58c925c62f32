"""Download in a separate process, so that the caller can show progress and never blocks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from cnn_core.data.datasets.catalog import DATASETS, DatasetName
from cnn_core.data.datasets.download import download_dataset
from cnn_core.errors import DataError
from cnn_core.extensions import load_extensions


class BackgroundDownload:
    """Download in a child process: `done` and `total` in bytes, `error` a message if it failed."""

    def __init__(self, name: DatasetName) -> None:
        self.name = name
        self.done, self.total = 0, DATASETS[name].download_mb * 1_000_000
        self.error = ""
        self.finished = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cnn_core.data.datasets.background", name],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        threading.Thread(target=self._follow, daemon=True).start()

    def cancel(self) -> None:
        self._process.terminate()

    def _follow(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            self.done, self.total = message.get("bytes", self.done), message.get("total", self.total)
            self.error = message.get("error", "")
        if self._process.wait() != 0 and not self.error:
            self.error = str(
                DataError("The download of {title} was ended before it was complete.", title=DATASETS[self.name].title)
            )
        self.finished = True


def main(name: DatasetName) -> int:
    """Downloads a dataset; prints one JSON line per progress step, then {"done": path} or {"error": why}."""
    load_extensions()

    def say(**line: object) -> None:
        print(json.dumps(line), flush=True)  # noqa: T201 (the lines are this program's output)

    try:
        say(done=str(download_dataset(DATASETS[name], lambda done, total: say(bytes=done, total=total))))
    except DataError as error:
        say(error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main(sys.argv[1]))
