"""The summary of a run: one file that holds everything and asks for nothing."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from cnn_core import RunStore
from cnn_core.data.datasets.load import load_dataset
from cnn_core.evaluation.predictions import Predictions
from cnn_core.export.summary import build_summary

EMPTY = {"meta", "br", "img", "path", "circle", "polyline", "rect", "line", "polygon"}


class Reader(HTMLParser):
    """Headings, words and addresses of a page; fails on tags that are not closed in order."""

    def __init__(self, source):
        super().__init__()
        self.open, self.words, self.headings, self.addresses = [], [], [], []
        self.feed(source)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.addresses += [value for name, value in attributes if name in ("src", "href")]
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.addresses += [value for name, value in attributes if name in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


@pytest.fixture
def run(digits_run):
    folder = digits_run[0]
    return RunStore(folder.path.parent).find(folder.id)


@pytest.fixture
def predictions():
    labels = load_dataset("digits").y_test
    probabilities = np.eye(10, dtype=np.float32)[np.where(np.arange(len(labels)) % 9, labels, (labels + 1) % 10)]
    return Predictions(probabilities, labels)


def test_the_summary_has_every_section(run, predictions):
    page = Reader(build_summary(run, predictions, load_dataset("digits").x_test, ("The loss grows.",)))
    assert page.headings == [
        "Result",
        "Remarks",
        "Curves",
        "Confusion",
        "By class",
        "Surest mistakes",
        "Training settings",
        "Layers",
    ]
    assert "The loss grows." in page.words
    assert f"{run.history.test_accuracy * 100:.2f} %" in page.words


def test_the_summary_makes_no_requests(run, predictions):
    source = build_summary(run, predictions, load_dataset("digits").x_test)
    assert all(address.startswith("data:") for address in Reader(source).addresses)
    assert not re.search(r"<script|@import|url\(", source)
    assert len(source) < 500_000


def test_the_confusion_table_has_the_counts_of_the_matrix(run, predictions):
    source = build_summary(run, predictions)
    table = re.search(r'<table class="confusion">(.*?)</table>', source, re.DOTALL)[1]
    cells = [int(count or 0) for count in re.findall(r"<td class[^>]*>(\d*)</td>", table)]
    assert cells == predictions.matrix.ravel().tolist()


def test_missing_parts_are_omitted(run):
    page = Reader(build_summary(run))
    assert page.headings == ["Result", "Curves", "Training settings", "Layers"]


def test_every_training_setting_is_named(run):
    words = Reader(build_summary(run)).words
    for name, field in type(run.experiment.training).model_fields.items():
        assert name == "version" or (field.title or name) in words


def test_published_figures_are_next_to_measured_ones(store):
    page = Reader(build_summary(store.find("R3")))
    assert "Published and measured" in page.headings
    assert {"98.62 %", "98.61 %", "0.00214", "training, as published"} <= set(page.words)


def test_a_recipe_without_published_figures_has_no_table(store):
    assert "Published and measured" not in Reader(build_summary(store.find("R1"))).headings


def test_markup_in_a_name_is_escaped(store, tiny_experiment):
    name = '<b>mine</b> & "yours"'
    folder = store.create(tiny_experiment.model_copy(update={"name": name}))
    page = Reader(build_summary(store.find(folder.id), remarks=("<script>alert(1)</script>",)))
    assert page.words.count(name) == 2  # title and heading
    assert "<script>alert(1)</script>" in page.words


def test_a_run_that_never_started_has_a_summary(store, tiny_experiment):
    folder = store.create(tiny_experiment)
    folder.writer().emit("state", state="failed", reason="No memory was left.")
    page = Reader(build_summary(store.find(folder.id)))
    assert "Curves" not in page.headings
    assert "No memory was left." in page.words


def test_a_diverged_run_has_a_summary(run):
    nothing = Predictions(np.full((3, 10), np.nan, np.float32), np.array([0, 1, 2]))
    page = Reader(build_summary(run, nothing, np.zeros((3, 28, 28, 1), np.uint8)))
    assert "By class" in page.headings
