"""A network as an image for a slide: anatomy → SVG. Blocks sized by shape, windows on the layer they read from.

Lines and words are drawn in `currentColor`, so a page's theme reaches them; the blocks' colors are fixed by kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import log2, sqrt

from cnn_core.architecture.anatomy import Anatomy, LayerAnatomy, format_shape
from cnn_core.architecture.layers import Layer
from cnn_core.architecture.layers.cost import Shape
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.palette import FONTS

# One muted hue per group of layers; dark enough for a white page, light enough for a dark one.
GROUP_COLORS = {
    "input": "#8a8f9c",
    "convolution": "#d98a3d",
    "pooling": "#4a8fc7",
    "dense": "#4f9d7c",
    "activation": "#c8a93b",
    "regularisation": "#9a7fb5",
    "shape": "#8a8f9c",
    "augmentation": "#b98a9c",
}
_COLUMN, _ROW, _PER_ROW, _MARGIN = 104, 152, 9, 8
_FACE_TOP = 60  # where the middle of a block lies below its row's top


@dataclass(frozen=True)
class _Block:
    name: str
    title: str
    group: str
    shape: Shape
    window: int | None  # side of the window with which the *next* layer reads this one
    x: float
    y: float
    side: float
    depth: float


def draw_network(spec: ArchitectureSpec, anatomy: Anatomy) -> str:
    """SVG source. Each block is a `<g class="block" data-layer="NAME">` with its row as a `<title>`.

    An anatomy that ends early (a broken network) is drawn as far as it goes.
    """
    blocks = _place(spec, anatomy)
    rows = -(-len(blocks) // _PER_ROW)
    width = _MARGIN * 2 + _COLUMN * min(len(blocks), _PER_ROW)
    height = _ROW * rows + _MARGIN
    parts = [_draw_link(a, b) for a, b in pairwise(blocks)]
    parts += [_draw_block(block, row, spec) for block, row in zip(blocks, [None, *anatomy.rows], strict=True)]
    label = "".join(c if c.isprintable() else " " for c in spec.name)  # XML has no place for control characters
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{FONTS}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _place(spec: ArchitectureSpec, anatomy: Anatomy) -> list[_Block]:
    shapes = [spec.input_shape, *(row.output_shape for row in anatomy.rows)]
    tallest = max(shape[0] for shape in shapes if len(shape) == 3)
    deepest = max(shape[-1] for shape in shapes)
    layers = spec.layers[: len(anatomy.rows)]
    titles = [("input", "input", "input"), *((x.name, describe(x), type(x).group) for x in layers)]
    windows = [*(_window(layer) for layer in layers), None]
    blocks = []
    for i, ((name, title, group), shape) in enumerate(zip(titles, shapes, strict=True)):
        picture = len(shape) == 3
        side = 12 + 46 * sqrt(shape[0] / tallest) if picture else 20 + 50 * log2(shape[0] + 1) / log2(deepest + 2)
        depth = 2 + 20 * log2(shape[2] + 1) / log2(deepest + 1) if picture else 0
        x = _MARGIN + _COLUMN * (i % _PER_ROW) + _COLUMN / 2
        y = _ROW * (i // _PER_ROW) + _FACE_TOP
        blocks.append(_Block(name, title, group, shape, windows[i] if picture else None, x, y, side, depth))
    return blocks


def describe(layer: Layer) -> str:
    """What matters most about a layer in few characters."""
    size = layer.window_size
    return f"{layer.label} {size}×{size}" if size else layer.label


def _window(layer: Layer) -> int | None:
    size = layer.window_size
    return None if size is None else getattr(layer, "dilation_rate", 1) * (size - 1) + 1


def _draw_block(block: _Block, row: LayerAnatomy | None, spec: ArchitectureSpec) -> str:
    color, half = GROUP_COLORS[block.group], block.side / 2
    shape = format_shape(block.shape, spec.data_format)
    tip = f"{block.name} · {block.title} · {shape}" + (f" · {row.arithmetic}" if row and row.arithmetic else "")
    if len(block.shape) == 3:
        body = _draw_box(block, color) + _draw_window(block)
    else:
        at = f'x="{block.x - 7:.1f}" y="{block.y - half:.1f}"'
        body = f'<rect {at} width="14" height="{block.side:.1f}" rx="3" fill="{color}"/>'
    label = (
        f'<text x="{block.x:.1f}" y="{block.y + 52:.1f}" font-size="12" font-weight="600">{escape(block.name)}</text>'
        f'<text x="{block.x:.1f}" y="{block.y + 66:.1f}" font-size="11">{escape(block.title)}</text>'
        f'<text x="{block.x:.1f}" y="{block.y + 80:.1f}" font-size="11">{escape(shape)}</text>'
    )
    return (
        f'<g class="block" data-layer="{escape(block.name)}" tabindex="0"><title>{escape(tip)}</title>{body}'
        f'<g fill="currentColor" text-anchor="middle">{label}</g></g>'
    )


def _draw_box(block: _Block, color: str) -> str:
    """The front face, with the channels as depth going up and to the right."""
    half, d = block.side / 2, block.depth
    left, top, right, bottom = (
        block.x - half - d / 2,
        block.y - half + d / 2,
        block.x + half - d / 2,
        block.y + half + d / 2,
    )
    lid = f"{left:.1f},{top:.1f} {left + d:.1f},{top - d:.1f} {right + d:.1f},{top - d:.1f} {right:.1f},{top:.1f}"
    flank = (
        f"{right:.1f},{top:.1f} {right + d:.1f},{top - d:.1f} {right + d:.1f},{bottom - d:.1f} {right:.1f},{bottom:.1f}"
    )
    return (
        f'<polygon points="{lid}" fill="{color}" opacity="0.55"/>'
        f'<polygon points="{flank}" fill="{color}" opacity="0.75"/>'
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{block.side:.1f}" height="{block.side:.1f}" fill="{color}"/>'
    )


def _window_box(block: _Block) -> tuple[float, float, float]:
    """Left, top and side of the window drawn on a block's face, to scale but never too small to see."""
    assert block.window is not None
    side = max(5.0, block.side * min(1.0, block.window / block.shape[0]))
    half, d = block.side / 2, block.depth
    return block.x - half - d / 2 + (block.side - side) * 0.3, block.y - half + d / 2 + (block.side - side) * 0.3, side


