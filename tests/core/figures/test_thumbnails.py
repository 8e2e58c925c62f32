import base64
from io import BytesIO

import numpy as np
from PIL import Image

from cnn_core.figures.thumbnails import encode_png


def decode(address):
    head, _, content = address.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(BytesIO(base64.b64decode(content))))


def test_a_grey_image_is_ink_on_white_paper():
    image = np.random.default_rng(0).integers(0, 256, (28, 20, 1), np.uint8)
    np.testing.assert_array_equal(decode(encode_png(image)), 255 - image[:, :, 0])


def test_a_colour_image_keeps_its_colours():
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    np.testing.assert_array_equal(decode(encode_png(image)), image)
