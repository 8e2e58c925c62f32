"""How the page tests open a page and find what is on it: by key, or by the catalog's words."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from ui.text import text

ROOT = Path(__file__).parents[2]
PATIENCE_S = 180  # the machine may be busy; no test is about seconds


def open_app(name="home"):
    """A new session whose first page is this one."""
    app = AppTest.from_file(str(ROOT / "ui" / "router.py"), default_timeout=PATIENCE_S)
    return app.run() if name == "home" else go(app, name)


def go(app, name):
    """The same session on another page."""
    return app.switch_page(f"../pages/{name}.py").run()


def button(app, key, **values):
    """The one button that says text(key); a KeyError names the buttons there are."""
    label = text(key, **values)
    found = [button for button in app.button if button.label == label]
    if len(found) != 1:
        raise KeyError(f"{len(found)} buttons say {label!r}; there are {[b.label for b in app.button]}")
    return found[0]


def says(app, sentence):
    """Whether any text on the page holds this sentence."""
    return any(sentence in words for words in words_of(app))


def words_of(app):
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    return [element.value for elements in kinds for element in elements]


def number(app, ending):
    """The one number box or slider whose key ends so: "conv1.filters"."""
    (found,) = [widget for widget in [*app.number_input, *app.slider] if widget.key.endswith(f".{ending}")]
    return found


def metric(app, key):
    (found,) = [metric for metric in app.metric if metric.label == text(key)]
    return found
