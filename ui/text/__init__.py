"""All words of the interface, from one catalogue."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

_CATALOGUE = Path(__file__).parent / "en.toml"


def text(key: str, **values: Any) -> str:
    """The sentence for `section.name`, its {placeholders} filled. An unknown key is a programming error: KeyError."""
    section, _, name = key.partition(".")
    sentence: str = load_catalogue()[section][name]
    return sentence.format(**values) if values else sentence


@lru_cache(maxsize=1)
def load_catalogue() -> dict[str, dict[str, str]]:
    with _CATALOGUE.open("rb") as file:
        return tomllib.load(file)
