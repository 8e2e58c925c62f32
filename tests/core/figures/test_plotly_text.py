"""Names in figures are plain text: Plotly reads tags and `%{…}` in titles, names and hover texts."""

import json

import numpy as np

from cnn_core.figures.compared_answers import plot_agreement, plot_classes
from cnn_core.figures.plotly_text import escape_name
from cnn_core.palette import style_of

NAME = '<a href="http://h.example">x</a> %{y}'


def test_tags_and_templates_are_escaped_and_other_names_stay():
    assert escape_name(NAME) == '&lt;a href="http://h.example"&gt;x&lt;/a&gt; %&#123;y}'
    assert escape_name("R2, 8 filters · 我的网络") == "R2, 8 filters · 我的网络"


def texts_of(figure):
    """All texts of a figure but the keys by which the legend finds traces."""
    figure = json.loads(figure.to_json())
    for trace in figure["data"]:
        trace.pop("meta", None)
    figure["layout"].pop("uirevision", None)
    return json.dumps(figure, ensure_ascii=False)


def test_no_name_is_active_in_figures_of_compared_answers():
    figures = [
        plot_classes([np.ones(2)], [style_of(0)], [NAME], ["a", "b"]),
        plot_agreement(np.ones((2, 2)), [[NAME] * 2] * 2, [NAME, NAME], ["●", "■"]),
    ]
    for figure in figures:
        assert "<a " not in texts_of(figure)
        assert "%{y} " not in texts_of(figure)
