"""Three languages: complete catalogs, the choice of one, and pages without a word of another."""

import ast
import json
import re
from gettext import GNUTranslations
from io import BytesIO
from string import Formatter

import pytest
from app_pages import ROOT, go
from babel.messages.mofile import write_mo

from cnn_core import errors
from cnn_core.data.datasets.catalog import DATASETS
from ui.server.resources import get_store
from ui.session.model import Drawing
from ui.shared.navigation import PAGES
from ui.text import explain, text, translate_core
from ui.text.catalogs import list_messages, path_of, read_translation
from ui.text.language import ENGLISH, LANGUAGES, match_language, use_language

ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
TRANSLATED = [language for language in LANGUAGES if language != ENGLISH]
in_each_language = pytest.mark.parametrize("language", TRANSLATED)
MARKS = re.compile(r"`[^`]*`|\*\*|:material/\w+:|:(?:red|gray|blue|green|orange|violet|small)\[|\]\(|<[^ >]+>|\$")
# Names are the same in every language: of Python and Keras, people and products, runs and recipes.
NAMES = re.compile(
    r"`[^`]*`|:\w+\[[^\]]*\]|<[^>]+>|https?://\S+|\b(?:R\d|LeNet-5|Dense|Speed|Hand) [\w ,.:×%'-]+"
    r"|batch_size|Keras|TensorFlow|Python|MNIST|Fashion-MNIST|CIFAR-10|CNN Lab|Grad-CAM|Adam(?:W|ax)?|RMSprop|SGD"
    r"|LeCun et al\.?|Google Colab|Jupyter Notebook|TensorBoard|LiteRT|Integrated Gradients|SmoothGrad|Medium"
)
ENGLISH_SENTENCE = re.compile(r"\b[A-Za-z][a-z']+(?:[ ,;:]+[A-Za-z]?[a-z']+){2,}")


@pytest.fixture(autouse=True)
def english_again():
    yield
    use_language(ENGLISH)


@pytest.fixture
def speaking():
    """speaking("zh-Hans") → what has no session is said in this language."""
    return use_language


def translations(language):
    return {(message.context, message.id): message for message in read_translation(language) if message.id}


def places(sentence):
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name)


def speak(app, language):
    """The same session in another language, chosen as a reader does it."""
    app = app.sidebar.selectbox(key="language").select(language).run()
    use_language(language)  # AppTest will ask for the labels of options outside of the session
    return app


# Catalogs


@in_each_language
def test_a_catalog_has_exactly_the_current_messages(language):
    """`python -m ui.text.catalogs` adds what is missing and takes out what is left over."""
    written, wanted = set(translations(language)), set(list_messages())
    missing, left_over = wanted - written, written - wanted
    assert not missing
    assert not left_over


@in_each_language
def test_every_message_is_translated(language):
    assert not [key for key, message in translations(language).items() if not message.string or message.fuzzy]


@in_each_language
def test_the_compiled_catalog_matches_its_source(language):
    fresh = BytesIO()
    write_mo(fresh, read_translation(language))
    with path_of(language).with_suffix(".mo").open("rb") as file:
        assert GNUTranslations(file)._catalog == GNUTranslations(BytesIO(fresh.getvalue()))._catalog


@in_each_language
def test_a_translation_keeps_placeholders_markup_and_code(language):
    wrong = {}
    for (context, english), message in translations(language).items():
        if message.string:
            kept = sorted(MARKS.findall(english)) == sorted(MARKS.findall(message.string))
            if not kept or places(english) != places(message.string):
                wrong[context, english] = message.string
    assert not wrong


@in_each_language
def test_a_translation_has_the_placeholders_of_its_original(language):
    """A place keeps what is said of its numbers: {share:.0%}."""

    def forms(sentence):
        return sorted((name, form) for _, name, form, _ in Formatter().parse(sentence) if name)

    found = [message for message in translations(language).values() if message.string]
    assert not [message.string for message in found if forms(message.id) != forms(message.string)]


