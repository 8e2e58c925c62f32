"""The image that a filter likes best."""

import numpy as np
import pytest
from filter_networks import conv, end, maps_of, opened

from cnn_core.experiment.preprocess import prepare_images
from cnn_core.inspection.filters.activation_maximization import FavouriteSettings, find_favourite
from cnn_core.inspection.filters.kernels import list_kernels

LAYERS = [conv("a", 4), conv("b", 3), *end()]
FEW = FavouriteSettings(steps=40)


def peak_of(probe, picture, layer, number):
    """Keras's own largest value of a map, for uint8 images (N, H, W, C)."""
    experiment = probe.experiment
    x = prepare_images(picture, experiment.training.input_scaling)
    return maps_of(probe, layer, x)[..., number].max(axis=(1, 2))


@pytest.mark.parametrize(("data_format", "scaling"), [("channels_last", "unit"), ("channels_first", "raw")])
def test_the_result_exceeds_every_random_image_of_the_same_norm(data_format, scaling):
    probe = opened(LAYERS, data_format=data_format, scaling=scaling)
    found = find_favourite(probe, "b", "b", 1, FEW)
    assert found.picture.shape == (12, 12, 2)
    assert found.picture.dtype == np.uint8
    assert np.isclose(peak_of(probe, found.picture[None], "b", 1)[0], found.value, rtol=1e-4)
    noise = np.random.default_rng(5).random((200, *found.picture.shape))
    norm = np.linalg.norm(found.picture.astype(float))
    noise *= norm / np.linalg.norm(noise.reshape(200, -1), axis=1)[:, None, None, None]
    rivals = np.clip(noise, 0, 255).astype(np.uint8)
    assert found.value > peak_of(probe, rivals, "b", 1).max()


def test_a_first_layer_filter_is_close_to_its_maximum():
    probe = opened(LAYERS)
    kernel, bias = probe.model.get_layer("a").get_weights()
    best = np.clip(kernel[..., 2], 0, None).sum() + bias[2]
    found = find_favourite(probe, "a", "a", 2, FavouriteSettings(steps=120))
    assert 0.9 * best < found.value <= best + 1e-5


def test_the_seed_determines_the_image():
    probe = opened(LAYERS)
    first, again = (find_favourite(probe, "b", "b", 0, FEW) for _ in range(2))
    assert np.array_equal(first.picture, again.picture)
    other = find_favourite(probe, "b", "b", 0, FEW.model_copy(update={"seed": 1}))
    assert not np.array_equal(first.picture, other.picture)


def test_a_filter_inactive_on_noise_is_activated():
    probe = opened(LAYERS)
    kernel, bias = probe.model.get_layer("a").get_weights()
    kernel[..., 0] = -np.abs(kernel[..., 0])  # likes black alone
    kernel[1, 1, 0, 0] = 1.0
    bias[0] = -0.4
    probe.model.get_layer("a").set_weights([kernel, bias])
    found = find_favourite(probe, "a", "a", 0, FEW)
    assert found.start == 0
    assert found.value > 0.3


def test_a_dead_filter_returns_the_noise():
    probe = opened(LAYERS)
    kernel, bias = probe.model.get_layer("a").get_weights()
    probe.model.get_layer("a").set_weights([0 * kernel, bias])
    seen = []
    found = find_favourite(probe, "b", "b", 0, FEW, seen.append)
    assert found.value == found.start
    assert 0 < found.picture.std() < 20
    assert seen[-1] == 1.0
    assert len(seen) == 4


def test_residual_and_separable_layers_can_be_maximized():
    layers = [{"kind": "SeparableConv2D", "filters": 3, "activation": "tanh"}, {"kind": "ResidualBlock", "filters": 3}]
    probe = opened([*layers, *end()])
    before = probe.model.get_weights()
    for kernels in [k for k in list_kernels(probe.model) if k.maps]:
        found = find_favourite(probe, kernels.layer, kernels.maps, 1, FavouriteSettings(steps=10))
        assert found.value > found.start
    assert all(np.array_equal(a, b) for a, b in zip(before, probe.model.get_weights(), strict=True))
