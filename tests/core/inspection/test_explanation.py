"""All explanations of one answer together: the same shapes for every network, in units that can be compared."""

import numpy as np
import pytest
from test_attributions import FORMATS, NO_SOFTMAX, an_input, open_probe

from cnn_core.inspection.attribution.explanation import explain
from cnn_core.inspection.attribution.grad_cam import compute_grad_cam
from cnn_core.inspection.attribution.gradients import compute_integrated_gradients, compute_saliency
from cnn_core.inspection.attribution.methods import build_methods

KNOBS = {"patch": 3}


@pytest.mark.parametrize("data_format", FORMATS)
def test_each_method_returns_one_map_of_the_input_size(data_format):
    probe = open_probe(data_format=data_format)
    maps = explain(probe, an_input(probe), 1, KNOBS).maps
    assert set(maps) == {"saliency", "smoothgrad", "integrated", "grad_cam", "occlusion"}
    assert {(m.shape, m.dtype) for m in maps.values()} == {((8, 9), np.dtype(np.float32))}


def test_color_channels_are_reduced_by_maximum_or_sum():
    probe = open_probe()
    x = an_input(probe)
    found, slopes = explain(probe, x, 1, KNOBS), compute_saliency(probe, x, 1)
    by_loop = [[max(pixel, key=abs) for pixel in row] for row in slopes]
    assert np.array_equal(found.maps["saliency"], np.array(by_loop, np.float32))
    assert np.allclose(found.maps["integrated"], compute_integrated_gradients(probe, x, 1).values.sum(axis=2))
    assert found.maps["integrated"].sum() == pytest.approx(found.facts["integrated"]["difference"], rel=0.01)


def test_without_maps_there_is_no_grad_cam_and_without_softmax_no_logit():
    probe = open_probe(NO_SOFTMAX)
    x = an_input(probe)
    found = explain(probe, x, 1, KNOBS)
    assert "grad_cam" not in found.maps
    assert not found.is_logit
    assert found.score == pytest.approx(float(probe.predict_inputs(x)[0, 1]))


@pytest.mark.parametrize(("asked", "seen"), [("first", "first"), ("flatten1", "last"), ("", "last")])
def test_grad_cam_uses_the_requested_layer(asked, seen):
    probe = open_probe()
    x = an_input(probe)
    found = explain(probe, x, 1, KNOBS | {"layer": asked})
    assert found.facts["grad_cam"] == {"layer": seen}
    assert np.array_equal(found.maps["grad_cam"], compute_grad_cam(probe, x, 1, seen))


def test_gradients_are_per_full_pixel_range_for_every_scaling():
    probe = open_probe()
    x = an_input(probe)
    by_unit = explain(probe, x, 1, KNOBS).maps["saliency"]
    training = probe.experiment.training.model_copy(update={"input_scaling": "raw"})
    probe.experiment = probe.experiment.model_copy(update={"training": training})
    assert np.allclose(explain(probe, x, 1, KNOBS).maps["saliency"], 255 * by_unit)


def test_parameters_reach_the_methods_that_declare_them_and_unknown_ones_are_rejected():
    by_key = {method.key: method for method in build_methods({"samples": 5, "patch": 3})}
    assert (by_key["smoothgrad"].samples, by_key["occlusion"].patch) == (5, 3)
    with pytest.raises(TypeError, match=r"'size'.*patch"):
        build_methods({"size": 3})
    with pytest.raises(ValueError, match="patch"):
        build_methods({"patch": 0})
