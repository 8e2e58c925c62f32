import keras
import pytest
from pydantic import ValidationError

from cnn_core import TrainingConfig
from cnn_core.training.config import DEFAULT_LEARNING_RATES


def test_a_config_survives_json():
    config = TrainingConfig(optimizer="sgd", learning_rate=0.3, validation_split=0.25, seed=0)
    assert TrainingConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("learning_rate", 0),
        ("learning_rate", float("nan")),
        ("learning_rate", 11),
        ("batch_size", 0),
        ("epochs", 0),
        ("epochs", 1001),
        ("validation_split", 1),
        ("validation_split", -0.1),
        ("seed", -1),
        ("seed", 2**31),
        ("loss", "hinge"),
        ("optimizer", "adamw"),
        ("input_scaling", "none"),
    ],
)
def test_a_value_out_of_range_is_refused(field, value):
    with pytest.raises(ValidationError, match=field):
        TrainingConfig.model_validate({field: value})


@pytest.mark.parametrize("name", DEFAULT_LEARNING_RATES)
def test_the_default_learning_rates_are_kerass_own(name):
    rate = float(keras.optimizers.get(name).learning_rate.numpy())
    assert rate == pytest.approx(DEFAULT_LEARNING_RATES[name])
