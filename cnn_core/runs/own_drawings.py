"""The user's labeled drawings.

One JSON file each, in a folder of its own: `label`, `pixels` (a PNG, base64) and `strokes` as sent by the canvas,
so that a drawing can be gone on with.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from cnn_core.data.ink import centre_ink
from cnn_core.errors import DataError
from cnn_core.experiment import Experiment
from cnn_core.experiment.preprocess import prepare_ink
from cnn_core.runs.limited_file import read_limited
from cnn_core.runs.locked_folder import write_atomically

FOLDER = ".drawings"  # in the folder of runs
_SIDE_AT_MOST = 2000  # pixels
_BYTES_AT_MOST = 8 * 2**20
_UNREADABLE = (
    *(OSError, ValueError, KeyError, TypeError, Base64Error, UnidentifiedImageError),
    *(SyntaxError, MemoryError, RecursionError, OverflowError, Image.DecompressionBombError),  # Pillow, nested JSON
)


@dataclass(frozen=True, eq=False)
class OwnDrawing:
    """`pixels` uint8 (H, W), 0 paper to 255 full ink; `label` the true digit; `strokes` as the canvas has them."""

    id: str
    label: int
    pixels: np.ndarray
    strokes: dict[str, Any] | None = None

    @property
    def ink(self) -> np.ndarray:
        """float32 (H, W), 0–1."""
        return self.pixels.astype(np.float32) / 255.0


def save_drawing(folder: Path, pixels: np.ndarray, label: int, strokes: dict[str, Any] | None = None) -> OwnDrawing:
    """Keeps a drawing, uint8 (H, W). Raises `DataError` where the folder can't be written."""
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    content = {"label": label, "strokes": strokes, "pixels": base64.b64encode(buffer.getvalue()).decode()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / f"{name}.json", json.dumps(content))
    except OSError as error:
        raise DataError(
            "The drawing can't be kept in {folder}: {reason}. Check its permissions.",
            folder=folder,
            reason=error.strerror,
        ) from error
    return OwnDrawing(name, label, pixels, strokes)


def list_drawings(folder: Path) -> list[OwnDrawing]:
    """Newest first; a file that can't be read is left out. Each is read once while it does not change."""
    found = []
    for path in sorted(folder.glob("*.json"), reverse=True):
        try:
            found.append(_read(path, path.stat().st_mtime_ns))
        except _UNREADABLE:
            continue
    return found


@lru_cache(maxsize=512)
def _read(path: Path, changed: int) -> OwnDrawing:
    content = json.loads(read_limited(path, _BYTES_AT_MOST))
    label, strokes = int(content["label"]), content["strokes"]
    if label not in range(10) or not isinstance(strokes, (dict, type(None))):
        raise ValueError("not a labeled drawing")
    picture = Image.open(BytesIO(base64.b64decode(content["pixels"], validate=True)), formats=("PNG",))
    if max(picture.size) > _SIDE_AT_MOST:
        raise ValueError("more pixels than a canvas has")
    return OwnDrawing(path.stem, label, np.asarray(picture.convert("L")), strokes)


def delete_drawing(folder: Path, drawing_id: str) -> None:
    """Does nothing where it is gone already."""
    (folder / f"{drawing_id}.json").unlink(missing_ok=True)


def prepare_drawings(drawings: Sequence[OwnDrawing], experiment: Experiment) -> tuple[np.ndarray, np.ndarray]:
    """float32 inputs (N, …) of this experiment's network and int64 labels (N,)."""
    inputs = [prepare_ink(centre_ink(drawing.ink), experiment)[0] for drawing in drawings]
    return np.stack(inputs), np.array([drawing.label for drawing in drawings], dtype=np.int64)
