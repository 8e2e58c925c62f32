import base64
from io import BytesIO

import numpy as np
from PIL import Image

from cnn_core.figures.thumbnails import encode_png


def decode(address):
    head, _, content = address.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(BytesIO(base64.b64decode(content))))


def test_a_grayscale_image_is_dark_on_white():
    image = np.random.default_rng(0).integers(0, 256, (28, 20, 1), np.uint8)
    np.testing.assert_array_equal(decode(encode_png(image)), 255 - image[:, :, 0])


def test_a_color_image_keeps_its_colors():
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    np.testing.assert_array_equal(decode(encode_png(image)), image)
