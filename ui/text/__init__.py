"""Texts of the interface: English in `en.toml`, other languages as gettext catalogs.

A message's context is its key (`section.name`), its id the English sentence: a translator sees what it means, and a
sentence that changes in English is found to be out of date. Words of `cnn_core` (titles and help of knobs, names of
datasets, errors) are messages too, in the context `core`.
"""

from __future__ import annotations

import gettext
import json
import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any

from ui.text.language import ENGLISH, current_language
from ui.text.plain import plain

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "core_templates.json"  # written by ui.text.catalogs
LOCALES, DOMAIN = FOLDER / "locales", "cnn_lab"
CORE = "core"
_PLACE = re.compile(r"\{(\w+)[^{}]*\}")


def text(key: str, **values: Any) -> str:
    """The sentence for `section.name`, its {placeholders} filled. An unknown key is a programming error: KeyError."""
    section, _, name = key.partition(".")
    sentence = translate(key, load_catalogue()[section][name])
    return sentence.format(**values) if values else sentence


def text_count(key: str, count: int, **values: Any) -> str:
    """The same for a number of things: the sentence `section.name_one` for one, else `section.name`."""
    chosen = key + "_one" if count == 1 else key
    return text(chosen, **values)


def text_or(key: str, english: str, **values: Any) -> str:
    """The sentence for a key, or `english` where the catalog has none: of something registered from outside."""
    section, _, name = key.partition(".")
    if name in load_catalogue()[section]:
        return text(key, **values)
    sentence = translate_core(english)
    return sentence.format(**values) if values else sentence


def translate_core(english: str | None) -> str:
    """A title, a help text or another whole sentence of `cnn_core` in the reader's language; nothing for nothing."""
    return translate(CORE, english) if english else ""


def words(english: Iterable[str]) -> tuple[str, ...]:
    """The same of several: the names of classes, say."""
    return tuple(translate_core(one) for one in english)


def enumerate_words(names: Iterable[str]) -> str:
    """ "a, b, c", as the reader's language lists things; nothing for nothing."""
    return reduce(lambda before, name: text("lists.next", before=before, name=name) if before else name, names, "")


def join_sentences(sentences: Iterable[str]) -> str:
    """One after the other, as the reader's language sets them; empty ones are left out."""
    said = filter(None, sentences)
    return reduce(lambda before, one: text("lists.sentences", before=before, sentence=one) if before else one, said, "")


def explain(error: BaseException | str) -> str:
    """Error message in the user's language, as Markdown that shows it as plain text: names in it stay names."""
    return plain(describe(error))


def describe(error: BaseException | str) -> str:
    """The same as text, for HTML and for components: its translated template with values, or the message itself.

    So is a sentence of `cnn_core` that was filled in English before: in the events of a run, say, or in a thread.
    """
    template, values = getattr(error, "template", ""), getattr(error, "values", {})
    if not template:
        return _retell(str(error))
    if not values:
        return translate_core(template)
    return translate_core(template).format(**{name: _say(value) for name, value in values.items()})


def _say(value: Any) -> Any:
    """A path by its name alone: where a file lies on the server is nothing for a page."""
    if isinstance(value, Path):
        return value.name
    return describe(value) if isinstance(value, (BaseException, str)) else value


def _retell(sentence: str) -> str:
    """Finds the template that a sentence was made of; a sentence that no one knows stays as it is."""
    language = current_language()
    if language == ENGLISH or not sentence:
        return sentence
    if (whole := translate_core(sentence)) != sentence:
        return whole
    for pattern, template in _load_templates():
        if found := pattern.fullmatch(sentence):
            values = {name: _retell(value) for name, value in found.groupdict().items()}
            return _fill(translate_core(template), values)
    return sentence


def _fill(template: str, values: dict[str, str]) -> str:
    """With values that are written already: how the template would write them does not count."""
    return _PLACE.sub(lambda place: values[place[1]], template)


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


@lru_cache
def _load_templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The sentences of `cnn_core` with places to fill, as patterns too; first those that say most themselves."""
    templates = json.loads(TEMPLATES.read_text(encoding="utf-8"))
    templates.sort(key=lambda template: -len(_PLACE.sub("", template)))
    return tuple((re.compile(_as_pattern(template), re.DOTALL), template) for template in templates)


def _as_pattern(template: str) -> str:
    pattern, seen, end = "", set(), 0
    for place in _PLACE.finditer(template):
        name = place[1]
        pattern += re.escape(template[end : place.start()]) + (f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
        seen.add(name)
        end = place.end()
    return pattern + re.escape(template[end:])
