"""Verdict in one sentence with its explanation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.comparison.controlled import build_controlled, list_other_differences
from cnn_core.comparison.verdict import Answers, Pair, Verdict, judge_contenders, read_answers
from cnn_core.errors import CnnLabError
from cnn_core.runs.folder import RunFolder
from ui.compare.labels import head_contenders
from ui.compare.rematch import render_rematch
from ui.compare.table import title_of_fact
from ui.server.resources import get_executor
from ui.session.state import session
from ui.shared.model_picker import format_accuracy
from ui.text import enumerate_words, explain, join_sentences, text

_SEEDS_AT_MOST = 100


def judge(contenders: Sequence[Contender]) -> Verdict:
    """As `judge_contenders`, with answers kept between drawings."""
    return judge_contenders(contenders, _open_answers)


def render_verdict(contenders: Sequence[Contender]) -> bool:
    """True where a race of these was asked for: its panel stands elsewhere on the page, which is to be drawn again."""
    verdict = judge(contenders)
    heads = head_contenders(contenders)
    sentences = [summarise(verdict, heads)]
    if verdict.order:
        sentences.append(_name_differences(verdict, contenders))
        sentences.append(_name_lengths([contenders[index] for index in verdict.order], heads, verdict.order))
    st.markdown(f"#### {join_sentences(one for one in sentences if one)}")
    st.caption(join_sentences(_explain(verdict, contenders, heads)))
    with st.container(horizontal=True, gap="small"):
        _render_controlled(verdict, contenders, heads)
        return render_rematch(verdict, contenders)


def _name_differences(verdict: Verdict, contenders: Sequence[Contender]) -> str:
    """A sentence with the settings besides the network in which the first two differ, else nothing."""
    if not verdict.pairs:
        return ""
    names = list_other_differences(*(contenders[index] for index in _first_two(verdict)))
    return text("compare_verdict.also_differ", names=enumerate_words(map(title_of_fact, names))) if names else ""


def _render_controlled(verdict: Verdict, contenders: Sequence[Contender], heads: Sequence[str]) -> None:
    """A button that trains the second network with all other settings of the best one."""
    if not verdict.pairs:
        return
    first, second = _first_two(verdict)
    best, other = contenders[first], contenders[second]
    if list_other_differences(best, other):
        st.button(
            text("compare_verdict.controlled", best=heads[first], second=heads[second]),
            icon=":material/balance:",
            key="compare.controlled",
            help=text("compare_verdict.controlled_help"),
            on_click=_train_controlled,
            args=(best, other),
        )


def _train_controlled(best: Contender, other: Contender) -> None:
    try:
        run = get_executor().submit(build_controlled(best, other), owner=session().owner)
        session().compared = [best.runs[0].id, run.id]
    except CnnLabError as error:
        st.toast(explain(error), icon=":material/error:", duration="long")


def _first_two(verdict: Verdict) -> tuple[int, int]:
    return verdict.order[0], verdict.pairs[0].worse


def summarise(verdict: Verdict, heads: Sequence[str]) -> str:
    """The answer in one sentence; `heads` are the contenders' names."""
    if verdict.outcome in ("pending", "untested", "data"):
        return text(f"compare_verdict.{verdict.outcome}")
    first = verdict.pairs[0]
    words = {
        "best": heads[first.better],
        "second": heads[first.worse],
        "accuracy": format_accuracy(verdict.accuracies[first.better]),
        "difference": f"{first.difference * 100:.2f}",
    }
    if verdict.outcome == "level":
        return text("compare_verdict.level", best=words["best"], second=words["second"], accuracy=words["accuracy"])
    if verdict.outcome == "partly":
        beaten, rest = (_list(heads[index] for index in part) for part in (verdict.beaten, verdict.open))
        return text("compare_verdict.partly", best=words["best"], beaten=beaten, open=rest)
    basis = "seeds" if verdict.basis == "seeds" else "images"
    return text(f"compare_verdict.{verdict.outcome}_{basis}", repeats=_repeats(verdict), **words)


def _name_lengths(judged: Sequence[Contender], heads: Sequence[str], order: Sequence[int]) -> str:
    """A sentence with the epochs of each if they differ, else nothing."""
    epochs = [one.epochs for one in judged]
    if len(set(epochs)) < 2:
        return ""
    shown = (
        text("compare_verdict.length", name=heads[index], epochs=count)
        for index, count in zip(order, epochs, strict=True)
    )
    return text("compare_verdict.lengths", list=enumerate_words(list(shown)))


def _explain(verdict: Verdict, contenders: Sequence[Contender], heads: Sequence[str]) -> Iterable[str]:
    """The significance test, its limits, and what would help."""
    if verdict.outcome == "untested":
        yield text("compare_verdict.untested_why")
    if not verdict.pairs:
        return
    first, names = verdict.pairs[0], {"best": heads[verdict.order[0]], "second": heads[verdict.pairs[0].worse]}
    yield _name_test(verdict, first, names)
    if verdict.tests > 1:
        yield text("compare_verdict.many", count=verdict.tests)
    if verdict.basis != "seeds":
        yield text("compare_verdict.other_seeds")
    else:
        yield _advise(verdict)
    alone = [head for head, one in zip(heads, contenders, strict=True) if one.stands_alone]
    if alone:
        yield text("compare_verdict.alone", names=_list(alone))


def _name_test(verdict: Verdict, first: Pair, names: dict[str, str]) -> str:
    p = _format_p(first.p)
    if verdict.basis == "seeds" and first.interval:
        low, high = (f"{end * 100:.2f}" for end in (first.interval.low, first.interval.high))
        return text("compare_verdict.by_seeds", p=p, low=low, high=high, **names)
    if verdict.basis == "images":
        counts = {"only_best": first.only_better, "only_second": first.only_worse, "images": f"{verdict.images:,}"}
        return text("compare_verdict.by_images", p=p, **counts, **names)
    if not verdict.images:
        return text("compare_verdict.by_nothing")
    return text("compare_verdict.by_counts", p=p, images=f"{verdict.images:,}")


def _advise(verdict: Verdict) -> str:
    if verdict.pairs[0].is_sure:
        return text("compare_verdict.enough")
    if verdict.outcome == "level":
        return text("compare_verdict.level_why")
    if verdict.repeats_needed is None:
        return text("compare_verdict.too_small", count=_SEEDS_AT_MOST)
    return text("compare_verdict.needed", count=verdict.repeats_needed)


def _repeats(verdict: Verdict) -> str:
    """ "3", or "2–5" where they are not equally many."""
    counts = sorted(verdict.repeats[index] for index in verdict.order)
    return str(counts[0]) if counts[0] == counts[-1] else f"{counts[0]}–{counts[-1]}"


def _format_p(p: float) -> str:
    return f"p\u00a0=\u00a0{p:.3f}" if p >= 0.001 else "p\u00a0<\u00a00.001"


def _list(names: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *most, last = names
    return text("compare_verdict.and", most=enumerate_words(most), last=last) if most else last


def _open_answers(folder: RunFolder) -> Answers | None:
    path = folder.predictions_path
    return _read(str(path), path.stat().st_mtime_ns, folder) if path.exists() else None


@st.cache_resource(max_entries=64, show_spinner=False)
def _read(path: str, changed: int, _folder: RunFolder) -> Answers | None:
    return read_answers(_folder)
