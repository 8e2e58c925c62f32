import pytest
from pydantic import ValidationError

from cnn_core import TrainingConfig
from cnn_core.experiment.optimizers import SGD
from cnn_core.experiment.schedules import OneCycle


def test_a_config_round_trips_through_json():
    config = TrainingConfig(
        optimizer=SGD(momentum=0.9), learning_rate=0.3, schedule=OneCycle(), validation_split=0.25, seed=0
    )
    assert TrainingConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("learning_rate", 0),
        ("learning_rate", float("nan")),
        ("learning_rate", 11),
        ("clip_norm", -1),
        ("batch_size", 0),
        ("epochs", 0),
        ("epochs", 1001),
        ("validation_split", 1),
        ("validation_split", -0.1),
        ("train_share", 0),
        ("train_share", 1.1),
        ("label_noise", -0.1),
        ("label_noise", 1.1),
        ("label_smoothing", 1),
        ("early_stopping", -1),
        ("class_weight", "heavy"),
        ("precision", "float16"),
        ("seed", -1),
        ("seed", 2**31),
        ("loss", "hinge"),
        ("optimizer", "lion"),
        ("schedule", {"kind": "wave"}),
        ("input_scaling", "none"),
    ],
)
def test_a_value_out_of_range_is_rejected(field, value):
    with pytest.raises(ValidationError, match=field):
        TrainingConfig.model_validate({field: value})


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "mse", "kl_divergence"])
def test_label_smoothing_is_rejected_where_it_has_no_effect(loss):
    with pytest.raises(ValidationError, match="label_smoothing works with categorical_crossentropy only"):
        TrainingConfig.model_validate({"loss": loss, "label_smoothing": 0.1})


def test_an_old_config_is_read_with_defaults_for_newer_fields():
    old = {"version": 1, "optimizer": "rmsprop", "learning_rate": 0.001, "loss": "mse", "batch_size": 64, "epochs": 5}
    config = TrainingConfig.model_validate(old)
    assert config.optimizer.kind == "RMSprop"
    assert config.schedule.kind == "constant"
    assert (config.label_noise, config.train_share, config.early_stopping) == (0, 1, 0)


@pytest.mark.parametrize(
    ("settings", "samples", "steps"),
    [
        ({}, 60_000, 938),
        ({"batch_size": 8192}, 60_000, 8),
        ({"validation_split": 0.1}, 54_000, 844),
        ({"train_share": 0.5}, 30_000, 469),
        ({"train_share": 0.5, "validation_split": 0.1}, 27_000, 422),
        ({"train_share": 1e-9}, 1, 1),
    ],
    ids=str,
)
def test_samples_and_steps_per_epoch_follow_fraction_and_split(settings, samples, steps):
    config = TrainingConfig.model_validate(settings)
    assert config.count_samples(60_000) == samples
    assert config.steps_per_epoch(60_000) == steps
