"""Intervals and tests against SciPy's own, called independently, and against throws of the dice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cnn_core.comparison.statistics import (
    ALPHA,
    bound_images,
    compare_images,
    compare_means,
    compute_mean_interval,
    compute_share_interval,
    compute_spread,
    correct_for_many,
    count_repeats_needed,
)

shares = st.lists(st.floats(0.5, 1.0), min_size=2, max_size=10).filter(lambda values: np.ptp(values) > 1e-6)


@given(shares)
def test_the_interval_of_a_mean_is_students_t(values):
    interval = compute_mean_interval(values)
    expected = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    assert (interval.low, interval.high) == pytest.approx(expected)


def test_one_repeat_has_no_interval():
    assert compute_mean_interval([0.99]) is None


def test_equal_repeats_have_the_resolution_of_one_image():
    interval = compute_mean_interval([0.98, 0.98], step=1 / 297)
    assert interval.low < 0.98 < interval.high
    assert compute_spread([0.98, 0.98], step=1 / 297) == pytest.approx(np.std([0, 1 / 297]) * 2 / np.sqrt(12))


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_the_interval_of_a_proportion_is_wilsons(right, images):
    right = min(right, images)
    interval = compute_share_interval(right / images, images)
    expected = stats.binomtest(right, images).proportion_ci(method="wilson")
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(shares, shares)
def test_means_are_compared_by_welchs_test(first, second):
    ours, scipys = compare_means(first, second), stats.ttest_ind(first, second, equal_var=False)
    assert ours.p == pytest.approx(scipys.pvalue, rel=1e-6, abs=1e-12)
    assert (ours.interval.low, ours.interval.high) == pytest.approx(tuple(scipys.confidence_interval(0.95)), abs=1e-9)


@pytest.mark.parametrize(("second", "p"), [([0.9, 0.9], 0.0), ([0.8, 0.8], 1.0)])
def test_values_without_spread_are_equal_or_different(second, p):
    assert compare_means([0.8, 0.8], second).p == p


@given(st.lists(st.booleans(), min_size=30, max_size=60), st.integers(0, 2**30))
def test_images_are_compared_by_mcnemars_exact_test(first, seed):
    first = np.array(first)
    second = np.random.default_rng(seed).random(len(first)) < 0.6
    ours = compare_images(first, second)
    assert (ours.only_first, ours.only_second) == (sum(first > second), sum(second > first))
    discordant = ours.only_first + ours.only_second
    expected = stats.binomtest(ours.only_first, discordant).pvalue if discordant else 1.0
    assert ours.p == pytest.approx(expected)
    assert bound_images(int(np.sum(~first)), int(np.sum(~second))) >= ours.p - 1e-12  # never surer than with the images


@pytest.mark.parametrize("ps", [[0.01, 0.04, 0.03], [0.5, 0.5], [0.001], [0.02, 0.02, 0.9, 0.01]])
def test_the_correction_follows_holms_definition(ps):
    ranked = sorted(ps)
    steps = [min(1.0, (len(ps) - rank) * p) for rank, p in enumerate(ranked)]
    expected = [max(steps[: ranked.index(p) + 1 + ranked.count(p) - 1]) for p in ps]
    assert correct_for_many(ps) == pytest.approx(expected)


def test_the_recommended_repeats_have_a_power_of_80_percent():
    first, second = [0.990, 0.992, 0.991], [0.989, 0.991, 0.990]  # a difference as large as the spread
    advised = count_repeats_needed(first, second)
    dice = np.random.default_rng(5)
    draws = dice.normal(0, 1, (2, 4000, advised)) + np.array([1.0, 0.0]).reshape(2, 1, 1)
    assert np.mean(stats.ttest_ind(draws[0], draws[1], axis=1).pvalue < 0.05) == pytest.approx(0.8, abs=0.04)
    assert count_repeats_needed(first, second, alpha=0.01) > advised
    assert count_repeats_needed([0.5, 0.6], [0.5001, 0.6]) is None


def test_the_interval_has_95_percent_coverage():
    dice = np.random.default_rng(1)
    for repeats in (2, 3, 5):
        found = [compute_mean_interval(values) for values in dice.normal(0.98, 0.002, (1500, repeats)).tolist()]
        assert np.mean([one.low <= 0.98 <= one.high for one in found]) == pytest.approx(0.95, abs=0.017)


@pytest.mark.parametrize(("repeats", "spreads"), [(3, (1, 1)), (5, (1, 3)), (2, (1, 1))])
def test_the_false_positive_rate_is_at_most_5_percent(repeats, spreads):
    dice = np.random.default_rng(2)
    draws = [dice.normal(0.98, 0.002 * spread, (2000, repeats)).tolist() for spread in spreads]
    claimed = [compare_means(*pair).p <= ALPHA for pair in zip(*draws, strict=True)]
    assert np.mean(claimed) <= 0.05 + 0.012


def test_the_false_positive_rate_holds_on_few_test_images():
    dice = np.random.default_rng(3)
    images = 297
    draws = dice.binomial(images, 0.995, (2, 3000, 2)) / images
    claimed = [compare_means(one, other, 1 / images).p <= ALPHA for one, other in zip(*draws.tolist(), strict=True)]
    assert np.mean(claimed) <= 0.06
