"""Kernels of all convolutions, and the report of filters that are dead or double."""

import random

import numpy as np
import pytest
from filter_networks import conv, end, images, maps_of, opened
from random_networks import random_valid_network

from cnn_core import build_model
from cnn_core.inspection.filters.kernels import activation_of_maps, list_kernels
from cnn_core.inspection.filters.report import ReportSettings, report_filters


def change(probe, layer, edit):
    weights = probe.model.get_layer(layer).get_weights()
    edit(weights)
    probe.model.get_layer(layer).set_weights(weights)


def test_there_is_one_kernel_image_per_filter_and_it_is_a_copy():
    probe = opened([conv("a", 3), *end()])
    (kernels,) = list_kernels(probe.model)
    assert np.array_equal(kernels.values, probe.model.get_layer("a").get_weights()[0])
    assert np.allclose(kernels.norms, [np.linalg.norm(kernels.values[..., f]) for f in range(3)])
    kernels.values[:] = 0
    assert probe.model.get_layer("a").get_weights()[0].any()


def test_a_depthwise_filter_reads_only_its_own_channel():
    layers = [{"kind": "DepthwiseConv2D", "name": "d", "depth_multiplier": 3, "use_bias": False}, *end()]
    probe = opened(layers)
    (kernels,) = list_kernels(probe.model)
    assert kernels.values.shape == (3, 3, 1, 6)
    x = images(probe, 1)
    out = maps_of(probe, "d", x)[0, 4, 5]
    for f in range(6):
        assert np.isclose((x[0, 4:7, 5:8, kernels.sees[f]] * kernels.values[:, :, 0, f]).sum(), out[f], atol=1e-5)


def test_separable_convolutions_list_both_steps():
    probe = opened([{"kind": "SeparableConv2D", "name": "s", "filters": 5, "activation": "relu"}, *end()])
    depthwise, pointwise = list_kernels(probe.model)
    assert (depthwise.id, depthwise.values.shape, depthwise.maps) == ("s.depthwise", (3, 3, 1, 2), None)
    assert (pointwise.id, pointwise.values.shape, pointwise.maps) == ("s.pointwise", (1, 1, 2, 5), "s")


def test_maps_are_read_after_normalization_and_activation():
    block = {"kind": "ResidualBlock", "name": "r", "filters": 4}
    probe = opened([conv("a", 3, "linear"), {"kind": "Activation", "name": "act", "activation": "tanh"}, block, *end()])
    places = {kernels.layer: kernels.maps for kernels in list_kernels(probe.model)}
    assert places == {"a": "act", "r_conv1": "r_act1", "r_conv2": "r_norm2", "r_shortcut": "r_shortcut"}
    assert [activation_of_maps(probe.model, k) for k in list_kernels(probe.model)] == [
        "tanh",
        "relu",
        "linear",
        "linear",
    ]


@pytest.mark.parametrize("seed", range(5))
def test_every_convolution_weight_of_random_networks_is_listed_once(seed):
    model = build_model(random_valid_network(random.Random(seed)))
    layers = [layer for layer in model.layers if "Conv2D" in type(layer).__name__]
    listed = list_kernels(model)
    assert sum(k.values.size + (0 if k.bias is None else k.bias.size) for k in listed) == sum(
        layer.count_params() for layer in layers
    )
    assert {k.layer for k in listed} == {layer.name for layer in layers}


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_a_filter_with_a_large_negative_bias_is_dead(data_format):
    probe = opened([conv("a", 4), conv("b", 3), *end()], data_format=data_format)

    def kill(weights):
        weights[1][2] = -1e6

    change(probe, "a", kill)
    report = report_filters(probe, images(probe))
    assert [(d.layer, d.filter, d.reason) for d in report.dead if d.layer == "a"] == [("a", 2, "silent")]
    assert (report.images, report.filters) == (20, 7)


def test_a_filter_without_weights_is_constant_whatever_its_activation():
    probe = opened([conv("a", 4, "tanh"), *end()])

    def flatten(weights):
        weights[0][..., 1], weights[1][1] = 0, 0.7

    change(probe, "a", flatten)
    assert [(d.filter, d.reason) for d in report_filters(probe, images(probe)).dead] == [(1, "constant")]


def test_a_negative_filter_is_dead_after_leaky_relu_and_alive_without_activation():
    def lower(weights):
        weights[1][0] = -20.0

    for activation, expected in (("leaky_relu", [0]), ("linear", [])):
        probe = opened([conv("a", 4, activation), *end()])
        change(probe, "a", lower)
        assert [d.filter for d in report_filters(probe, images(probe)).dead] == expected


def test_a_duplicate_filter_is_found_and_statistics_match_numpy():
    probe = opened([conv("a", 5), *end()])

    def copy(weights):
        weights[0][..., 3] = 1.5 * weights[0][..., 1] + 0.01

    change(probe, "a", copy)
    x = images(probe, 300)  # more than a batch
    twins = report_filters(probe, x, ReportSettings(similarity=0.9, correlation=0.9)).twins
    pair = next(t for t in twins if (t.first, t.second) == (1, 3))
    maps = maps_of(probe, "a", x)
    assert np.isclose(pair.correlation, np.corrcoef(maps[..., 1].ravel(), maps[..., 3].ravel())[0, 1], atol=1e-4)
    a, b = (probe.model.get_layer("a").get_weights()[0][..., f].ravel() for f in (1, 3))
    assert np.isclose(pair.similarity, a @ b / np.linalg.norm(a) / np.linalg.norm(b), atol=1e-5)


def test_equal_kernels_on_different_inputs_are_not_duplicates():
    probe = opened([{"kind": "DepthwiseConv2D", "name": "d", "activation": "relu"}, *end()])

    def same(weights):
        weights[0][:] = weights[0][:, :, :1]

    change(probe, "d", same)
    assert report_filters(probe, images(probe)).twins == ()


def test_a_network_without_convolution_has_an_empty_report():
    probe = opened(end())
    report = report_filters(probe, images(probe))
    assert (report.filters, report.dead, report.twins) == (0, (), ())
