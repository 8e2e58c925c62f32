"""A written sweep of another version: older ones are upgraded, newer ones are named as such."""

import json

import pytest
from sweep_specs import spec

from cnn_core.errors import NewerVersion
from cnn_core.sweeps import SweepSpec, create_sweep, find_sweep, read_sweep


@pytest.fixture
def sweep(tmp_path):
    return create_sweep(tmp_path, spec())


def rewrite(sweep, **fields):
    path = sweep.path / "sweep.json"
    data = json.loads(path.read_text())
    data["spec"] |= fields
    path.write_text(json.dumps(data | {"added_later": 1}))
    return find_sweep(sweep.path.parents[1], sweep.id)


def test_a_setting_that_was_renamed_is_found(sweep):
    opened = rewrite(sweep, version=1, knobs=[{"path": "training.other_hands", "choices": [0, 100]}])
    assert [knob.path for knob in opened.facts.spec.knobs] == ["training.synthetic_samples"]
    opened.append(trial=0, values={"training.other_hands": 100}, state="done")
    assert read_sweep(opened).trials[0].values == {"training.synthetic_samples": 100}


def test_a_newer_sweep_is_named_as_newer(sweep):
    with pytest.raises(NewerVersion, match=r"newer CNN Lab \(format 99"):
        _ = rewrite(sweep, version=99).facts


def test_unknown_fields_are_ignored_on_disk_and_rejected_in_user_files(sweep):
    assert rewrite(sweep, added_later=True).facts.spec.version == 2
    with pytest.raises(ValueError, match="added_later"):
        SweepSpec.model_validate(spec().model_dump() | {"added_later": True})
