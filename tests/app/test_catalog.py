"""The words of the interface: all in one catalog, none missing, none left over, none written into the code."""

import ast
import re
from string import Formatter

import pytest
from app_pages import ROOT

from ui.text import load_catalogue, text

SOURCES = sorted([*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")])
TREES = {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}
SENTENCES = {
    f"{section}.{name}": sentence for section, entries in load_catalogue().items() for name, sentence in entries.items()
}
FILLED_IN_BY_THE_BROWSER = {"maps.tip": "shared/maps.js"}
# What the person reads of a Streamlit call: its first argument, or one of these.
SPOKEN = ("label", "body", "text", "help", "placeholder", "title", "header")
WORDS = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}|^[A-Z][a-z]{2,}$")


def calls():
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield f"{path}:{node.lineno}", node


def text_calls():
    for place, node in calls():
        if isinstance(node.func, ast.Name) and node.func.id in ("text", "text_or"):
            yield place, node


def literal_keys(argument):
    """The keys that a call's first argument can be, where they stand there as literals."""
    if isinstance(argument, ast.Constant):
        return [argument.value]
    if isinstance(argument, ast.IfExp):
        return literal_keys(argument.body) + literal_keys(argument.orelse)
    return []


def key_patterns():
    """f"states.{run.state}" → the pattern of the keys that it can become."""
    for _, call in text_calls():
        for node in ast.walk(call.args[0]):
            if isinstance(node, ast.JoinedStr):
                parts = [re.escape(p.value) if isinstance(p, ast.Constant) else r"[\w-]+" for p in node.values]
                yield re.compile("".join(parts))


def placeholders(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_key_in_the_code_is_in_the_catalog():
    missing = {
        f"{place} {key}" for place, call in text_calls() for key in literal_keys(call.args[0]) if key not in SENTENCES
    }
    assert not missing


def test_every_key_pattern_in_the_code_matches_the_catalog():
    lost = [pattern.pattern for pattern in key_patterns() if not any(map(pattern.fullmatch, SENTENCES))]
    assert not lost


def test_no_key_in_the_catalog_is_unused():
    constants = {n.value for tree in TREES.values() for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    patterns = list(key_patterns())
    unused = {key for key in SENTENCES if key not in constants and not any(p.fullmatch(key) for p in patterns)}
    assert not unused


def test_every_call_fills_exactly_the_placeholders_of_its_message():
    wrong = []
    for place, call in text_calls():
        given = {keyword.arg for keyword in call.keywords}
        for key in literal_keys(call.args[0]):
            if None not in given and key not in FILLED_IN_BY_THE_BROWSER and given != placeholders(SENTENCES[key]):
                wrong.append(f"{place} {key}: {given or 'nothing'} for {placeholders(SENTENCES[key]) or 'nothing'}")
    assert not wrong


@pytest.mark.parametrize(("key", "script"), FILLED_IN_BY_THE_BROWSER.items())
def test_placeholders_filled_by_the_browser_are_complete(key, script):
    source = (ROOT / "ui" / "components" / script).read_text(encoding="utf-8")
    assert placeholders(SENTENCES[key]) == set(re.findall(r'"\{(\w+)\}"', source))


def test_every_message_of_the_catalog_is_well_formed():
    for key, sentence in SENTENCES.items():
        assert sentence.strip() == sentence != "", key
        assert placeholders(sentence) is not None, key


def test_no_message_is_hard_coded():
    spoken = []
    for place, call in calls():
        if not isinstance(call.func, ast.Attribute) or ast.unparse(call.func).startswith("logger."):
            continue
        said = call.args[:1] if isinstance(call.func.value, ast.Name) else []
        said += [keyword.value for keyword in call.keywords if keyword.arg in SPOKEN]
        for argument in said:
            parts = argument.values if isinstance(argument, ast.JoinedStr) else [argument]
            literals = [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]
            spoken += [f"{place} {literal!r}" for literal in literals if WORDS.search(literal)]
    assert not spoken


def test_an_unknown_key_raises_immediately():
    with pytest.raises(KeyError):
        text("home.no_such_sentence")


def test_values_fill_the_placeholders():
    assert text("answer.is", label="7") == SENTENCES["answer.is"].replace("{label}", "7")
