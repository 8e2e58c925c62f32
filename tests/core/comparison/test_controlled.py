"""What else differs between contenders, and the experiment in which only the network does."""

from cnn_core import RunStore, find_recipe
from cnn_core.comparison.contenders import group_runs
from cnn_core.comparison.controlled import build_controlled, list_other_differences
from cnn_core.comparison.table import list_training_fields


def contenders(tmp_path, *experiments):
    store = RunStore(tmp_path)
    ids = [store.create(experiment).id for experiment in experiments]
    return [group_runs([store.find(run_id)])[0] for run_id in ids]


def test_the_default_pair_differs_in_more_than_its_network(tmp_path):
    r2, r5 = contenders(tmp_path, find_recipe("R2").experiment, find_recipe("R5").experiment)
    assert {"batch_size", "optimizer"} <= set(list_other_differences(r2, r5))


def test_one_changed_setting_of_one_network_is_what_is_compared(tmp_path):
    r5 = find_recipe("R5").experiment
    one, other = contenders(tmp_path, r5, r5.with_training(batch_size=64))
    assert list_other_differences(one, other) == []


def test_the_controlled_experiment_differs_in_its_network_only(tmp_path):
    r2, r5 = contenders(tmp_path, find_recipe("R2").experiment, find_recipe("R5").experiment)
    controlled = build_controlled(r2, r5)
    assert [layer.kind for layer in controlled.architecture.layers] == [
        layer.kind for layer in r5.experiment.architecture.layers
    ]
    for name in list_training_fields():
        assert getattr(controlled.training, name) == getattr(r2.experiment.training, name)
    (again,) = contenders(tmp_path / "other", controlled)
    assert list_other_differences(r2, again) == []
