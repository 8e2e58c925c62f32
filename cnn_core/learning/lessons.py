"""All lessons, bundled and from a teacher's folder, with their experiments."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.comparison.contenders import Contender
from cnn_core.data.datasets.catalog import DATASETS, DEFAULT_DATASET, OFFLINE_DATASET, DatasetName
from cnn_core.errors import CnnLabError, SpecError, explain_validation
from cnn_core.experiment import Experiment
from cnn_core.experiment.starters import STARTERS
from cnn_core.experiment.training import TrainingConfig
from cnn_core.learning.lesson_file import FIGURE, Lesson, LessonExperiment, Look, read_lesson
from cnn_core.runs.store import RunRecord
from cnn_core.sweeps.knobs import apply_values

CARDS_DIR = Path(__file__).parent / "cards"
LESSONS_DIR_VARIABLE = "CNN_LAB_LESSONS_DIR"
_SUFFIXES = (".toml", ".json")
_SHARE = "training.train_share"


@dataclass(frozen=True)
class Lessons:
    """`problems` has a sentence for each file of the teacher's folder that can't be used."""

    lessons: tuple[Lesson, ...]
    problems: tuple[CnnLabError, ...] = ()

    def find(self, lesson_id: str) -> Lesson:
        """Raises `SpecError` naming the ones there are."""
        for lesson in self.lessons:
            if lesson.id == lesson_id:
                return lesson
        known = ", ".join(lesson.id for lesson in self.lessons)
        raise SpecError("There is no lesson called {name}. The lessons are: {known}.", name=lesson_id, known=known)


@dataclass(frozen=True)
class Step:
    """One experiment of a lesson. `run` is one with these settings and this seed, complete or under way."""

    id: str
    name: str
    experiment: Experiment
    run: RunRecord | None = None

    @property
    def is_done(self) -> bool:
        return self.run is not None and self.run.state == "completed"


def list_lessons() -> Lessons:
    """Our own in the order of their numbers, then those in CNN_LAB_LESSONS_DIR by file name."""
    own = _read_cards()
    lessons, problems = [*own], []
    folder = os.environ.get(LESSONS_DIR_VARIABLE)
    for path in _find_files(Path(folder)) if folder else []:
        try:
            lesson = read_lesson(path)
            for dataset in offered(lesson):
                build_steps(lesson, dataset)
            if lesson.look:
                _check_look(lesson, lesson.look)
            if any(lesson.id == other.id for other in lessons):
                raise SpecError("another lesson is called {name} too; give one of them another id", name=lesson.id)
            lessons.append(lesson)
        except CnnLabError as error:
            problems.append(_name_file(path, error))
    return Lessons(tuple(lessons), tuple(problems))


def _check_look(lesson: Lesson, look: Look) -> None:
    """Raises `SpecError` if the rule or an explanation names something that is not looked at."""
    from cnn_core.experiment.recipes import find_recipe

    if look.kind == "drawing":
        known = ["all", *look.drawings]
    else:
        known = ["input", *(layer.name for layer in find_recipe(look.run).experiment.architecture.layers)]
    named = [name for answer in lesson.answers for name, _ in FIGURE.findall(answer.why)]
    for name in filter(None, [lesson.rule.first, lesson.rule.second, *named]):
        if name not in known:
            raise SpecError(
                "look: nothing called {name} is looked at; there are {known}", name=name, known=", ".join(known)
            )


def offered(lesson: Lesson) -> tuple[DatasetName, ...]:
    """The datasets that a lesson can run on, those that are always here first."""
    names: Iterable[DatasetName] = lesson.on or (OFFLINE_DATASET, DEFAULT_DATASET)
    return tuple(sorted(names, key=lambda name: (DATASETS[name].needs_download, list(DATASETS).index(name))))


def build_steps(lesson: Lesson, dataset: DatasetName) -> list[Step]:
    """The lesson's experiments. Raises `SpecError` naming the experiment that can't be trained."""
    steps = []
    for one in lesson.experiments:
        try:
            steps.append(Step(one.id, one.name, _build(lesson, one, dataset)))
        except CnnLabError as error:
            raise SpecError("experiment {name}: {what}", name=one.id, what=error) from error
    return steps


def plan_lesson(lesson: Lesson, dataset: DatasetName, runs: Iterable[RunRecord]) -> list[Step]:
    """The lesson's experiments with the runs that are there already; a complete one rather than one under way."""
    there: dict[tuple[str, int], RunRecord] = {}
    for run in runs:
        if (run.state == "completed" or run.is_active) and not Contender((run,)).stands_alone:
            key = run.folder.fingerprint, run.experiment.training.seed
            if key not in there or there[key].is_active:
                there[key] = run
    steps = build_steps(lesson, dataset)
    return [Step(x.id, x.name, x.experiment, there.get(_key(x.experiment))) for x in steps]


def _key(experiment: Experiment) -> tuple[str, int]:
    return experiment.fingerprint, experiment.training.seed


def _build(lesson: Lesson, one: LessonExperiment, dataset: DatasetName) -> Experiment:
    experiment = _begin(lesson, one).on_dataset(dataset)
    for name in one.remove:
        if name not in [layer.name for layer in experiment.architecture.layers]:
            raise SpecError("remove: there is no layer called {name}", name=name)
        architecture = experiment.architecture.remove_layer(name)
        experiment = experiment.model_copy(update={"architecture": architecture})
    values = {**lesson.changes, **lesson.on.get(dataset, {}), **one.changes}
    if one.images is not None:  # half an image more: what is rounded down is then the number asked for
        values[_SHARE] = min(1.0, (one.images + 0.5) / DATASETS[dataset].train_count)
    try:
        changed = apply_values(experiment, values)
    except (KeyError, TypeError, AttributeError) as error:
        raise SpecError("changes: there is no knob {error}; see docs/lessons.md", error=str(error)) from error
    return changed.model_copy(update={"name": one.name, "recipe": None})


def _begin(lesson: Lesson, one: LessonExperiment) -> Experiment:
    layers = one.layers or (lesson.base.layers if lesson.base else ())
    if layers:
        try:
            architecture = ArchitectureSpec.model_validate({"name": f"lesson-{lesson.id}"[:80], "layers": layers})
        except ValidationError as error:
            raise explain_validation(error) from error
        return Experiment(name=one.name, architecture=architecture, training=TrainingConfig())
    from cnn_core.experiment.recipes import find_recipe

    name = lesson.base.recipe if lesson.base else ""
    return STARTERS[name] if name in STARTERS else find_recipe(name).experiment


@lru_cache(maxsize=1)
def _read_cards() -> tuple[Lesson, ...]:
    return tuple(map(read_lesson, _find_files(CARDS_DIR)))


def _find_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and not path.name.startswith("."))


def _name_file(path: Path, error: CnnLabError) -> CnnLabError:
    if str(error).startswith(path.name):
        return error
    return SpecError("{file}: {what}", file=path.name, what=error)
