"""TensorBoard event files, read back record by record with TensorFlow."""

import zipfile
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from ready_runs import every_layer, make_experiment, make_run, random_weights

from cnn_core import ArchitectureSpec, Experiment, RunStore, build_model, find_recipe
from cnn_core.architecture.layers import Conv2D, Dense, Flatten, MaxPooling2D
from cnn_core.errors import ModelError
from cnn_core.export.formats import export_run
from cnn_core.export.tensorboard import tile_kernels, write_tensorboard
from cnn_core.runs.snapshots import load_snapshot, save_snapshot

SMALL = ArchitectureSpec(layers=(Conv2D(filters=3), MaxPooling2D(), Flatten(), Dense(units=10)))
STEPS, EPOCHS = 3, 2


class Events:
    """The entries of one folder: `entries[tag]` is a list of (step, wall time, value)."""

    def __init__(self, folder):
        import tensorflow as tf

        (path,) = folder.iterdir()
        assert ".tfevents." in path.name  # TensorBoard looks for this
        records = tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
        first, *events = [tf.compat.v1.Event.FromString(record) for record in records]
        assert first.file_version == "brain.Event:2"
        self.entries = {}
        for event in events:
            for value in event.summary.value:
                self.entries.setdefault(value.tag, []).append((event.step, event.wall_time, value))

    def scalars(self, tag):
        return [(step, value.simple_value) for step, _, value in self.entries.get(tag, [])]

    def steps(self, tag):
        return [step for step, _, _ in self.entries.get(tag, [])]

    def times(self, tag):
        return [time for _, time, _ in self.entries[tag]]

    def text(self, tag):
        import tensorflow as tf

        ((_, _, value),) = self.entries[tag]
        assert value.metadata.plugin_data.plugin_name == "text"
        return tf.make_ndarray(value.tensor).item().decode()

    def picture(self, tag, index=-1):
        value = self.entries[tag][index][2].image
        pixels = np.asarray(Image.open(BytesIO(value.encoded_image_string)))
        assert pixels.shape[:2] == (value.height, value.width)
        return pixels


def read(run, tmp_path):
    folder = tmp_path / "events"
    write_tensorboard(run, folder)
    return Events(folder / "train"), Events(folder / "watched")


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs", make_experiment(SMALL, learning_rate=0.125), EPOCHS, STEPS)


@pytest.fixture
def train(run, tmp_path):
    return read(run, tmp_path)[0]


@pytest.fixture
def watched(run, tmp_path):
    return read(run, tmp_path)[1]


def test_loss_and_accuracy_of_both_sets_share_a_chart(train, watched):
    assert train.scalars("epoch/loss") == [(1, 1.0), (2, 0.5)]
    assert watched.scalars("epoch/loss") == [(1, 2.0), (2, 1.0)]
    np.testing.assert_allclose(train.scalars("epoch/accuracy"), [(1, 0.2), (2, 0.4)], rtol=1e-6)
    np.testing.assert_allclose(watched.scalars("epoch/accuracy"), [(1, 0.3), (2, 0.6)], rtol=1e-6)


def test_within_an_epoch_steps_are_counted_over_all_epochs(train):
    losses = train.scalars("step/loss")
    assert [step for step, _ in losses] == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose([loss for _, loss in losses], [1, 1 / 2, 1 / 3, 1 / 2, 1 / 4, 1 / 6], rtol=1e-6)
    np.testing.assert_allclose([a for _, a in train.scalars("step/accuracy")], [0.1, 0.2, 0.3] * 2, rtol=1e-6)


def test_the_learning_rate_is_written_per_epoch_and_per_step(train, watched):
    assert train.scalars("epoch/learning_rate") == [(1, 0.5), (2, 0.25)]
    np.testing.assert_allclose([r for _, r in train.scalars("step/learning_rate")], [0.01, 0.02, 0.03] * 2, rtol=1e-6)
    assert watched.scalars("epoch/learning_rate") == []


def test_every_value_has_its_wall_time(run, train, watched):
    epochs = [event["time"] for event in run.history.epochs]
    assert train.times("epoch/loss") == watched.times("epoch/loss") == epochs
    assert train.times("step/loss") == [event["time"] for event in run.history.batches]
    assert train.times("weights/conv1/kernel") == [run.created, *epochs]


