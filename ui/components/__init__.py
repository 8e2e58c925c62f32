"""Browser components: JavaScript and the Python code that mounts it."""

from __future__ import annotations

from pathlib import Path

ICON = Path(__file__).parent / "shared" / "icon.svg"  # of browser tabs; an icon by name would come from a font server


def read_asset(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
