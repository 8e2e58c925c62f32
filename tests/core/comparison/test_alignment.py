"""Which layer stands beside which: order kept, sizes alike, nothing lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core import find_recipe
from cnn_core.architecture.anatomy import compute_anatomy
from cnn_core.comparison.alignment import GAP, Row, Stage, align, price_pair

SIDES = st.lists(st.sampled_from([28, 26, 24, 14, 13, 11, 10, 7, 5, 3, 0]), max_size=7).map(
    lambda sides: [Stage(f"l{i}", "Conv2D", s) for i, s in enumerate(sorted(sides, reverse=True))]
)


def stages(short):
    """A recipe's layers that make maps or units, from its anatomy."""
    rows = compute_anatomy(find_recipe(short).experiment.architecture).rows
    kept = [row for row in rows if row.kind != "Flatten"][:-1]
    return [Stage(r.name, r.kind, sum(r.output_shape[:2]) / 2 if len(r.output_shape) == 3 else 0) for r in kept]


def sides(rows, first, second):
    return [
        (None if r.first is None else first[r.first].side, None if r.second is None else second[r.second].side)
        for r in rows
    ]


def cheapest(first, second):
    """The least price of all alignments, by trying every one."""
    if not first or not second:
        return GAP * (len(first) + len(second))
    return min(
        price_pair(first[0], second[0]) + cheapest(first[1:], second[1:]),
        GAP + cheapest(first[1:], second),
        GAP + cheapest(first, second[1:]),
    )


def test_r2_and_r5_share_only_their_first_resolution():
    first, second = stages("R2"), stages("R5")
    assert sides(align(first, second), first, second) == [
        (26, 26), (None, 24), (13, None), (11, None), (5, None), (3, None), (0, None),
    ]  # fmt: skip


def test_r2_and_lenet_are_aligned_although_one_pads():
    first, second = stages("R2"), stages("LeNet-5")
    found = sides(align(first, second), first, second)
    assert found[:3] == [(26, 28), (13, 14), (11, 10)]
    assert all((a == 0) == (b == 0) for a, b in found if a is not None and b is not None)


def test_aligning_a_network_with_itself_leaves_no_gaps():
    layers = stages("R3")
    assert align(layers, layers) == [Row(i, i) for i in range(len(layers))]


def test_convolutions_are_aligned_with_convolutions_of_the_same_size():
    first = [Stage("norm", "BatchNormalization", 28), Stage("conv", "Conv2D", 28)]
    assert align(first, [Stage("conv", "Conv2D", 28)]) == [Row(0, None), Row(1, 0)]


@given(SIDES, SIDES)
def test_every_layer_is_in_one_row_and_feature_maps_are_never_aligned_with_units(first, second):
    rows = align(first, second)
    assert [row.first for row in rows if row.first is not None] == list(range(len(first)))
    assert [row.second for row in rows if row.second is not None] == list(range(len(second)))
    for one, other in sides(rows, first, second):
        assert (one, other) != (None, None)
        if one is not None and other is not None:
            assert bool(one) == bool(other)
            assert not one or 1 / 1.5 < one / other < 1.5


@given(SIDES.map(lambda s: s[:4]), SIDES.map(lambda s: s[:4]))
def test_the_alignment_has_minimum_cost(first, second):
    rows = align(first, second)
    paid = sum(GAP if None in (r.first, r.second) else price_pair(first[r.first], second[r.second]) for r in rows)
    assert paid == pytest.approx(cheapest(first, second))
