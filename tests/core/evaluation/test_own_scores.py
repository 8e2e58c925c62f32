"""Models on own drawings: each is asked about each drawing once, and few drawings give a wide interval."""

import numpy as np
import pytest
from scipy.stats import binomtest

from cnn_core import RunStore, load_probe
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from cnn_core.evaluation.own_scores import OwnAnswers, predict_once, score_answers, wilson_interval
from cnn_core.runs.own_drawings import list_drawings, prepare_drawings, save_drawing


@pytest.fixture
def drawings(tmp_path):
    for digit in (3, 5, 8):
        save_drawing(tmp_path / "kept", np.rint(draw_strokes(DIGIT_STROKES[digit]) * 255).astype(np.uint8), digit)
    return list_drawings(tmp_path / "kept")


@pytest.mark.parametrize(("right", "count"), [(0, 4), (3, 4), (4, 4), (57, 60), (500, 1000)])
def test_the_interval_is_wilsons(right, count):
    theirs = binomtest(right, count).proportion_ci(0.95, method="wilson")
    assert wilson_interval(right, count) == pytest.approx((theirs.low, theirs.high), abs=1e-4)


def test_a_score_has_accuracy_and_mean_probability_of_the_label():
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]], np.float32)
    score = score_answers(probabilities, np.array([0, 1, 1]))
    assert (score.right, score.count) == (2, 3)
    assert score.true_share == pytest.approx((0.9 + 0.4 + 0.8) / 3)


def test_a_new_drawing_needs_one_prediction(tmp_path, drawings):
    run, answers, asked = RunStore(tmp_path / "runs").find("R2"), OwnAnswers(), []

    def predict(inputs):
        asked.append(len(inputs))
        return np.eye(10, dtype=np.float32)[np.arange(len(inputs))]

    first = answers.ask(run.folder, drawings[:2], predict)
    assert [drawing.id for drawing in answers.find_new(run.folder, drawings)] == [drawings[2].id]
    all_three = answers.ask(run.folder, drawings, predict)
    assert asked == [2, 1]
    assert np.array_equal(all_three[:2], first)
    assert answers.find_new(RunStore(tmp_path / "runs").find("R3").folder, drawings) == drawings


def test_a_cached_model_predicts_as_a_probe(tmp_path, drawings):
    run = RunStore(tmp_path / "runs").find("R2")
    inputs, _ = prepare_drawings(drawings, run.experiment)
    assert np.allclose(predict_once(run.folder)(inputs), load_probe(run.folder).predict_inputs(inputs), atol=1e-5)
