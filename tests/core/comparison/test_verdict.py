"""The verdict: claimed where it can be known, by seeds or by images, and hardly ever where there is nothing."""

import numpy as np
import pytest
from many_runs import own_contenders, write_run

from cnn_core import RunStore, find_recipe
from cnn_core.comparison import find_contender
from cnn_core.comparison.verdict import Answers, Sample, judge, judge_contenders, read_answers
from cnn_core.runs.store import BUNDLED_DIR

R2, R5 = (find_recipe(name).experiment for name in ("R2", "R5"))
GOOD, BAD, MIDDLING = (0.991, 0.992, 0.990), (0.971, 0.972, 0.970), (0.9905, 0.9915, 0.9895)


def answers(wrong, images=1000):
    right = np.ones(images, bool)
    right[list(wrong)] = False
    return Answers(np.zeros(images, int), right)


def one_run(wrong, images=1000):
    return Sample((1 - len(wrong) / images,), images, answers(wrong, images))


@pytest.fixture
def contenders_of(tmp_path):
    """contenders_of((R2, [0.99, 0.98]), …) → contenders, a run with each accuracy; seeds count up."""

    def make(*entries):
        ids, index = [], 0
        for experiment, accuracies in entries:
            for turn, accuracy in enumerate(accuracies):
                seeded = experiment.with_training(seed=1 + turn)
                folder = write_run(tmp_path, index, seeded, [accuracy], ended=accuracy is not None)
                index += 1
            ids.append(folder.id)
        everything = own_contenders(tmp_path)
        return [find_contender(everything, run_id) for run_id in ids]

    return make


def test_a_clear_lead_over_seeds_is_a_verdict_in_any_order():
    for samples, best in (((GOOD, BAD), 0), ((BAD, GOOD), 1)):
        verdict = judge([Sample(values) for values in samples])
        assert (verdict.outcome, verdict.basis, verdict.order[0]) == ("better", "seeds", best)
        assert verdict.pairs[0].difference == pytest.approx(0.02)


def test_a_small_lead_is_no_verdict_and_more_repeats_are_recommended():
    verdict = judge([Sample(GOOD), Sample(MIDDLING)])
    assert verdict.outcome == "unclear"
    assert 3 < verdict.repeats_needed <= 100


def test_of_three_the_best_may_beat_one_and_not_the_other():
    verdict = judge([Sample(BAD), Sample(GOOD), Sample(MIDDLING)])
    assert (verdict.outcome, verdict.beaten, verdict.open) == ("partly", [0], [2])


def test_single_runs_are_compared_by_the_images_they_disagree_on():
    verdict = judge([one_run(range(10)), one_run(range(5, 60))])
    assert (verdict.outcome, verdict.basis) == ("better", "images")
    assert (verdict.pairs[0].only_better, verdict.pairs[0].only_worse) == (50, 5)


def test_a_lead_of_few_images_is_unclear():
    assert judge([one_run(range(10)), one_run(range(12))]).outcome == "unclear"


def test_without_predictions_the_least_favorable_case_counts():
    samples = [Sample((1 - wrong / 1000,), 1000) for wrong in (10, 60)]
    verdict = judge(samples)
    assert (verdict.outcome, verdict.basis) == ("better", "counts")
    assert verdict.pairs[0].p > judge([one_run(range(10)), one_run(range(60))]).pairs[0].p


def test_a_test_set_of_unknown_size_allows_no_verdict_from_one_run():
    assert judge([Sample((0.9,)), Sample((0.5,))]).outcome == "unclear"


def test_equal_accuracies_are_a_tie():
    assert judge([Sample((0.9,), 100), Sample((0.9,), 100)]).outcome == "level"


def test_contenders_without_test_results_are_skipped():
    assert judge([Sample(GOOD), Sample(())]).outcome == "untested"
    assert judge([Sample(()), Sample(BAD), Sample(GOOD)]).order == (2, 1)