def test_a_missing_value_leaves_a_gap(run, tmp_path):
    with run.folder.events_path.open("a") as file:
        file.write('{"time": 9, "type": "epoch", "epoch": 3, "loss": null, "val_loss": 7.0, "seconds": 1}\n')
    train, watched = read(RunStore(run.folder.path.parent).find(run.id), tmp_path)
    assert [step for step, _ in train.scalars("epoch/loss")] == [1, 2]
    assert watched.scalars("epoch/loss")[-1] == (3, 7.0)


def test_histograms_contain_the_weights_of_each_snapshot(run, train):
    names = [weight.path for weight in build_model(SMALL).weights]
    for epoch in range(EPOCHS + 1):
        for name, weight in zip(names, load_snapshot(run.folder.weights_dir, epoch), strict=True):
            step, _, value = train.entries[f"weights/{name}"][epoch]
            told = value.histo
            assert step == epoch
            assert told.num == sum(told.bucket) == weight.size
            np.testing.assert_allclose(
                (told.min, told.max, told.sum, told.sum_squares),
                (weight.min(), weight.max(), weight.sum(), np.square(weight).sum()),
                rtol=1e-3,
                atol=1e-5,
            )
            below = [(weight <= limit).sum() for limit in told.bucket_limit]
            at = [np.isclose(weight, limit, rtol=1e-5).sum() for limit in told.bucket_limit]
            assert (abs(np.cumsum(told.bucket) - below) <= at).all()  # a number on an edge may go either way


def test_the_saved_model_is_used_for_an_epoch_without_a_snapshot(run, tmp_path):
    (run.folder.weights_dir / f"epoch-{EPOCHS:04d}.npz").unlink()
    train, _ = read(run, tmp_path)
    assert train.steps("weights/conv1/kernel") == [0, 1, 2]
    kernel = random_weights(build_model(SMALL), EPOCHS)[0]
    assert train.entries["weights/conv1/kernel"][-1][2].histo.max == pytest.approx(kernel.max())


def test_the_kernels_of_the_first_layer_are_an_image_per_snapshot(run, train):
    assert train.steps("first kernels") == [0, 1, 2]
    for epoch in range(EPOCHS + 1):
        kernels = load_snapshot(run.folder.weights_dir, epoch)[0]
        np.testing.assert_array_equal(train.picture("first kernels", epoch), tile_kernels(kernels))


def test_kernels_on_color_channels_are_in_color(tmp_path):
    train, _ = read(make_run(tmp_path / "runs", make_experiment(SMALL, "cifar10"), epochs=0), tmp_path)
    assert train.picture("first kernels").ndim == 3


def test_a_dense_layer_on_pixels_is_shown_as_images(tmp_path):
    spec = ArchitectureSpec(layers=(Flatten(), Dense(units=10)))
    run = make_run(tmp_path / "runs", make_experiment(spec), epochs=0)
    (templates, _) = load_snapshot(run.folder.weights_dir, 0)
    expected = tile_kernels(templates.reshape(28, 28, 1, 10))
    np.testing.assert_array_equal(read(run, tmp_path)[0].picture("first kernels"), expected)


def test_kernels_that_are_not_images_are_omitted(tmp_path):
    spec = ArchitectureSpec(layers=(MaxPooling2D(), Flatten(), Dense(units=10)))
    train, _ = read(make_run(tmp_path / "runs", make_experiment(spec), epochs=0), tmp_path)
    assert "first kernels" not in train.entries
    assert "weights/dense1/kernel" in train.entries


def test_settings_are_written_as_tables_and_as_the_experiment(run, train):
    assert "| learning_rate | 0.125 |" in train.text("settings")
    assert "| optimizer.kind | Adam |" in train.text("settings")
    assert "| conv1 | Conv2D | (26, 26, 3) | 30 |" in train.text("architecture")
    assert "| test_accuracy | 0.75 |" in train.text("result")
    fenced = train.text("experiment.json").removeprefix("```json\n").removesuffix("\n```")
    assert Experiment.model_validate_json(fenced) == run.experiment


