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
    return explain_validation(error.value)


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
