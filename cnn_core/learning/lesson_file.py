"""Lesson files (TOML or JSON): a question, experiments, and the rule that decides the answer.

docs/lessons.md describes the file for teachers. Words in it are whole English sentences, each a message to translate;
`{many.accuracy}` in one stands for a figure of the runs just made.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cnn_core.data.datasets.catalog import DatasetName
from cnn_core.errors import InvalidValue, SpecError, explain_validation
from cnn_core.runs.limited_file import read_limited
from cnn_core.sweeps.knobs import Value

Measure = Literal[
    "accuracy", "loss", "gap", "parameters", "macs", "seconds", "steps", "epochs_to", "change", "top", "sum"
]
How = Literal["difference", "ratio", "value", "highest", "lowest"]
Changes = dict[str, Value]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Sentence = Annotated[str, Field(min_length=1, max_length=1000)]
Point = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]

# `{many.accuracy}`: the name of an experiment, or of what is looked at, and a measure
FIGURE = re.compile(r"\{([A-Za-z][\w-]*)\.(\w+)\}")
OF_A_CHOICE = ("highest", "lowest")
_BYTES_AT_MOST = 256_000
OF_A_LOOK: tuple[Measure, ...] = ("change", "top", "sum")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(_Part):
    """One possible answer. It was right where the judged figure lies from `low` up to, but without, `high`.

    For the rules "highest" and "lowest" it names an `experiment` instead. `why` is told when it was right, `measured`
    the datasets on which it was when the lesson was written.
    """

    says: Sentence
    low: float | None = None
    high: float | None = None
    experiment: Id | None = None
    why: str = Field("", max_length=1500)
    measured: tuple[DatasetName, ...] = ()


class LessonExperiment(_Part):
    """The base, without the layers in `remove`, with its knobs turned; or a network of its own in `layers`.

    `images` is how many training images it learns from (all of them where it is empty).
    """

    id: Id
    name: Annotated[str, Field(min_length=1, max_length=60)]
    layers: tuple[dict[str, Any], ...] = ()
    remove: tuple[str, ...] = ()
    changes: Changes = {}
    images: int | None = Field(None, ge=1)


class LessonBase(_Part):
    """Where the experiments begin: a recipe or a starter by its name, or layers as Design exports them."""

    recipe: str = ""
    layers: tuple[dict[str, Any], ...] = ()

    @model_validator(mode="after")
    def _one_of_them(self) -> LessonBase:
        if bool(self.recipe) == bool(self.layers):
            raise InvalidValue("base: give either a recipe or layers")
        return self


class Look(_Part):
    """What is looked at in a trained model, without any training.

    "shift" moves images sideways by `pixels` and measures how much each layer's output changes. "drawing" asks the
    model about drawings, each a list of strokes of (x, y) points in a unit square, y downwards.
    """

    kind: Literal["shift", "drawing"]
    run: str = "R2"
    pixels: int = Field(1, ge=1, le=8)
    pictures: int = Field(100, ge=2, le=1000)
    drawings: dict[str, tuple[tuple[Point, ...], ...]] = Field({}, max_length=26)


class Rule(_Part):
    """Which figure decides: `measure` of `first`, alone or against `second`; or who has the highest or lowest.

    `reach` is the accuracy that "epochs_to" waits for.
    """

    measure: Measure
    how: How = "difference"
    first: str = ""
    second: str = ""
    reach: float = Field(0.9, gt=0, le=1)


class Lesson(_Part):
    """Raises `pydantic.ValidationError`. `id` is the name of its file; `lessons` checks that the experiments exist."""

    version: Literal[1] = 1
    id: Id
    title: Annotated[str, Field(min_length=1, max_length=80)]
    question: Sentence
    about: str = Field("", max_length=1500)
    terms: tuple[Id, ...] = ()
    answers: tuple[Answer, ...] = Field(min_length=2, max_length=4)
    base: LessonBase | None = None
    changes: Changes = {}
    on: dict[DatasetName, Changes] = {}
    experiments: tuple[LessonExperiment, ...] = Field((), max_length=6)
    look: Look | None = None
    rule: Rule
    show: tuple[Measure, ...] = ("accuracy", "parameters", "seconds")

    @model_validator(mode="after")
    def _is_whole(self) -> Lesson:
        if bool(self.experiments) == bool(self.look):
            raise InvalidValue("experiments: give either experiments or a look into a model")
        if self.experiments and self.base is None and not all(one.layers for one in self.experiments):
            raise InvalidValue("base: the experiments begin with a recipe or with layers; give one of them")
        if (self.rule.measure in OF_A_LOOK) != bool(self.look):
            raise InvalidValue("rule.measure: change, top and sum belong to a look, the others to experiments")
        ids = [one.id for one in self.experiments]
        if len(set(ids)) < len(ids):
            raise InvalidValue("experiments: two of them have the same id; give one of them another")
        self._check_rule(ids)
        self._check_figures(ids)
        return self

    def _check_rule(self, ids: list[str]) -> None:
        rule = self.rule
        if rule.how in OF_A_CHOICE:
            if any(answer.experiment not in ids for answer in self.answers):
                raise InvalidValue("answers: with the rule highest or lowest each answer names one of the experiments")
            return
        needed = [rule.first] if rule.how == "value" else [rule.first, rule.second]
        if ids and any(name not in ids for name in needed):
            raise InvalidValue("rule: first and second are ids of experiments (with the rule value, first alone)")
        if any(answer.low is None and answer.high is None for answer in self.answers):
            raise InvalidValue("answers: each has a figure from which (low) or below which (high) it is right")

    def _check_figures(self, ids: list[str]) -> None:
        explanations = [answer.why for answer in self.answers]
        for sentence in self.sentences():
            for figure in FIGURE.finditer(sentence):
                name, measure = figure.groups()
                if sentence not in explanations:
                    raise InvalidValue(
                        "{figure}: figures are filled in only in the field why of an answer", figure=figure[0]
                    )
                if ids and name not in ids:
                    raise InvalidValue(
                        "{figure}: there is no experiment called {name}; the experiments are {known}",
                        figure=figure[0],
                        name=name,
                        known=", ".join(ids),
                    )
                measures = OF_A_LOOK if self.look else self.measures
                if measure not in measures:
                    raise InvalidValue(
                        "{figure}: {measure} is not measured; use one of {known}, or add it to show",
                        figure=figure[0],
                        measure=measure,
                        known=", ".join(measures),
                    )

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The rule's, then those that are shown beside it."""
        return tuple(dict.fromkeys((self.rule.measure, *(() if self.look else self.show))))

    def sentences(self) -> Iterator[str]:
        """All that a reader may see of it, for translators."""
        yield from (self.title, self.question)
        yield from filter(None, [self.about])
        for answer in self.answers:
            yield from filter(None, [answer.says, answer.why])
        yield from (one.name for one in self.experiments)


def read_lesson(path: Path) -> Lesson:
    """Raises `SpecError` with one sentence that names the file and the field."""
    try:
        text = read_limited(path, _BYTES_AT_MOST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(
            "{file} can't be read as text. Save it as UTF-8, with at most {most} kB.",
            file=path.name,
            most=_BYTES_AT_MOST // 1000,
        ) from error
    try:
        data = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except RecursionError as error:
        raise SpecError("{file} has too many brackets inside each other.", file=path.name) from error
    except ValueError as error:  # tomllib's and json's own are both of this kind
        raise SpecError("{file} is no {kind}: {what}", file=path.name, kind=path.suffix[1:], what=str(error)) from error
    if not isinstance(data, dict):
        raise SpecError("{file}: a lesson is a table of fields; docs/lessons.md shows one.", file=path.name)
    try:
        return Lesson.model_validate({"id": path.stem, **data})
    except ValidationError as error:
        raise SpecError("{file}: {what}", file=path.name, what=explain_validation(error)) from error
