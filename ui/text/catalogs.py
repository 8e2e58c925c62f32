"""`python -m ui.text.catalogs`: brings the translations up to date with the English messages, and compiles them.

New messages are added without a translation, changed ones lose theirs, gone ones go. A translator then fills in the
`.po` files (by hand, or with any gettext editor) and runs this again. Needs Babel, which the app does not.
"""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from pydantic import BaseModel

import cnn_core
from cnn_core import errors
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.experiment.recipes import RECIPES
from cnn_core.learning.lesson_file import read_lesson
from cnn_core.learning.lessons import CARDS_DIR
from ui.text import CORE, DOMAIN, LOCALES, TEMPLATES, load_catalogue
from ui.text.language import ENGLISH, LANGUAGES

_ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
_NEEDS_TENSORFLOW = ("cnn_core.training.callbacks", "cnn_core.execution.worker", "cnn_core.__main__")
_MODELS_OF_PAGES = ("ui.layers.map",)  # the only ones that describe knobs of their own


def list_messages() -> dict[tuple[str, str], None]:
    """(context, English) of everything a reader may see, in the order of the source, each once."""
    pages = (
        (f"{section}.{name}", sentence)
        for section, entries in load_catalogue().items()
        for name, sentence in entries.items()
    )
    return dict.fromkeys([*pages, *((CORE, message) for message in _list_core_messages())])


def path_of(language: str) -> Path:
    return LOCALES / language.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_translation(language: str) -> Catalog:
    """Empty where there is no file yet."""
    path = path_of(language)
    if not path.exists():
        return Catalog(language.replace("-", "_"), domain=DOMAIN)
    with path.open("rb") as file:
        return read_po(file, locale=language.replace("-", "_"), domain=DOMAIN)


def update(language: str) -> Catalog:
    """The translation with exactly today's messages; written as `.po` and compiled as `.mo`."""
    old = read_translation(language)
    new = Catalog(language.replace("-", "_"), domain=DOMAIN, project="CNN Lab", fuzzy=False)
    new.creation_date = old.creation_date  # or the file would change each time
    for context, english in list_messages():
        known = old.get(english, context)
        new.add(english, known.string if known else "", context=context)
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, new, width=120, omit_header=False)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, new)
    return new


def _list_core_messages() -> Iterator[str]:
    for model in _list_models():
        if about := getattr(model, "about", ""):  # a schedule, which goes by its kind
            yield from (model.model_fields["kind"].default.replace("_", " ").capitalize(), about)
        for field in model.model_fields.values():
            yield from filter(None, (field.title, field.description))
    for info in DATASETS.values():
        yield from (info.title, info.summary, *(name for name in info.class_names if not name.isdigit()))
    for recipe in RECIPES:
        yield from filter(None, (recipe.title, recipe.source, recipe.published_note))
    for path in sorted(CARDS_DIR.iterdir()):
        yield from read_lesson(path).sentences()
    yield from errors.RULES.values()
    yield from _list_errors()


def _list_models() -> Iterator[type[BaseModel]]:
    """Every pydantic model, those of `cnn_core` first, in the order of their modules."""
    seen: set[type[BaseModel]] = set()
    core = (info.name for info in pkgutil.walk_packages(cnn_core.__path__, "cnn_core."))
    for name in (*core, *_MODELS_OF_PAGES):
        if name in _NEEDS_TENSORFLOW:
            continue
        for kind in vars(importlib.import_module(name)).values():
            if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in seen:
                seen.add(kind)
                yield kind


def _list_errors() -> Iterator[str]:
    """The templates that errors are raised with: literal sentences among their arguments. And what is `say("…")`d."""
    for path in sorted(Path(cnn_core.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in (*_ERRORS, "say"):
                literals = (str(argument.value) for argument in node.args if isinstance(argument, ast.Constant))
                yield from (words for words in literals if " " in words or node.func.id == "say")


def list_templates() -> list[str]:
    """Sentences of `cnn_core` with places to fill, by which one that was filled in English is recognized."""
    return [english for context, english in list_messages() if context == CORE and "{" in english]


def main() -> None:
    TEMPLATES.write_text(json.dumps(list_templates(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for language in LANGUAGES:
        if language != ENGLISH:
            catalog = update(language)
            missing = sum(1 for message in catalog if message.id and not message.string)
            print(f"{language}: {len(catalog)} messages, {missing} without a translation")  # noqa: T201


if __name__ == "__main__":
    main()
