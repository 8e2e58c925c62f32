"""The map of inputs against scikit-learn's PCA, plain means, and what a map has to keep."""

import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA
from test_attributions import FORMATS, an_input, open_probe

from cnn_core.errors import ModelError
from cnn_core.inspection.embedding.neighbors import find_nearest
from cnn_core.inspection.embedding.pca import MAX_FEATURES, collect_activations, compute_pca, flatten_maps
from cnn_core.inspection.embedding.tsne import compute_tsne, is_tsne_available

with_tsne = pytest.mark.skipif(not is_tsne_available(), reason="install requirements-tsne.txt")


def some_values(count=40, features=7, seed=0):
    generator = np.random.default_rng(seed)
    return (generator.normal(size=(count, features)) * np.arange(1, features + 1) + 5).astype(np.float32)


def two_groups(count=30):
    """Two groups far apart in 20 dimensions: the first `count` rows, and the rest."""
    values = np.random.default_rng(1).normal(0, 0.1, (2 * count, 20)).astype(np.float32)
    values[count:, 3] += 10
    return values


@pytest.mark.parametrize("shape", [(40, 7), (6, 50)], ids=["more inputs", "more numbers"])
def test_pca_axes_match_scikit_learn(shape):
    values = some_values(*shape)
    theirs = PCA(3, svd_solver="full").fit(values)
    ours = compute_pca(values, 3)
    assert np.allclose(ours.shares, theirs.explained_variance_ratio_, atol=1e-5)
    signs = np.sign((ours.axes * theirs.components_).sum(axis=1))
    assert np.allclose(ours.axes * signs[:, np.newaxis], theirs.components_, atol=1e-3)
    assert np.allclose(ours.points * signs, theirs.transform(values), atol=1e-2)


def test_an_input_is_placed_on_its_duplicate():
    values = some_values()
    pca = compute_pca(values)
    assert np.allclose(pca.place(values[3:5]), pca.points[3:5], atol=1e-4)


def test_the_order_of_inputs_does_not_mirror_the_map():
    values = some_values()
    assert np.allclose(compute_pca(values[::-1]).points[::-1], compute_pca(values).points, atol=1e-3)


def test_constant_values_are_one_point():
    pca = compute_pca(np.full((5, 3), 2, np.float32))
    assert np.array_equal(pca.points, np.zeros((5, 2)))
    assert np.array_equal(pca.shares, [0, 0])


def test_a_single_feature_has_a_second_axis_of_zeros():
    pca = compute_pca(np.arange(6, dtype=np.float32).reshape(6, 1))
    assert pca.shares == pytest.approx([1, 0])
    assert not pca.points[:, 1].any()


def test_non_finite_outputs_are_an_error_message():
    with pytest.raises(ModelError, match="not numbers"):
        compute_pca(np.array([[1.0, np.nan]], np.float32))


def test_small_maps_are_flattened():
    maps = np.random.default_rng(0).random((2, 4, 5, 3), np.float32)
    assert np.allclose(flatten_maps(maps), maps.reshape(2, -1))


def test_large_maps_are_reduced_to_block_means():
    maps = np.random.default_rng(0).random((2, 26, 25, 16), np.float32)
    found = flatten_maps(maps)
    side = next(b for b in range(1, 27) if -(-26 // b) * -(-25 // b) * 16 <= MAX_FEATURES)
    expected = [
        maps[:, top : top + side, left : left + side].mean(axis=(1, 2))
        for top in range(0, 26, side)
        for left in range(0, 25, side)
    ]
    assert np.allclose(found, np.concatenate(expected, axis=1), atol=1e-6)
    assert found.shape[1] <= MAX_FEATURES


@pytest.mark.parametrize("data_format", FORMATS)
def test_activations_are_layer_outputs_with_channels_last(data_format):
    probe = open_probe(data_format=data_format)
    x = np.concatenate([an_input(probe, seed) for seed in range(3)])
    heard = []
    found = collect_activations(probe, "first", x, heard.append)
    for row, single in zip(found, x, strict=True):
        (output,) = [o for o in probe.inspect(single[np.newaxis]) if o.name == "first"]
        assert np.allclose(row, output.values.reshape(-1), atol=1e-6)
    assert heard == [1.0]


def test_activations_of_a_dense_layer_are_its_units():
    probe = open_probe()
    x = np.concatenate([an_input(probe, seed) for seed in range(3)])
    assert np.allclose(collect_activations(probe, "answer", x), keras.ops.convert_to_numpy(probe.model(x)), atol=1e-6)


def test_an_unknown_layer_is_an_error_message():
    probe = open_probe()
    with pytest.raises(ModelError, match="no layer 'nowhere'"):
        collect_activations(probe, "nowhere", an_input(probe))


def test_nearest_neighbors_match_a_plain_loop():
    values = some_values()
    point = values[7] + 0.01
    by_loop = sorted(range(len(values)), key=lambda i: sum((a - b) ** 2 for a, b in zip(values[i], point, strict=True)))
    assert find_nearest(values, point, 5).tolist() == by_loop[:5]
    assert find_nearest(values, point, 5)[0] == 7


@with_tsne
def test_tsne_separates_two_clusters_and_places_new_points_in_theirs():
    values, heard = two_groups(), []
    tsne = compute_tsne(values, heard.append)
    first, second = tsne.points[:30].mean(axis=0), tsne.points[30:].mean(axis=0)
    wrong = [
        np.linalg.norm(point - other) < np.linalg.norm(point - own)
        for point, own, other in [(p, first, second) for p in tsne.points[:30]]
        + [(p, second, first) for p in tsne.points[30:]]
    ]
    assert not any(wrong)
    before = tsne.points.copy()
    (placed,) = tsne.place(values[30:31] + 0.01)
    assert np.linalg.norm(placed - second) < np.linalg.norm(placed - first)
    assert np.array_equal(before, tsne.points)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


@with_tsne
def test_tsne_can_be_canceled_from_its_progress_callback():
    def leave(share):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        compute_tsne(two_groups(), leave)


def test_without_its_package_tsne_names_the_install_command(monkeypatch):
    monkeypatch.setattr("cnn_core.inspection.embedding.tsne.find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"pip install -r requirements-tsne\.txt"):
        compute_tsne(two_groups())
