"""Reading small files of a run or a visitor: their size is checked before they are read."""

from __future__ import annotations

import errno
from pathlib import Path

MOST_BYTES = 16 * 2**20


def read_limited(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """The content of a file. Raises `OSError`, also for one that is larger than `most_bytes`."""
    with path.open("rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"more than {most_bytes // 2**20} MB", str(path))
    return content