def _draw_window(block: _Block) -> str:
    if block.window is None:
        return ""
    left, top, side = _window_box(block)
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{side:.1f}" height="{side:.1f}" fill="#ffffff" fill-opacity="0.55" '
        'stroke="#ffffff" stroke-width="1.5"/>'
    )


def _draw_link(a: _Block, b: _Block) -> str:
    style = 'stroke="currentColor" stroke-opacity="0.45" fill="none"'
    if b.x < a.x:  # the next row
        middle = b.y - _FACE_TOP + 12
        path = f"M{a.x + 34:.1f},{a.y:.1f} H{a.x + 50:.1f} V{middle:.1f} H{b.x - 50:.1f} V{b.y:.1f} H{b.x - 36:.1f}"
        return f'<path d="{path}" {style} stroke-dasharray="3 3"/>'
    end = b.x - b.side / 2 - b.depth / 2 if len(b.shape) == 3 else b.x - 7
    if a.window is not None:
        left, top, side = _window_box(a)
        right = left + side
        return f'<path d="M{right:.1f},{top:.1f} L{end:.1f},{b.y:.1f} L{right:.1f},{top + side:.1f}" {style}/>'
    start = a.x + (a.side / 2 + a.depth / 2 if len(a.shape) == 3 else 7)
    return f'<path d="M{start + 3:.1f},{a.y:.1f} H{end - 3:.1f}" {style}/>'
