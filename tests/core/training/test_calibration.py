import pytest

from cnn_core import ArchitectureSpec, compute_anatomy
from cnn_core.architecture.anatomy import Anatomy
from cnn_core.architecture.layers import LAYER_TYPES
from cnn_core.experiment.starters import STARTERS
from cnn_core.runs.calibration import FILE_NAME, Calibration, read_calibration
from cnn_core.training.calibration import calibrate

MADE_UP = Calibration(per_step=0.01, per_mac=2e-10, per_parameter=3e-9, bfloat16_gain=1.5)

WHOLE = b'{"per_step": 1, "per_mac": 1, "per_parameter": 1, "bfloat16_gain": 1}'


def anatomy_of(*rows):
    return compute_anatomy(ArchitectureSpec.model_validate({"layers": rows}))


@pytest.mark.parametrize(
    ("samples", "batch_size", "steps"), [(60_000, 64, 938), (64, 64, 1), (65, 64, 2), (10, 8192, 1), (7, 1, 7)]
)
def test_epoch_time_is_overhead_per_step_plus_work_per_image(samples, batch_size, steps):
    anatomy = compute_anatomy(STARTERS["small-vgg"].architecture)
    expected = steps * 0.01 + steps * anatomy.parameters * 3e-9 + samples * anatomy.macs * 2e-10
    assert MADE_UP.estimate_epoch(anatomy, samples, batch_size) == pytest.approx(expected)


def test_a_dense_network_matches_values_computed_by_hand():
    anatomy = anatomy_of({"kind": "Flatten"}, {"kind": "Dense", "units": 10})
    seconds = 10 * (0.01 + 7_850 * 3e-9) + 1_000 * 7_840 * 2e-10
    assert MADE_UP.estimate_epoch(anatomy, 1_000, 100) == pytest.approx(seconds)


@pytest.mark.parametrize("kind", [kind for kind, cls in LAYER_TYPES.items() if not cls.is_timed])
def test_an_unmeasured_layer_type_has_no_estimate(kind):
    assert MADE_UP.estimate_epoch(anatomy_of({"kind": kind}), 100, 10) is None


@pytest.mark.parametrize("name", ["R1", "R2", "R3", "R4", "R5"])
def test_the_recipes_have_an_estimate(name):
    from cnn_core import find_recipe

    anatomy = compute_anatomy(find_recipe(name).experiment.architecture)
    assert MADE_UP.estimate_epoch(anatomy, 60_000, 64) > 0


def test_a_network_without_layers_that_fit_has_only_overhead():
    assert MADE_UP.estimate_epoch(Anatomy(()), 640, 64) == pytest.approx(0.1)


def test_without_a_measurement_there_is_no_estimate(tmp_path):
    assert read_calibration(tmp_path) is None
    assert read_calibration(tmp_path / "no-such-folder") is None


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"null", b"[]", b"\xff\xfe\x00", b'{"per_step": 1}', b"{}" * 1000, b"[" * 100_000),
        b'{"per_step": 1, "per_mac": 1, "per_parameter": 1}',  # of a version that measured less
        WHOLE.replace(b"1}", b'"x"}'),
        WHOLE.replace(b"}", b', "more": 1}'),
        WHOLE.replace(b'"per_step": 1', b'"per_step": NaN'),
        WHOLE.replace(b'"per_mac": 1', b'"per_mac": Infinity'),
        WHOLE.replace(b'"per_step": 1', b'"per_step": -1'),
        WHOLE.replace(b'"bfloat16_gain": 1', b'"bfloat16_gain": 0'),
    ],
)
def test_a_damaged_file_is_ignored(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)
    assert read_calibration(tmp_path) is None


def test_an_intact_file_is_read(tmp_path):
    (tmp_path / FILE_NAME).write_bytes(WHOLE)
    assert read_calibration(tmp_path) == Calibration(per_step=1, per_mac=1, per_parameter=1, bfloat16_gain=1)


def test_a_folder_in_place_of_the_file_is_ignored(tmp_path):
    (tmp_path / FILE_NAME).mkdir()
    assert read_calibration(tmp_path) is None


def test_the_measurement_is_stored_in_a_file(tmp_path):
    measured = calibrate(tmp_path / "runs")
    assert read_calibration(tmp_path / "runs") == measured
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [FILE_NAME]
    assert 0 < measured.per_step < 5
    assert 0 <= measured.per_mac < 1e-6
    assert 0 <= measured.per_parameter < 1e-6
    assert 0 < measured.bfloat16_gain < 100
    epoch = measured.estimate_epoch(compute_anatomy(STARTERS["small-vgg"].architecture), 60_000, 64)
    assert 0.1 < epoch < 100_000
