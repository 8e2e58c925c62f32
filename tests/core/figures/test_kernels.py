import numpy as np
import pytest

from cnn_core.figures.kernels import build_kernels

SIZES = range(1, 8)
PICTURE = np.random.default_rng(0).random((13, 11))


def correlate(picture, kernel, mode="constant"):
    """As a convolution layer with padding "same" does it: the kernel is not turned over."""
    size = len(kernel)
    before, after = (size - 1) // 2, size // 2
    padded = np.pad(picture, (before, after), mode=mode)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
    return (windows * kernel).sum(axis=(2, 3))


@pytest.mark.parametrize("size", SIZES)
def test_all_kernels_are_square_and_single_precision(size):
    kernels = build_kernels(size)
    assert list(kernels) == ["identity", "blur", "sharpen", "vertical_edges", "horizontal_edges"]
    assert {(kernel.shape, kernel.dtype.name) for kernel in kernels.values()} == {((size, size), "float32")}


@pytest.mark.parametrize("size", SIZES)
def test_the_identity_kernel_keeps_the_image(size):
    assert np.array_equal(correlate(PICTURE, build_kernels(size)["identity"]), PICTURE)


@pytest.mark.parametrize("size", SIZES)
def test_blur_keeps_the_mean_and_lowers_the_contrast(size):
    blurred = correlate(PICTURE, build_kernels(size)["blur"], mode="wrap")
    assert blurred.mean() == pytest.approx(PICTURE.mean(), rel=1e-6)
    assert blurred.std() <= PICTURE.std() * (1 if size == 1 else 0.7)


@pytest.mark.parametrize("size", SIZES)
def test_sharpen_keeps_the_mean_and_raises_the_contrast(size):
    sharpened = correlate(PICTURE, build_kernels(size)["sharpen"], mode="wrap")
    assert sharpened.mean() == pytest.approx(PICTURE.mean(), rel=1e-6)
    assert sharpened.std() >= PICTURE.std() * (0.999 if size == 1 else 1.2)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["vertical_edges", "horizontal_edges"])
def test_edge_kernels_sum_to_zero(size, name):
    kernel = build_kernels(size)[name]
    assert kernel.sum() == pytest.approx(0, abs=1e-6)
    size = len(kernel)
    inside = correlate(np.full((15, 15), 0.7), kernel)[size:-size, size:-size]
    assert np.allclose(inside, 0, atol=1e-6)


@pytest.mark.parametrize("size", SIZES[1:])
def test_each_edge_kernel_detects_one_direction(size):
    kernels = build_kernels(size)
    left_dark = np.tile((np.arange(20) >= 10).astype(float), (20, 1))
    inside = (slice(size, -size), slice(size, -size))
    assert correlate(left_dark, kernels["vertical_edges"])[inside].max() > 0.4
    assert np.allclose(correlate(left_dark, kernels["horizontal_edges"])[inside], 0, atol=1e-6)
    assert np.array_equal(kernels["horizontal_edges"], kernels["vertical_edges"].T)
