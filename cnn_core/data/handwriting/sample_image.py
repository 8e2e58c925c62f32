"""A color sample image: the first test image of a dataset, or a drawn scene."""

from __future__ import annotations

from math import prod

import numpy as np
from PIL import Image, ImageDraw

from cnn_core.data.datasets.catalog import DATASETS, DatasetName
from cnn_core.data.datasets.npz import UNREADABLE_ZIP, open_zip, read_array_header

_SCENE = 256  # pixels of the scene before it is scaled down


def read_first_test_picture(name: DatasetName) -> np.ndarray | None:
    """uint8 (H, W, C), or None where the dataset is not on this computer or can't be read.

    Reads that one image alone: the whole array of CIFAR-10 is 30 MB.
    """
    path, shape = DATASETS[name].find_file(), DATASETS[name].image_shape
    if path is None:
        return None
    try:
        with open_zip(path) as archive, archive.open("x_test.npy") as file:
            stored, fortran_order, dtype = read_array_header(file)
            if fortran_order or dtype != np.uint8 or prod(stored[1:]) != prod(shape):
                return None
            return np.frombuffer(file.read(prod(shape)), np.uint8).reshape(shape)
    except UNREADABLE_ZIP:
        return None


def draw_colour_scene(height: int, width: int) -> np.ndarray:
    """A red house under a blue sky with a yellow sun, on green grass: uint8 (height, width, 3)."""
    sheet = Image.new("RGB", (_SCENE, _SCENE), (120, 180, 235))
    brush = ImageDraw.Draw(sheet)
    brush.rectangle((0, 176, _SCENE, _SCENE), fill=(70, 150, 60))
    brush.ellipse((24, 20, 76, 72), fill=(250, 215, 60))
    brush.rectangle((96, 112, 208, 208), fill=(205, 60, 50))
    brush.polygon([(80, 112), (152, 48), (224, 112)], fill=(110, 60, 45))
    brush.rectangle((116, 136, 148, 168), fill=(245, 245, 240))
    brush.rectangle((166, 150, 192, 208), fill=(60, 45, 110))
    return np.asarray(sheet.resize((width, height), Image.Resampling.BOX))
