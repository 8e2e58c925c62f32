"""`plain` leaves ordinary names alone and escapes the others; tests/browser/test_names_in_browser.py asks a browser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.plain_text import remove_controls
from ui.text import explain
from ui.text.plain import plain

INVISIBLE = "\N{WORD JOINER}"


@pytest.mark.parametrize("name", ["R2", "R2, 8 filters", "conv_1_x", "我的网络", "sparse (mse)", "3 × 3; 0.1"])
def test_ordinary_names_stay_as_they_are(name):
    assert plain(name) == name


@pytest.mark.parametrize(
    ("name", "markdown"),
    [
        ("**b**", r"\*\*b\*\*"),
        ("_i_ __b__ a_b", r"\_i\_ \_\_b\_\_ a_b"),
        ("![p](x)", r"!\[p\](x)"),
        ("<b>", r"\<b\>"),
        ("`c` $m$ ~s~ a|b &amp;", r"\`c\` \$m\$ \~s\~ a\|b \&amp;"),
        ("# h", r"\# h"),
        ("1. x", r"1\. x"),
        ("- x", r"\- x"),
        ("a\nb", "a b"),
        (":smile:", f":{INVISIBLE}smile:"),
        ("\u202eevil\u2066", "evil"),
    ],
)
def test_what_markdown_would_read_is_escaped(name, markdown):
    assert plain(name) == markdown


@given(st.text())
def test_without_escapes_the_words_are_the_same(words):
    shown = plain(words).replace(INVISIBLE, "")
    unescaped = ""
    while shown:
        shown = shown[1:] if shown[0] == "\\" else shown
        unescaped, shown = unescaped + shown[0], shown[1:]
    expected = remove_controls(words).replace(INVISIBLE, "")
    assert "".join(unescaped.split()) == "".join(expected.split())


def test_sentences_of_errors_are_plain_text():
    assert explain("Run **x**: [a](b)") == r"Run \*\*x\*\*: \[a\](b)"