# Which language


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh_SG", "zh-Hans"),
        ("zh-Hans-HK", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-MO", "zh-Hant"),
        ("zh-Hant-CN", "zh-Hant"),
        ("de-AT", "en"),
        ("en-US", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_a_browser_locale_selects_the_nearest_language(locale, language):
    assert match_language(locale) == language


def test_an_unknown_language_is_english(speaking):
    speaking("tlh")
    assert text("nav.train") == "Train"


@in_each_language
def test_a_link_contains_the_language(open_page, language):
    app = open_page()
    app.query_params["lang"] = language
    app.run()
    assert app.sidebar.selectbox(key="language").value == language
    assert [title.value for title in app.title] != [text("home.title")]


def test_a_language_choice_applies_to_every_page_and_the_url(open_page):
    there = text("draw.title")
    app = speak(open_page(), "zh-Hant")
    for name in ("train", "runs", "home"):
        app = go(app, name)
        assert app.query_params["lang"] in ("zh-Hant", ["zh-Hant"])
        assert app.session_state["cnn_lab"].language == "zh-Hant"
    app = go(speak(app, "en"), "draw")
    assert app.query_params["lang"] in ("en", ["en"])
    assert [title.value for title in app.title] == [there]


def test_without_a_choice_the_url_is_unchanged(open_page):
    assert "lang" not in open_page().query_params


def test_changing_the_language_keeps_the_state(open_page):
    app = open_page("train")
    app.selectbox(key="setup.recipe").select("dense-baseline").run()
    app.session_state["setup.more"] = True
    app.session_state["setup.group"] = text("setup.group_stopping")
    app.session_state["cnn_lab"].sheet.add(Drawing({"objects": []}))
    app.run()
    app.number_input(key="setup.dense-baseline.epochs").set_value(7).run()
    for language in (*TRANSLATED, ENGLISH):
        app = speak(app, language)
        assert not app.exception
        assert app.selectbox(key="setup.recipe").value == "dense-baseline"
        assert app.number_input(key="setup.dense-baseline.epochs").value == 7
        assert app.session_state["setup.more"]
        assert app.session_state["setup.group.kept"] == "stopping"
        assert len(app.session_state["cnn_lab"].sheet.drawings) == 2
    assert app.session_state["setup.group"] == text("setup.group_stopping")


@in_each_language
def test_the_open_tab_of_a_run_stays_open(own_run, open_page, language):
    app = open_page("train")
    app.session_state["live.tab"] = text("live.tab_results")
    app = speak(app.run(), language)
    assert app.session_state["live.tab.kept"] == "results"
    assert app.session_state["live.tab"] == text("live.tab_results")


# Errors and other words of the core


def test_every_error_of_the_core_has_a_template_that_the_extractor_finds():
    """A literal sentence with places, and no f-string, whose words would be lost."""
    lost = []
    for path in (ROOT / "cnn_core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
                lost += [f"{path.name}:{node.lineno}" for said in node.args if isinstance(said, ast.JoinedStr)]
    assert not lost


@in_each_language
def test_stored_errors_are_translated(speaking, language):
    error = errors.RunError("Run {run} is complete. Add epochs to it, or start it again.", run="a-1")
    assert explain(error) == explain(str(error)) == str(error)
    speaking(language)
    assert explain(error) == explain(str(error)) != str(error)
    assert "a-1" in explain(error)


@in_each_language
def test_nested_errors_are_translated(speaking, language):
    inner = errors.SpecError("This link is damaged. Copy it again, whole.")
    outer = errors.SpecError("This link holds a design that can't be read: {what}.", what=inner)
    speaking(language)
    assert explain(inner) in explain(outer)
    assert explain(inner) in explain(str(outer))


@in_each_language
def test_unknown_texts_are_unchanged(speaking, language):
    speaking(language)
    assert explain(OSError("EOF at 0x12")) == "EOF at 0x12"
    assert translate_core("no such word") == "no such word"


@in_each_language
def test_classes_have_names_in_every_language(speaking, language):
    speaking(language)
    for info in DATASETS.values():
        assert [translate_core(name) == name for name in info.class_names] == [
            name.isdigit() for name in info.class_names
        ]


# Pages


def spoken(app):
    """Every text on the page: elements, labels, help, options."""
    for element in app:
        proto = getattr(element, "proto", None)
        for name in ("body", "label", "help", "placeholder", "value"):
            said = getattr(proto, name, "") if name != "value" else getattr(element, "value", "")
            if isinstance(said, str) and "<style>" not in said:
                yield said
        yield from strings(json.loads(getattr(proto, "json", "") or "null"))  # what an own component shows
        yield from (option for option in getattr(element, "options", None) or [] if isinstance(option, str))


def strings(data):
    """Every string within data from JSON; a figure is JSON in a string."""
    if isinstance(data, str):
        yield from strings(json.loads(data)) if data.startswith('{"') else [data]
    elif isinstance(data, (dict, list)):
        for part in data.values() if isinstance(data, dict) else data:
            yield from strings(part)


def sentences(app):
    """Those that look like English."""
    names = sorted({run.name for run in get_store().list_runs().runs}, key=len, reverse=True)
    found = set()
    for said in spoken(app):
        for name in names:
            said = said.replace(name, "")
        found |= {match[0] for match in ENGLISH_SENTENCE.finditer(NAMES.sub("¦", said))}
    return found


@pytest.mark.parametrize(("language", "own"), [("zh-Hans", False), ("zh-Hant", True)], ids=["empty", "with a run"])
def test_no_page_shows_english_in_another_language(request, open_page, tensorflow_ready, language, own):
    if own:
        request.getfixturevalue("own_run")
    app = speak(open_page(), language)
    english = {}
    for name in PAGES:
        app = go(app, name)
        assert not app.exception, name
        if found := sentences(app):
            english[name] = found
    assert not english
