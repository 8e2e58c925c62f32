"""Twenty people drawing at once: does each get the own answer, and how soon?

Each visitor draws digits stroke by stroke, every one a little different, with pauses of a person between the strokes.
The seconds are those from sending a drawing to receiving the answer. The visitors share the machine with the server.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from benchmarks.pairs import Pairs
from benchmarks.server import PEERS, Server, serve, serve_app
from benchmarks.stroke import wait_for_tensorflow
from benchmarks.visitors import Visitor, enter
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from cnn_core.data.ink import centre_ink
from ui.draw.canvas_tools import describe_strokes
from ui.text import text

SESSIONS, TARGET_MS = 20, 150.0
_PAUSE_S = 1.0, 3.0
_ECHO = r"Ink \d+"


@dataclass(frozen=True, eq=False)
class Stroke:
    """The sheet after one more stroke: ink uint8 (280, 280), and the canvas's objects."""

    digit: int
    pixels: np.ndarray
    objects: list[dict[str, object]]


@dataclass
class Outcome:
    """`seconds` of each answer, and a sentence for each that was wrong or never came."""

    seconds: list[float] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)


def write_digit(digit: int, seed: int) -> list[Stroke]:
    """Our example of a digit, leaning and sized as this seed has it, stroke by stroke."""
    rng = np.random.default_rng(seed)
    lean, size, (right, down) = rng.uniform(-0.08, 0.08), rng.uniform(0.85, 1.0), rng.uniform(-0.03, 0.03, 2)
    strokes = [
        [(0.5 + (x - 0.5) * size + lean * (0.5 - y) + right, 0.5 + (y - 0.5) * size + down) for x, y in stroke]
        for stroke in DIGIT_STROKES[digit]
    ]
    sheets = [strokes[: count + 1] for count in range(len(strokes))]
    return [
        Stroke(digit, np.rint(draw_strokes(s) * 255).astype(np.uint8), describe_strokes(s)["objects"]) for s in sheets
    ]


async def draw_all(visitor: Visitor, digits: Sequence[list[Stroke]], answers: dict[int, str], clear: str) -> Outcome:
    """Draws digit after digit. `answers` has, by a stroke's identity, the words that are the right answer to it."""
    outcome, rng = Outcome(), np.random.default_rng(id(visitor) % 2**32)
    any_answer = re.escape(text("answer.is", label="#")).replace(r"\#", r"\d") if answers else _ECHO
    await asyncio.sleep(rng.uniform(0, _PAUSE_S[1]))
    for strokes in digits:
        for stroke in strokes:
            seconds, answer = await visitor.send_drawing(stroke.pixels, stroke.objects, any_answer)
            outcome.seconds.append(seconds)
            wanted = answers.get(id(stroke), answer)
            if not answer or answer != wanted:
                outcome.mistakes.append(f"digit {stroke.digit}: {wanted!r} expected, {answer!r} received")
            await asyncio.sleep(rng.uniform(*_PAUSE_S))
        await visitor.press(clear)
        await asyncio.sleep(rng.uniform(*_PAUSE_S))
    return outcome


async def visit(url: str, page: str, work: Sequence[Sequence[list[Stroke]]], answers: dict[int, str]) -> list[Outcome]:
    """One visitor for each part of the work, all at once."""
    visitors = [await enter(url, page) for _ in work]
    try:
        jobs = (
            draw_all(visitor, digits, answers, text("draw.clear"))
            for visitor, digits in zip(visitors, work, strict=True)
        )
        return await asyncio.gather(*jobs)
    finally:
        await asyncio.gather(*(visitor.socket.close() for visitor in visitors))


def plan_work(sessions: int, digits: int) -> list[list[list[Stroke]]]:
    """Different digits for visitors who draw at the same time."""
    return [
        [write_digit((one + place) % 10, seed=100 * one + place) for place in range(digits)] for one in range(sessions)
    ]


def measure_sessions(digits: int) -> list[Pairs]:
    work = plan_work(SESSIONS, digits)
    answers = _answer_here(work)
    result = Pairs(f"{SESSIONS} sessions at once", "CNN Lab /draw", "canvas that is only echoed")
    with serve("run", str(PEERS / "echo_canvas.py")) as echo:
        echo.wait_until_up()
        peer = asyncio.run(visit(echo.url, "", work, {}))
        peer_cpu = _cpu_seconds(echo)
    with serve_app() as app:
        app.wait_until_up()
        ours, our_cpu = asyncio.run(_visit_warm(app, work, answers))
    for one, other in zip(peer, ours, strict=True):
        for a, b in zip(one.seconds, other.seconds, strict=True):
            result.add(a, b)
    mistakes = [mistake for outcome in ours for mistake in outcome.mistakes]
    click.echo(f"{len(result.ours)} answers, {len(mistakes)} of them wrong")
    for mistake in mistakes[:5]:
        click.echo(f"  {mistake}")
    _tell("CNN Lab", result.ours, our_cpu, is_judged=True)
    _tell("echo", result.peer, peer_cpu, is_judged=False)
    return [result]


def _tell(name: str, seconds: Sequence[float], cpu: float, is_judged: bool) -> None:
    half, most = (float(value) * 1000 for value in np.percentile(seconds, (50, 95)))
    spent = f"{cpu / len(seconds) * 1000:.0f} ms of processor an answer"
    verdict = f"   target p95 ≤ {TARGET_MS:g} ms: {'met' if most <= TARGET_MS else 'MISSED'}" if is_judged else ""
    click.echo(f"  {name:<8} median {half:7.1f} ms · 95th percentile {most:7.1f} ms · {spent}{verdict}")


async def _visit_warm(
    app: Server, work: Sequence[Sequence[list[Stroke]]], answers: dict[int, str]
) -> tuple[list[Outcome], float]:
    """The outcomes, and the processor's seconds that the server took for them."""
    first = await enter(app.url, "draw")  # the first page starts TensorFlow
    await asyncio.to_thread(wait_for_tensorflow, app)
    await first.socket.close()
    before = _cpu_seconds(app)
    outcomes = await visit(app.url, "draw", work, answers)
    return outcomes, _cpu_seconds(app) - before


def _cpu_seconds(server: Server) -> float:
    """What the server has used of the processor so far; not a number where the system does not say."""
    try:
        fields = Path(f"/proc/{server.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _answer_here(work: Sequence[Sequence[list[Stroke]]]) -> dict[int, str]:
    """What the page must say to each stroke, from the same model in this process."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from cnn_core.inspection import load_probe
    from cnn_core.runs.store import SCAN_RUN, RunStore

    with TemporaryDirectory(prefix="cnn-lab-benchmark-") as name:
        probe = load_probe(RunStore(Path(name)).find(SCAN_RUN).folder)
    strokes = [stroke for digits in work for sheet in digits for stroke in sheet]
    labels = [int(probe.predict_ink(centre_ink(s.pixels.astype(np.float32) / 255)).argmax()) for s in strokes]
    return {id(s): text("answer.is", label=label) for s, label in zip(strokes, labels, strict=True)}
