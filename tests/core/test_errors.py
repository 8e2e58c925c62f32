import inspect

import pytest
from pydantic import ValidationError

from cnn_core import TrainingConfig, errors
from cnn_core.architecture.layers import Conv2D
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.errors import explain_validation


def test_every_error_is_in_the_documented_hierarchy():
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__]
    for error in classes:
        assert issubclass(error, errors.CnnLabError)
        assert error.__name__ in errors.__doc__
        assert error.__doc__


def explain(model, **data):
    with pytest.raises(ValidationError) as error:
        model.model_validate(data)
    return str(explain_validation(error.value))


def test_an_invalid_value_error_has_location_rule_and_input():
    text = explain(TrainingConfig, epochs=0)
    assert text.startswith("epochs: ")
    assert text.endswith("; received 0")


def test_an_invalid_layer_error_has_its_position():
    assert "layers.1" in explain(ArchitectureSpec, layers=[{"kind": "Flatten"}, {"kind": "Dense", "units": 0}])


def test_our_own_messages_are_kept():
    text = explain(ArchitectureSpec, layers=[Conv2D(name="a"), Conv2D(name="a")])
    assert text == "Two layers are called 'a'; give one of them another name."


def test_the_first_of_several_problems_is_shown_with_a_count():
    assert explain(TrainingConfig, epochs=0, batch_size=0).endswith("(and 1 more)")


def test_a_long_value_is_truncated():
    assert len(explain(TrainingConfig, optimizer="x" * 5000)) < 200


def test_an_error_keeps_its_template_and_values():
    error = errors.RunError("Run {run} is {share:.0%} through.", run="a-1", share=0.5)
    assert str(error) == "Run a-1 is 50% through."
    assert (error.template, error.values) == ("Run {run} is {share:.0%} through.", {"run": "a-1", "share": 0.5})


def test_a_message_without_values_may_contain_braces():
    assert str(errors.SpecError('Write {"a": 1}.')) == 'Write {"a": 1}.'


def test_a_nested_error_is_part_of_the_message():
    assert str(errors.SpecError("{path}: {what}", path="a", what=errors.SpecError("It is {n}.", n=1))) == "a: It is 1."


def test_a_validator_message_is_kept_with_its_values():
    with pytest.raises(ValidationError) as error:
        ArchitectureSpec(layers=[Conv2D(name="a"), Conv2D(name="a")])
    assert explain_validation(error.value).values == {"name": "a"}


def test_pydantic_rules_have_our_own_messages():
    """So that a page can translate them; their English is pydantic's."""
    with pytest.raises(ValidationError) as error:
        TrainingConfig(learning_rate=100, epochs=0, batch_size=1.5, seed="x", label_smoothing=-1)
    for mistake in error.value.errors():
        if mistake["type"] in errors.RULES:
            assert str(errors.explain_rule(mistake)) == mistake["msg"]
    assert {mistake["type"] for mistake in error.value.errors()} & set(errors.RULES)