def test_layer_statistics_and_interventions_are_written(run, tmp_path):
    with run.folder.events_path.open("a") as file:
        file.write(
            '{"time": 8, "type": "layers", "epoch": 2, "step": 1, "names": ["conv1", "dense1"],'
            ' "weights": [1.5, 2.5], "gradients": [0.5, 0.25], "dead": [0.125, null]}\n'
            '{"time": 9, "type": "intervention", "epoch": 2, "step": 2, "what": "learning_rate", "value": 0.5}\n'
        )
    train, _ = read(RunStore(run.folder.path.parent).find(run.id), tmp_path)
    assert train.scalars("layers/conv1/gradients") == [(STEPS + 1, 0.5)]
    assert train.scalars("layers/dense1/weights") == [(STEPS + 1, 2.5)]
    assert train.scalars("layers/conv1/dead") == [(STEPS + 1, 0.125)]
    assert "layers/dense1/dead" not in train.entries
    assert train.text("steered") == "learning_rate: 0.5"
    assert train.steps("steered") == [STEPS + 2]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_every_weight_of_all_layer_types_has_a_histogram(tmp_path, data_format):
    spec = every_layer(data_format=data_format)
    train, _ = read(make_run(tmp_path / "runs", make_experiment(spec), epochs=0), tmp_path)
    names = {f"weights/{weight.path}" for weight in build_model(spec).weights}
    assert names == {tag for tag in train.entries if tag.startswith("weights/")}


def test_steps_never_decrease(train, watched):
    for events in (train, watched):
        for tag in events.entries:
            assert events.steps(tag) == sorted(events.steps(tag))


def test_a_run_without_weights_has_its_curves(store, tmp_path):
    train, watched = read(store.find("R1"), tmp_path)
    assert train.steps("epoch/loss") == watched.steps("epoch/loss") == [1]
    assert not [tag for tag in train.entries if tag.startswith("weights/")]


def test_a_queued_run_has_its_settings(store, tmp_path):
    run = store.find(store.create(find_recipe("R5").experiment).id)
    train, watched = read(run, tmp_path)
    assert set(train.entries) == {"settings", "architecture", "experiment.json"}
    assert watched.entries == {}


def test_non_finite_weights_are_omitted_from_histograms(run, tmp_path):
    weights = random_weights(build_model(SMALL))
    weights[0][0] = np.inf
    weights[1][:] = np.nan
    save_snapshot(run.folder.weights_dir, EPOCHS, weights)
    train, _ = read(run, tmp_path)
    assert train.entries["weights/conv1/kernel"][-1][2].histo.num == weights[0][1:].size
    assert train.steps("weights/conv1/bias") == [0, 1]
    assert train.steps("first kernels") == [0, 1, 2]


@pytest.mark.parametrize("content", [b"", b"no weights"])
def test_a_damaged_snapshot_is_an_error_message(run, tmp_path, content):
    (run.folder.weights_dir / "epoch-0001.npz").write_bytes(content)
    with pytest.raises(ModelError, match="weights of epoch 1 can't be read"):
        write_tensorboard(run, tmp_path)


def test_snapshots_of_another_network_are_an_error_message(run, tmp_path):
    save_snapshot(run.folder.weights_dir, 1, [np.zeros(3)])
    with pytest.raises(ModelError, match="epoch 1 are not those of this network"):
        write_tensorboard(run, tmp_path)


def test_the_zip_has_one_folder_named_after_the_run_and_a_readme(run):
    with zipfile.ZipFile(BytesIO(export_run(run, "tensorboard"))) as archive:
        names = archive.namelist()
        assert "tensorboard --logdir" in archive.read(f"{run.id}/README.txt").decode()
    assert {tuple(name.split("/")[:2]) for name in names} == {
        (run.id, "README.txt"),
        (run.id, "train"),
        (run.id, "watched"),
    }


def test_tiles_show_zero_as_gray_and_the_largest_magnitude_as_black_or_white():
    kernels = np.zeros((1, 3, 1, 2), np.float32)
    kernels[0, :, 0, 0] = (2, 0, -2)
    kernels[0, :, 0, 1] = (1, -1, np.nan)
    pixels = tile_kernels(kernels)
    scale = pixels.shape[1] // 8  # two tiles of 3 and a line each
    assert pixels[0, ::scale].tolist()[:8] == [255, 128, 0, 255, 191, 64, 128, 255]


def test_tiles_keep_the_order_of_filters():
    kernels = np.zeros((2, 2, 3, 2), np.float32)
    kernels[..., 0, 0] = 1  # the first filter wants red
    kernels[..., 2, 1] = -1  # the second wants no blue
    pixels = tile_kernels(kernels, in_colour=True)
    scale = pixels.shape[1] // 6
    assert pixels[0, 0].tolist() == [255, 128, 128]
    assert pixels[0, 3 * scale].tolist() == [128, 128, 0]


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (31, 31, 1, 1024), (28, 28, 1, 8192), (3, 3, 64, 1024)])
def test_a_kernel_image_fits_on_a_screen(shape):
    pixels = tile_kernels(np.ones(shape, np.float32))
    assert max(pixels.shape) <= 700
