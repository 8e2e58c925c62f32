"""Ten example digits as pen strokes."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np
from PIL import Image, ImageDraw

Stroke = list[tuple[float, float]]  # (x, y) in a unit square, y downwards


def draw_arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float, points: int = 18) -> Stroke:
    """Part of an ellipse; angles in turns, 0 to the right, growing clockwise."""
    angles = (2 * pi * (start + (end - start) * i / (points - 1)) for i in range(points))
    return [(cx + rx * cos(a), cy + ry * sin(a)) for a in angles]


DIGIT_STROKES: dict[int, list[Stroke]] = {
    0: [draw_arc(0.5, 0.5, 0.2, 0.32, -0.25, 0.76, 30)],
    1: [[(0.42, 0.28), (0.53, 0.18), (0.51, 0.5), (0.49, 0.82)]],
    2: [[*draw_arc(0.48, 0.36, 0.19, 0.18, -0.47, 0.1), (0.5, 0.62), (0.3, 0.81), (0.5, 0.79), (0.74, 0.8)]],
    3: [[*draw_arc(0.46, 0.34, 0.19, 0.16, -0.42, 0.22), *draw_arc(0.46, 0.65, 0.22, 0.17, -0.24, 0.4)]],
    4: [[(0.38, 0.18), (0.31, 0.4), (0.28, 0.56), (0.5, 0.56), (0.74, 0.54)], [(0.6, 0.34), (0.58, 0.6), (0.56, 0.86)]],
    5: [[(0.68, 0.2), (0.4, 0.21), (0.36, 0.45), *draw_arc(0.46, 0.62, 0.22, 0.19, -0.27, 0.38)]],
    6: [[(0.62, 0.17), (0.48, 0.27), (0.38, 0.45), *draw_arc(0.5, 0.65, 0.16, 0.17, -0.48, 0.5, 24)]],
    7: [[(0.28, 0.22), (0.5, 0.22), (0.72, 0.21), (0.6, 0.45), (0.5, 0.65), (0.44, 0.83)]],
    8: [[*draw_arc(0.5, 0.33, 0.15, 0.15, 0.25, -0.75, 24), *draw_arc(0.5, 0.65, 0.18, 0.17, -0.25, 0.75, 24)]],
    9: [[*draw_arc(0.49, 0.36, 0.16, 0.17, 0.0, -1.0, 24), (0.65, 0.5), (0.62, 0.68), (0.56, 0.84)]],
}


def draw_strokes(strokes: list[Stroke], size: int = 280, pen: int = 20) -> np.ndarray:
    """Draws strokes with a round pen of `pen` pixels: float32 ink (size, size), 0–1.

    A stroke is a list of points (x, y) in a unit square, y downward.

    Example:
        >>> ink = draw_strokes([[(0.5, 0.2), (0.5, 0.8)]])  # a 1
        >>> ink.shape
        (280, 280)
    """
    sheet = Image.new("L", (size, size), 0)
    brush = ImageDraw.Draw(sheet)
    for stroke in strokes:
        points = [(x * size, y * size) for x, y in stroke]
        brush.line(points, fill=255, width=pen, joint="curve")
        for x, y in points:
            brush.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    return np.asarray(sheet, dtype=np.float32) / 255.0
