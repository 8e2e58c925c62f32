"""Compare: a verdict in one sentence, and what differs."""

import json

import pytest
from app_pages import go, says

from cnn_core import RunStore, find_recipe
from ui.bar import format_accuracy, sign_of
from ui.text import text

R2, R5 = find_recipe("R2").id, find_recipe("R5").id


@pytest.fixture
def compare(open_page):
    return open_page("compare")


def choose(app, *ids):
    app.multiselect[0].set_value(list(ids)).run()
    assert not app.exception
    return app


def verdict(app):
    (sentence,) = [words.value for words in app.markdown if words.value.startswith("####")]
    return sentence


def test_the_winner_of_the_bundled_pair_is_r2(compare, runs_dir):
    first, second = (RunStore(runs_dir).find(name) for name in ("R2", "R5"))
    lead = (first.history.test_accuracy - second.history.test_accuracy) * 100
    expected = text(
        "compare.winner",
        best=f"{sign_of(first)} {first.name}",
        second=f"{sign_of(second)} {second.name}",
        accuracy=format_accuracy(first.history.test_accuracy),
        difference=f"{lead:.2f}",
    )
    assert lead > 0
    assert expected in verdict(compare)


def test_the_order_of_choice_does_not_change_the_winner(compare):
    before = verdict(compare)
    assert verdict(choose(compare, R5, R2)) == before


@pytest.mark.parametrize("ids", [[], [R2]])
def test_fewer_than_two_runs_are_a_hint_that_stays(compare, ids):
    choose(compare, *ids)
    assert says(compare, text("compare.too_few"))
    assert not compare.table
    compare.run()
    assert compare.multiselect[0].value == ids
    assert says(compare, text("compare.too_few"))


def test_a_run_added_is_one_more_column(compare):
    columns = len(compare.table[0].value.columns)
    choose(compare, R2, R5, find_recipe("LeNet-5").id)
    assert len(compare.table[0].value.columns) == columns + 1


def test_exactly_the_facts_that_differ_are_marked(compare):
    table = compare.table[0].value
    facts, values = table[text("compare.fact")], table.drop(columns=text("compare.fact"))
    differ = [len(set(row)) > 1 for row in values.itertuples(index=False)]
    assert [fact.endswith("≠") for fact in facts] == differ
    assert set(differ) == {True, False}  # R2 and R5 share their data set and differ in their optimizer


def test_the_choice_outlasts_a_visit_to_another_page(compare):
    ids = [R5, find_recipe("LeNet-5").id]
    app = go(go(choose(compare, *ids), "design"), "compare")
    assert app.multiselect[0].value == ids


def test_runs_on_different_data_sets_have_no_winner(own_run, open_page):
    app = choose(open_page("compare"), R2, own_run.id)
    assert text("compare.different_data") in verdict(app)


def test_a_run_that_ends_while_it_is_compared_stays_chosen(own_run, open_page):
    events = own_run.folder.events_path
    lines = events.read_text().splitlines(keepends=True)
    ending = [line for line in lines if '"result"' in line or '"completed"' in line]
    events.write_text("".join(line for line in lines if line not in ending))
    with own_run.folder.lock():  # as the worker that trains it
        app = choose(open_page("compare"), R2, own_run.id)
        assert text("compare.undecided") in verdict(app)
        events.write_text("".join(lines))
    app.run()
    assert not app.exception
    assert app.multiselect[0].value == [R2, own_run.id]


def test_a_run_and_its_repeat_stand_in_columns_of_their_own(own_run, damage, open_page):
    repeat = damage("run.json", json.dumps({"id": "repeat", "created": 1.0, "style": own_run.style}).encode())
    app = choose(open_page("compare"), own_run.id, repeat.name)
    assert len(app.table[0].value.columns) == 3
    assert verdict(app)


def test_a_run_whose_loss_became_nan_can_be_compared(own_run, damage, open_page):
    lines = [json.loads(line) for line in own_run.folder.events_path.read_text().splitlines()]
    for line in lines:  # as the worker writes what is not a number
        line.update({key: None for key in ("loss", "val_loss", "test_loss") if key in line})
    diverged = damage("events.jsonl", "".join(json.dumps(line) + "\n" for line in lines).encode())
    app = choose(open_page("compare"), own_run.id, diverged.name)
    assert len(app.table[0].value.columns) == 3
