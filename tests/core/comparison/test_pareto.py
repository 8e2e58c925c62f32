"""The front of those that nothing beats in both cost and score."""

from hypothesis import given
from hypothesis import strategies as st

from cnn_core import RunStore, find_recipe
from cnn_core.comparison import group_runs
from cnn_core.comparison.pareto import compute_standings, find_better, find_front
from cnn_core.figures.compared_costs import count_decimals, staircase

POINTS = st.lists(st.tuples(st.integers(0, 6).map(float), st.integers(0, 6).map(float)), max_size=12)


def beats(one, other):
    """The definition, written out."""
    return one[0] <= other[0] and one[1] >= other[1] and one != other


@given(POINTS)
def test_the_front_is_the_non_dominated_set_in_ascending_order(points):
    front = find_front(points)
    assert set(front) == {i for i, point in enumerate(points) if not any(beats(other, point) for other in points)}
    costs, scores = [points[i][0] for i in front], [points[i][1] for i in front]
    assert costs == sorted(costs)
    assert scores == sorted(scores)


@given(POINTS)
def test_each_dominated_contender_names_one_that_dominates_it(points):
    front = find_front(points)
    for index in range(len(points)):
        better = find_better(points, index)
        assert (better is None) == (index in front)
        assert better is None or beats(points[better], points[index])


def test_the_front_line_passes_through_its_points_to_the_axis_end():
    assert staircase([(1, 0.9), (3, 0.95)], 10) == ([1, 3, 10], [0.9, 0.95, 0.95])


@given(st.floats(0.5, 0.999), st.floats(0.001, 0.5))
def test_adjacent_accuracy_ticks_differ(low, height):
    decimals = count_decimals(low, low + height)
    ticks = [f"{low + height * part / 10:.{decimals}%}" for part in range(11)]
    assert len(set(ticks)) == 11


def test_bundled_contenders_have_the_costs_of_their_recipes(tmp_path):
    contenders = group_runs(RunStore(tmp_path).list_runs().runs)
    parameters = {one.contender.id: one.cost for one in compute_standings(contenders, "parameters")}
    assert parameters[find_recipe("R2").id] == 93_322
    assert parameters[find_recipe("R5").id] == 47_410
    macs = {one.contender.id: one.cost for one in compute_standings(contenders, "macs")}
    # R5: 3·3·1·16 at 26×26 places, 3·3·16·8 at 24×24, and 4,608 units to 10
    assert macs[find_recipe("R5").id] == 144 * 26 * 26 + 1152 * 24 * 24 + 4608 * 10
    seconds = compute_standings(contenders, "seconds")
    assert all(one.cost == one.contender.first.history.seconds and one.spread is None for one in seconds)
