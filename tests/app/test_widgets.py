"""A knob's title, help and limits are written once, in its pydantic field; the widget shows just these."""

import pytest
from pydantic import ValidationError
from streamlit.testing.v1 import AppTest

from cnn_core import TrainingConfig
from cnn_core.architecture.layers import Conv2D, Dense, MaxPooling2D

TRAINING = [(TrainingConfig, name) for name in TrainingConfig.model_fields if name != "version"]
LAYERS = [(Conv2D, "filters"), (Conv2D, "kernel_size"), (Conv2D, "padding"), (MaxPooling2D, "pool_size")]
FIELDS = [*TRAINING, *LAYERS, (Dense, "units")]

every_field = pytest.mark.parametrize(("model", "name"), FIELDS, ids=lambda part: getattr(part, "__name__", part))


def draw_field(module, model, name, value):
    import importlib

    import streamlit as st

    from ui.widgets import render_field

    chosen = render_field(getattr(importlib.import_module(module), model), name, value, key="field")
    st.session_state["chosen"] = chosen


def render(model, name):
    default = model.model_fields[name].default
    app = AppTest.from_function(draw_field, default_timeout=60, args=(model.__module__, model.__name__, name, default))
    app.run()
    assert not app.exception
    (widget,) = [*app.selectbox, *app.number_input, *app.slider]
    return app, widget


def schema_of(model, name):
    return model.model_json_schema()["properties"][name]


def accepts(model, name, value):
    try:
        model.model_validate({name: value})
    except ValidationError:
        return False
    return True


@every_field
def test_the_widget_shows_the_fields_title_help_and_default(model, name):
    app, widget = render(model, name)
    schema = schema_of(model, name)
    assert widget.label == schema["title"]
    assert widget.help == schema["description"]
    assert widget.value == schema["default"]
    assert app.session_state["chosen"] == schema["default"]


@every_field
def test_the_widget_offers_what_the_field_accepts_and_nothing_else(model, name):
    _, widget = render(model, name)
    schema = schema_of(model, name)
    if "enum" in schema:
        assert list(widget.options) == schema["enum"]
        return
    assert accepts(model, name, widget.value)
    if widget.min is None:
        return  # a box takes any number: what is wrong with one is said on the page
    assert accepts(model, name, int(widget.min) if schema["type"] == "integer" else widget.min)
    assert accepts(model, name, int(widget.max) if schema["type"] == "integer" else widget.max)
    if "minimum" in schema:
        assert widget.min == schema["minimum"]
    if "maximum" in schema:
        assert widget.max == schema["maximum"]


@every_field
def test_a_choice_comes_back_in_the_fields_own_type(model, name):
    app, widget = render(model, name)
    default = model.model_fields[name].default
    other = widget.options[-1] if getattr(widget, "options", None) else type(default)(widget.min or default * 2)
    widget.set_value(other).run()
    assert app.session_state["chosen"] == other
    assert type(app.session_state["chosen"]) is type(default)
    assert accepts(model, name, app.session_state["chosen"])