@pytest.mark.parametrize("count", [2, 4])
def test_among_equal_contenders_a_winner_is_named_at_most_5_percent_of_the_time(count):
    dice = np.random.default_rng(count)
    claims = [
        bool(judge([Sample(tuple(values)) for values in dice.normal(0.98, 0.002, (count, 3)).tolist()]).beaten)
        for _ in range(1200)
    ]
    assert np.mean(claims) <= 0.05 + 0.015


def test_repeats_of_both_decide_by_seeds(contenders_of):
    verdict = judge_contenders(contenders_of((R2, GOOD), (R5, BAD)), read=None)
    assert (verdict.outcome, verdict.basis, verdict.repeats) == ("better", "seeds", (3, 3))


def test_no_verdict_while_a_planned_run_has_not_ended(contenders_of, tmp_path):
    assert judge_contenders(contenders_of((R2, GOOD), (R5, BAD)), read=None).outcome == "better"
    waiting = write_run(tmp_path, 6, R5.with_training(seed=4), [0.97], ended=False)
    waiting.events_path.write_text('{"seq": 0, "time": 0, "type": "state", "state": "queued"}\n', encoding="utf-8")
    assert judge_contenders(own_contenders(tmp_path), read=None).outcome == "pending"


def test_contenders_know_how_many_epochs_they_were_trained_for(tmp_path):
    write_run(tmp_path, 0, R2, [0.9, 0.95, 0.99])
    write_run(tmp_path, 1, R5, [0.97])
    assert [one.epochs for one in own_contenders(tmp_path)] == [3, 1]


def test_with_one_run_of_either_the_images_decide(contenders_of):
    pair = contenders_of((R2, GOOD), (R5, BAD[:1]))
    right = {pair[0].first.id: range(9), pair[1].first.id: range(90)}
    verdict = judge_contenders(pair, read=lambda folder: answers(right.get(folder.id, range(9)), 10_000))
    assert (verdict.outcome, verdict.basis, verdict.images) == ("better", "images", 10_000)


def test_predictions_for_other_images_are_not_paired(contenders_of):
    pair = contenders_of((R2, GOOD[:1]), (R5, BAD[:1]))
    labels = {pair[0].id: 0, pair[1].id: 1}
    verdict = judge_contenders(pair, read=lambda f: Answers(np.full(10_000, labels[f.id]), np.ones(10_000, bool)))
    assert verdict.basis == "counts"


def test_accuracies_on_different_datasets_are_not_compared(contenders_of):
    assert judge_contenders(contenders_of((R2, GOOD), (R5.on_dataset("fashion_mnist"), BAD))).outcome == "data"


def test_runs_with_the_same_seed_count_as_one_repeat(contenders_of, tmp_path):
    (alone,) = contenders_of((R2, GOOD[:1]))
    write_run(tmp_path, 99, alone.experiment, [0.5])
    (twice,) = own_contenders(tmp_path)
    assert len(twice.runs) == 2
    assert twice.accuracies == (0.5,)  # the newest


def test_a_run_continued_from_another_is_not_a_repeat(contenders_of, tmp_path):
    (one,) = contenders_of((R2, GOOD))
    write_run(tmp_path, 99, one.experiment.with_training(seed=9), [0.9], parent=one.id)
    groups = own_contenders(tmp_path)
    assert sorted((len(group.runs), group.stands_alone) for group in groups) == [(1, True), (3, False)]


def test_missing_or_damaged_predictions_read_as_none(contenders_of):
    (one,) = contenders_of((R2, GOOD[:1]))
    assert read_answers(one.first.folder) is None
    one.first.folder.predictions_path.write_bytes(b"no archive")
    assert read_answers(one.first.folder) is None


def test_the_predictions_of_a_bundled_run_are_read():
    speed = RunStore(BUNDLED_DIR).find("Speed")
    kept = read_answers(speed.folder)
    assert kept.right.mean() == pytest.approx(speed.history.test_accuracy, abs=2e-4)
