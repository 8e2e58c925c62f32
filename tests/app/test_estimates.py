"""The sentence that every page shows about the time that training takes."""

import pytest
from app_pages import says

from cnn_core import find_recipe
from cnn_core.execution import executor as executor_module
from cnn_core.runs.calibration import FILE_NAME, Calibration
from ui.server.resources import get_executor
from ui.shared.estimates import describe_time, format_rough
from ui.text import text

MEASURED = Calibration(per_step=0.01, per_mac=0, per_parameter=0, bfloat16_gain=1)
EXPERIMENT = find_recipe("R5").experiment.on_dataset("digits")


@pytest.fixture
def measured(runs_dir):
    runs_dir.mkdir(exist_ok=True)
    (runs_dir / FILE_NAME).write_text(MEASURED.model_dump_json())


@pytest.mark.usefixtures("measured")
def test_train_shows_the_time_with_start_up(open_page):
    app = open_page("train")
    seconds = get_executor().estimator().estimate_run(find_recipe("R2").experiment.on_dataset("digits"), 6.5)
    assert says(app, text("estimates.about", time=format_rough(seconds)))


@pytest.mark.usefixtures("measured")
def test_runs_before_it_are_named_and_counted():
    alone = describe_time([EXPERIMENT])
    for key, values in (("estimates.behind_one", {}), ("estimates.behind", {"count": 2})):
        get_executor().submit(EXPERIMENT)
        sentence = describe_time([EXPERIMENT])
        end = text(key, time="|", **values).split("|")[1]
        assert sentence.endswith(end)
        assert sentence != alone


@pytest.mark.usefixtures("measured")
def test_the_time_is_unknown_on_a_busy_computer_and_without_the_images(monkeypatch):
    assert describe_time([find_recipe("R2").experiment.on_dataset("cifar10")]) == text("estimates.unknown")
    monkeypatch.setattr(executor_module, "measure_others", lambda workers: 4.0)
    assert describe_time([EXPERIMENT]) == text("estimates.busy")
    assert describe_time([]) == ""


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.2, "1 s"), (8.4, "8 s"), (52.6, "55 s"), (130, "2:15 min"), (611, "10:00 min")]
)
def test_an_estimate_has_no_more_digits_than_it_is_worth(seconds, shown):
    assert format_rough(seconds) == shown
