"""Test images as small PNGs that a page or a file can carry inside."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np


def encode_png(image: np.ndarray) -> str:
    """uint8 (H, W, C) → a `data:` address. One channel is ink on white paper, as everywhere here; three are colors."""
    from PIL import Image

    pixels = 255 - image[:, :, 0] if image.shape[2] == 1 else image
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
