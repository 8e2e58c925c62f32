"""The colors and markers of every page. One meaning each, distinguishable with color blindness.

- an experiment: one of eight hues of Okabe and Ito's set (adjusted to read on white and on dark) with its own marker
- signed values (weights, activations): ColorBrewer's RdBu, blue below zero, white at zero, red above
- ink and images: white paper to black ink
"""

from __future__ import annotations

from dataclasses import dataclass

SIGNED = ("#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#ffffff", "#fddbc7", "#f4a582", "#d6604d", "#b2182b")
INK = ("#ffffff", "#000000")
# Of images that leave the page: names of layers and experiments may be Chinese. No double quotes: it is an attribute.
FONTS = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


@dataclass(frozen=True)
class Style:
    """How an experiment looks: a color, the theme's name for it, a Plotly marker, and its sign in text.

    `.streamlit/config.toml` gives the theme's named colors the same values, for colored text.
    """

    color: str
    name: str
    marker: str
    sign: str


STYLES = (
    Style("#2f7fc2", "blue", "circle", "●"),
    Style("#e08214", "orange", "square", "■"),
    Style("#1f9e77", "green", "diamond", "◆"),
    Style("#c2569b", "violet", "triangle-up", "▲"),
    Style("#9a8b2c", "yellow", "x", "✖"),
    Style("#d1495b", "red", "star", "★"),
    Style("#7b818c", "gray", "cross", "✚"),
    Style("#6d66f2", "primary", "triangle-down", "▼"),
)


def style_of(index: int) -> Style:
    """Eight hues with their own markers, then the same hues with other markers: 64 that differ."""
    color = STYLES[index % len(STYLES)]
    marker = STYLES[(index + index // len(STYLES)) % len(STYLES)]
    return Style(color.color, color.name, marker.marker, marker.sign)
