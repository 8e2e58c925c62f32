"""The tab Map: what the browser is sent, and what becomes of a choice, a click and a dataset that is not here."""

import base64
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pytest
from app_pages import button
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnn_core.data.datasets.load import load_dataset
from cnn_core.inspection.embedding.tsne import is_tsne_available
from ui.layers import map_points
from ui.layers.map_view import CLASS_COLORS, Scatter, build_sprite, describe
from ui.text import text

POINTS = np.array([[0, 5], [10, 5], [4, 9]], np.float32)


def scatter(**changes):
    given = {
        "points": POINTS,
        "indices": np.array([4, 7, 11]),
        "labels": np.array([0, 1, 1]),
        "predicted": np.array([0, 0, 1]),
        "shares": np.array([0.9, 0.8, 1.0], np.float32),
        "own": np.array([20, 1], np.float32),
        "picture": np.zeros((3, 3, 1), np.uint8),
        "near": np.array([2, 0]),
        "names": ("shoe", "hat"),
        "sprite": {},
    }
    return Scatter(**(given | changes))


def sent_points(data):
    return np.frombuffer(base64.b64decode(data["points"]), "<f4").reshape(-1, 2)


def test_points_and_own_input_share_the_plane():
    data = describe(scatter())
    assert np.allclose(sent_points(data), [[0, 0.5], [0.5, 0.5], [0.2, 1]])
    assert data["own"]["place"] == [1, 0]


def test_coincident_points_have_finite_positions():
    data = describe(scatter(points=np.full((3, 2), 7, np.float32), own=np.full(2, 7, np.float32)))
    assert np.array_equal(sent_points(data), np.zeros((3, 2)))


def test_each_image_has_number_class_and_prediction():
    right, wrong, _ = describe(scatter())["says"]
    assert right == text("map.right", index=4, label="shoe", share="90.0 %")
    assert wrong == text("map.wrong", index=7, label="hat", predicted="shoe", share="80.0 %")


def test_ten_classes_have_ten_colors():
    assert len({color.lower() for color in CLASS_COLORS}) == 10


def test_each_thumbnail_is_at_its_sprite_position():
    dataset = load_dataset("digits")
    indices = np.arange(0, 290, 5)
    sprite = build_sprite(dataset, indices)
    sheet = np.asarray(Image.open(BytesIO(base64.b64decode(sprite["source"].split(",")[1]))))
    for place in (0, 39, 40, 57):
        row, column = divmod(place, sprite["columns"])
        cut = sheet[row * 28 : row * 28 + 28, column * 28 : column * 28 + 28]
        assert np.array_equal(255 - cut, dataset.x_test[indices[place], :, :, 0])


def test_color_thumbnails_keep_their_colors():
    images = np.full((3, 8, 8, 3), (200, 30, 60), np.uint8)
    sprite = build_sprite(SimpleNamespace(x_test=images), np.arange(3))
    sheet = np.asarray(Image.open(BytesIO(base64.b64decode(sprite["source"].split(",")[1]))))
    assert np.abs(sheet[4, 4].astype(int) - (200, 30, 60)).max() < 6


# ---- the tab itself


def tab(run_id, index=0):
    import numpy as np

    from cnn_core.data.datasets.load import load_dataset
    from cnn_core.experiment.preprocess import prepare_images
    from ui.layers.map import render_map
    from ui.layers.moments import FINAL, Moment
    from ui.layers.subject import Subject
    from ui.server.resources import get_store

    run = get_store().find(run_id)
    picture = load_dataset("digits").x_test[index]
    inputs = prepare_images(picture[np.newaxis], "unit", "channels_last")
    subject = Subject(run, Moment(FINAL), inputs, picture, f"digits-{index}", "")
    with subject.opened() as probe:
        outputs = tuple(probe.inspect(inputs))
    subject = Subject(run, Moment(FINAL), inputs, picture, f"digits-{index}", "", None, outputs)
    render_map(subject, lambda chosen: None)


@pytest.fixture
def open_tab(tensorflow_ready):
    return lambda run_id: AppTest.from_function(tab, kwargs={"run_id": run_id}, default_timeout=180).run()


def captions(app):
    return " ".join(caption.value for caption in app.caption)


def test_the_map_opens_at_the_last_hidden_layer_with_unexplained_variance(open_tab, own_run):
    app = open_tab(own_run.id)
    assert not app.exception
    (layer, _) = app.selectbox
    assert layer.options == ["dense1", "dense2"]
    assert layer.value == "dense1"
    assert "These two directions hold" in captions(app)


def test_another_layer_gives_another_map(open_tab, own_run):
    app = open_tab(own_run.id)
    before = captions(app)
    app.selectbox[0].set_value("dense2").run()
    assert not app.exception
    assert captions(app) != before


@pytest.mark.skipif(not is_tsne_available(), reason="install requirements-tsne.txt")
def test_tsne_is_computed_once_with_its_caveat(open_tab, own_run, monkeypatch):
    calls = []
    compute = map_points.compute_tsne
    monkeypatch.setattr(map_points, "compute_tsne", lambda *given: calls.append(1) or compute(*given))
    app = open_tab(own_run.id)
    app.segmented_control("layers.map.method").set_value("tsne").run()
    assert not app.exception
    assert text("map.tsne_note") in captions(app)
    app.run()
    assert len(calls) == 1


def test_without_its_package_tsne_shows_the_install_command_and_pca(open_tab, own_run, monkeypatch):
    monkeypatch.setattr(map_points, "is_tsne_available", lambda: False)
    app = open_tab(own_run.id)
    app.segmented_control("layers.map.method").set_value("tsne").run()
    assert app.info[0].value == text("map.tsne_missing")
    assert "These two directions hold" in captions(app)


def test_without_the_dataset_its_download_is_offered(open_tab):
    app = open_tab("dense-baseline")
    assert not app.exception
    assert button(app, "data.download", size=11)
