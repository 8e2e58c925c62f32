"""A layer type from outside the package on the pages."""

import pytest
import toy_layer

from cnn_core import Experiment, RunStore, TrainingConfig, train_run


@pytest.fixture(autouse=True)
def _registered():
    toy_layer.add()
    yield
    toy_layer.remove()


@pytest.fixture
def experiment():
    training = TrainingConfig(epochs=1, batch_size=128)
    return Experiment(name="toy", architecture=toy_layer.architecture(), dataset="digits", training=training)


def test_design_shows_its_field_and_offers_it_in_the_menu(open_page, experiment):
    app = open_page("design")
    draft = app.session_state["cnn_lab"].draft
    draft.change(experiment)
    draft.selected = "scaling1"
    app.run()
    assert not app.exception
    assert any("ToyScaling" in block.value for block in app.markdown)
    assert any(widget.label == "Scale factor" for widget in [*app.number_input, *app.slider])


@pytest.mark.usefixtures("tensorflow_ready")
def test_layers_shows_a_run_that_has_it(open_page, experiment, runs_dir):
    folder = RunStore(runs_dir).create(experiment)
    train_run(folder)
    app = open_page("layers")
    app.selectbox[0].set_value(folder.id).run()
    assert not app.exception
    assert not app.error
