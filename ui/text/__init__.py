"""All words of the interface. English stands in `en.toml`; the other languages are gettext catalogues beside it.

A message's context is its key (`section.name`), its id the English sentence: a translator sees what it means, and a
sentence that changes in English is found to be out of date. Words of `cnn_core` (titles and help of knobs, names of
data sets, errors) are messages too, in the context `core`.
"""

from __future__ import annotations

import gettext
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from ui.text.language import ENGLISH, current_language

FOLDER = Path(__file__).parent
LOCALES, DOMAIN = FOLDER / "locales", "cnn_lab"
CORE = "core"


def text(key: str, **values: Any) -> str:
    """The sentence for `section.name`, its {placeholders} filled. An unknown key is a programming error: KeyError."""
    section, _, name = key.partition(".")
    sentence = translate(key, load_catalogue()[section][name])
    return sentence.format(**values) if values else sentence


def word(english: str | None) -> str:
    """A title, a help text or another whole sentence of `cnn_core` in the reader's language; nothing for nothing."""
    return translate(CORE, english) if english else ""


def explain(error: BaseException) -> str:
    """An error as a sentence in the reader's language: its own template, filled, or else what it says."""
    template, values = getattr(error, "template", ""), getattr(error, "values", {})
    if not template:
        return word(str(error))
    return word(template).format(**values) if values else word(template)


def translate(context: str, english: str) -> str:
    """English itself where the language has no other word for it."""
    language = current_language()
    if language == ENGLISH:
        return english
    return _load_translation(language).pgettext(context, english)


@lru_cache(maxsize=1)
def load_catalogue() -> dict[str, dict[str, str]]:
    """The English sentences by section and name."""
    with (FOLDER / "en.toml").open("rb") as file:
        return tomllib.load(file)


@lru_cache
def _load_translation(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALES, [language.replace("-", "_")], fallback=True)
