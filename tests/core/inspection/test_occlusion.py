"""Occlusion against a plain loop over squares and pixels."""

import numpy as np
import pytest
from test_attributions import FORMATS, an_input, open_probe

from cnn_core.errors import ModelError
from cnn_core.inspection.attribution.occlusion import compute_occlusion


def occlude_by_loops(probe, x, target, patch, stride, level):
    """As the definition says it, with `model.predict` and one square at a time."""
    picture = x[0]
    height, width = picture.shape[:2]
    whole = probe.model(x).numpy()[0, target]
    falls = [[[] for _ in range(width)] for _ in range(height)]
    tops, lefts = ({*range(0, n - patch, stride), n - patch} for n in (height, width))
    for top in tops:
        for left in lefts:
            covered = picture.copy()
            covered[top : top + patch, left : left + patch] = level
            fall = whole - probe.model(covered[np.newaxis]).numpy()[0, target]
            for row in range(top, top + patch):
                for column in range(left, left + patch):
                    falls[row][column].append(fall)
    return np.array([[np.mean(cell) if cell else 0 for cell in row] for row in falls])


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize(("patch", "stride", "grey"), [(3, 1, 0.0), (4, 3, 0.5), (2, 4, 1.0)])
def test_a_pixel_has_the_mean_drop_of_the_squares_covering_it(data_format, patch, stride, grey):
    probe = open_probe(data_format=data_format)
    x = an_input(probe)
    found = compute_occlusion(probe, x, 1, patch, stride, grey)
    assert found.shape == (8, 9)
    assert found.dtype == np.float32
    assert np.allclose(found, occlude_by_loops(probe, x, 1, patch, stride, grey), atol=1e-6)


def test_a_square_larger_than_the_input_covers_all_of_it():
    probe = open_probe()
    x = an_input(probe)
    fall = probe.predict_inputs(x)[0, 1] - probe.predict_inputs(np.zeros_like(x))[0, 1]
    assert np.allclose(compute_occlusion(probe, x, 1, patch=16), fall, atol=1e-6)


def test_the_occlusion_value_follows_the_scaling():
    probe = open_probe()
    training = probe.experiment.training.model_copy(update={"input_scaling": "raw"})
    x = an_input(probe)
    by_unit = compute_occlusion(probe, x, 1, 3, 1, grey=1.0)
    probe.experiment = probe.experiment.model_copy(update={"training": training})
    assert np.allclose(compute_occlusion(probe, x, 1, 3, 1, grey=1 / 255), by_unit, atol=1e-6)


def test_occluding_with_equal_values_changes_nothing():
    probe = open_probe()
    assert np.abs(compute_occlusion(probe, np.zeros((1, 8, 9, 2), np.float32), 0, 3, 2)).max() < 1e-6


def test_an_empty_square_is_an_error_message():
    probe = open_probe()
    with pytest.raises(ModelError, match="covers nothing"):
        compute_occlusion(probe, an_input(probe), 0, patch=0)
