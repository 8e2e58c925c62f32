import inspect

import pytest
from pydantic import ValidationError

from cnn_core import TrainingConfig, errors
from cnn_core.architecture.layers import Conv2D
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.errors import explain_validation


def test_every_error_is_ours_and_stands_in_the_tree_at_the_top():
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__]
    for error in classes:
        assert issubclass(error, errors.CnnLabError)
        assert error.__name__ in errors.__doc__
        assert error.__doc__


def explain(model, **data):
    with pytest.raises(ValidationError) as error:
        model.model_validate(data)
    return str(explain_validation(error.value))


def test_a_bad_value_is_told_with_where_what_and_what_was_received():
    text = explain(TrainingConfig, epochs=0)
    assert text.startswith("epochs: ")
    assert text.endswith("; received 0")


def test_a_bad_layer_is_told_with_its_place():
    assert "layers.1" in explain(ArchitectureSpec, layers=[{"kind": "Flatten"}, {"kind": "Dense", "units": 0}])


def test_our_own_sentences_are_told_as_they_are():
    text = explain(ArchitectureSpec, layers=[Conv2D(name="a"), Conv2D(name="a")])
    assert text == "Two layers are called 'a'; give one of them another name."


def test_of_several_mistakes_the_first_is_told_and_the_others_are_counted():
    assert explain(TrainingConfig, epochs=0, batch_size=0).endswith("(and 1 more)")


def test_a_long_value_is_cut():
    assert len(explain(TrainingConfig, optimizer="x" * 5000)) < 200


def test_an_error_keeps_its_sentence_and_what_was_filled_in_apart():
    error = errors.RunError("Run {run} is {share:.0%} through.", run="a-1", share=0.5)
    assert str(error) == "Run a-1 is 50% through."
    assert (error.template, error.values) == ("Run {run} is {share:.0%} through.", {"run": "a-1", "share": 0.5})


def test_a_sentence_without_values_may_hold_braces():
    assert str(errors.SpecError('Write {"a": 1}.')) == 'Write {"a": 1}.'


def test_an_error_within_an_error_is_part_of_its_sentence():
    assert str(errors.SpecError("{path}: {what}", path="a", what=errors.SpecError("It is {n}.", n=1))) == "a: It is 1."


def test_a_validators_sentence_reaches_the_reader_with_its_values():
    with pytest.raises(ValidationError) as error:
        ArchitectureSpec(layers=[Conv2D(name="a"), Conv2D(name="a")])
    assert explain_validation(error.value).values == {"name": "a"}


def test_pydantics_own_rules_are_sentences_of_ours_word_for_word():
    """So that a page can translate them; their English is pydantic's."""
    with pytest.raises(ValidationError) as error:
        TrainingConfig(learning_rate=100, epochs=0, batch_size=1.5, seed="x", label_smoothing=-1)
    for mistake in error.value.errors():
        if mistake["type"] in errors.RULES:
            assert str(errors.explain_rule(mistake)) == mistake["msg"]
    assert {mistake["type"] for mistake in error.value.errors()} & set(errors.RULES)
