"""A knob's title, help and limits are written once, in its pydantic field; the widget shows just these."""

import pytest
from pydantic import ValidationError
from streamlit.testing.v1 import AppTest

from cnn_core import TrainingConfig
from cnn_core.architecture.augmentation import Augmentation
from cnn_core.architecture.layers import Conv2D, Dense, MaxPooling2D
from cnn_core.experiment.optimizers import OPTIMIZERS, SGD
from cnn_core.experiment.schedules import SCHEDULES
from ui.shared.field_widget import kinds_of, knobs_of, title_of

UNIONS = ["optimizer", "schedule"]
TRAINING = [(TrainingConfig, name) for name in TrainingConfig.model_fields if name not in ("version", *UNIONS)]
KNOBS = {name: (kind, name) for kind in (*OPTIMIZERS, *SCHEDULES) for name in knobs_of(kind)}  # each name once
LAYERS = [(Conv2D, "filters"), (Conv2D, "kernel_size"), (Conv2D, "padding"), (MaxPooling2D, "pool_size")]
FIELDS = [
    *TRAINING,
    *KNOBS.values(),
    *((Augmentation, name) for name in Augmentation.model_fields),
    *LAYERS,
    (Dense, "units"),
]

every_field = pytest.mark.parametrize(("model", "name"), FIELDS, ids=lambda part: getattr(part, "__name__", part))


def draw_field(module, model, name, value):
    import importlib

    import streamlit as st

    from ui.shared.field_widget import render_field

    chosen = render_field(getattr(importlib.import_module(module), model), name, value, key="field")
    st.session_state["chosen"] = chosen


def render(model, name):
    default = model.model_fields[name].default
    app = AppTest.from_function(draw_field, default_timeout=60, args=(model.__module__, model.__name__, name, default))
    app.run()
    assert not app.exception
    (widget,) = [*app.selectbox, *app.number_input, *app.slider, *app.toggle]
    return app, widget


def schema_of(model, name):
    return model.model_json_schema()["properties"][name]


def accepts(model, name, value):
    try:
        model.model_validate({name: value})
    except ValidationError:
        return False
    return True


def another(widget, default):
    """A value that the field accepts and that is not the default."""
    if getattr(widget, "options", None):
        return widget.options[-1]
    if isinstance(default, bool):
        return not default
    if isinstance(default, int):
        return int(getattr(widget, "min", None) or default + 1)
    return default / 2 or 0.25


@every_field
def test_the_widget_has_title_help_and_default_of_the_field(model, name):
    app, widget = render(model, name)
    schema = schema_of(model, name)
    assert widget.label == schema["title"]
    assert widget.help == schema["description"]
    assert widget.value == schema["default"]
    assert app.session_state["chosen"] == schema["default"]


@every_field
def test_the_widget_offers_exactly_the_accepted_values(model, name):
    _, widget = render(model, name)
    schema = schema_of(model, name)
    if "enum" in schema:
        assert list(widget.options) == schema["enum"]
        return
    if schema["type"] == "boolean":
        assert widget.type == "toggle"
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
def test_a_choice_has_the_type_of_the_field(model, name):
    app, widget = render(model, name)
    default = model.model_fields[name].default
    other = another(widget, default)
    widget.set_value(other).run()
    assert app.session_state["chosen"] == other
    assert type(app.session_state["chosen"]) is type(default)
    assert accepts(model, name, app.session_state["chosen"])


# ---- a field that can be of several kinds


def draw_union(name, start):
    import streamlit as st

    from cnn_core import TrainingConfig
    from ui.shared.field_widget import render_field

    value = getattr(TrainingConfig.model_validate({name: start} if start else {}), name)
    st.session_state["chosen"] = render_field(TrainingConfig, name, value, key="field")


def open_union(name, start=None):
    app = AppTest.from_function(draw_union, default_timeout=60, args=(name, start)).run()
    assert not app.exception
    return app


def knob_widgets(app):
    widgets = [*app.number_input, *app.slider, *app.toggle, *app.selectbox]
    return {widget.key.rsplit(".")[-1]: widget for widget in widgets if widget.key != "field"}


@pytest.mark.parametrize("name", UNIONS)
def test_a_union_field_is_a_select_box_of_titles(name):
    app = open_union(name)
    kinds = kinds_of(TrainingConfig, name)
    assert app.selectbox(key="field").options == [title_of(kind) for kind in kinds]
    assert app.selectbox(key="field").label == TrainingConfig.model_fields[name].title
    assert app.session_state["chosen"] == TrainingConfig.model_fields[name].default.model_dump()


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name in UNIONS for kind in kinds_of(TrainingConfig, name)])
def test_the_selected_type_shows_only_its_arguments(name, kind):
    app = open_union(name)
    app.selectbox(key="field").set_value(kind).run()
    spec = kinds_of(TrainingConfig, name)[kind]
    assert set(knob_widgets(app)) == set(knobs_of(spec))
    assert app.session_state["chosen"] == spec().model_dump()


def test_each_type_keeps_its_values_while_another_is_selected():
    app = open_union("optimizer", "sgd")
    knob_widgets(app)["momentum"].set_value(0.9).run()
    app.selectbox(key="field").set_value("RMSprop").run()
    knob_widgets(app)["momentum"].set_value(0.5).run()
    app.selectbox(key="field").set_value("SGD").run()
    assert app.session_state["chosen"] == {"kind": "SGD", "momentum": 0.9, "nesterov": False}
    app.selectbox(key="field").set_value("RMSprop").run()
    assert app.session_state["chosen"]["momentum"] == 0.5


def test_other_types_start_with_keras_defaults():
    app = open_union("optimizer", SGD(momentum=0.7).model_dump())
    assert knob_widgets(app)["momentum"].value == 0.7
    app.selectbox(key="field").set_value("RMSprop").run()
    assert knob_widgets(app)["momentum"].value == 0


@pytest.mark.parametrize(
    ("name", "title"), [("one_cycle", "One cycle"), ("SGD", "SGD"), ("RMSprop", "RMSprop"), ("constant", "Constant")]
)
def test_a_type_title_is_readable(name, title):
    assert title_of(name) == title
