"""Accuracy on handwriting other than MNIST: image sets preprocessed as drawings.

    python -m cnn_core results --handwriting RUN

prints the table. The images are scikit-learn's digits (other writers, another country), MNIST *test* images written
otherwise, and our own strokes by an unsteady hand; none of them is ever trained on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cnn_core.data.datasets.catalog import DEFAULT_DATASET, OFFLINE_DATASET
from cnn_core.data.datasets.load import load_dataset
from cnn_core.data.handwriting import redraw as written
from cnn_core.data.handwriting.examples import DIGIT_STROKES
from cnn_core.data.ink import centre_ink
from cnn_core.data.photo.image_file import read_ink
from cnn_core.experiment.preprocess import prepare_ink

if TYPE_CHECKING:
    from cnn_core.inspection.model.probe import Probe

SEED = 7
MNIST_IMAGES = 1000
HANDS_PER_DIGIT = 40
OTHER_WRITERS: dict[str, tuple[written.Redraw, ...]] = {
    "8×8 grey": (),
    "16×16, two levels": (written.scan(16),),
    "16×16, two levels, filling the box": (written.scan(16, fills=True),),
    "32×32, two levels": (written.scan(32),),
}
MNIST_OTHERWISE: dict[str, tuple[written.Redraw, ...]] = {
    "thin pen": (written.pen(-0.75),),
    "thick pen": (written.pen(1.25),),
    "slanted up to 25°": (written.slant(25),),
    "turned up to 20°": (written.turn(20),),
    "stretched up to 40 %": (written.stretch(0.4),),
    "off centre": (written.off_centre,),
    "inverted": (written.invert,),
    "tiny": (written.resize(14),),
    "huge": (written.resize(600),),
    "16×16, two levels": (written.scan(16),),
    "16×16, two levels, filling the box": (written.scan(16, fills=True),),
    "32×32, two levels": (written.scan(32),),
    "faint": (written.faint,),
    "photographed": (written.on_paper,),
    "marker, slanted, photographed": (
        written.pen(1),
        written.slant(20),
        lambda ink, rng: ink[::4, ::4],
        written.on_paper,
    ),
}


@dataclass(frozen=True)
class HandwritingSet:
    """`pictures` uint8 gray, of any size and either way round; `labels` int64 (N,).

    `of_mnist`: the hand is one of MNIST's test images, only pen, sheet or scanner are others.
    """

    name: str
    pictures: list[np.ndarray]
    labels: np.ndarray
    of_mnist: bool = False

    @cached_property
    def inks(self) -> list[np.ndarray]:
        """Network inputs float32 (28, 28) of each set, cached as they are equal for all networks."""
        return [centre_ink(read_ink(_as_file(picture))) for picture in self.pictures]


@dataclass(frozen=True)
class Reading:
    """`accuracy` is a fraction of `images`."""

    name: str
    images: int
    accuracy: float
    of_mnist: bool = False


def list_sets(mnist_images: int = MNIST_IMAGES) -> Iterator[HandwritingSet]:
    """All sets, always the same images. Raises `DataError` where MNIST can't be had."""
    digits = load_dataset(OFFLINE_DATASET)
    images = np.concatenate([digits.x_train, digits.x_test])[..., 0]
    yield from _redraw_all(
        "scikit-learn's digits", images, np.concatenate([digits.y_train, digits.y_test]), OTHER_WRITERS
    )
    mnist = load_dataset(DEFAULT_DATASET)
    yield from _redraw_all("MNIST", mnist.x_test[:mnist_images, ..., 0], mnist.y_test[:mnist_images], MNIST_OTHERWISE)
    rng = np.random.default_rng(SEED)
    labels = np.repeat(list(DIGIT_STROKES), HANDS_PER_DIGIT)
    yield HandwritingSet("our strokes", [written.write_strokes(DIGIT_STROKES[int(i)], rng) for i in labels], labels)


def read_handwriting(probe: Probe, sets: Iterable[HandwritingSet]) -> Iterator[Reading]:
    """Accuracy on each set; an image without detected ink counts as an error."""
    for one in sets:
        inputs = np.concatenate([prepare_ink(ink, probe.experiment) for ink in one.inks])
        seen = np.array([ink.any() for ink in one.inks])
        right = (probe.predict_inputs(inputs).argmax(axis=1) == one.labels) & seen
        yield Reading(one.name, len(right), float(right.mean()), one.of_mnist)


def compute_mean(readings: list[Reading]) -> float:
    """Mean of the accuracies of the sets, weighted equally."""
    return float(np.mean([reading.accuracy for reading in readings]))


def format_table(by_run: dict[str, list[Reading]]) -> str:
    """Markdown: a row for each set, a column for each run, and the means: of other hands alone, and of all sets."""
    runs = list(by_run)
    lines = [f"| pictures | images | {' | '.join(runs)} |", "|---|---:|" + "---:|" * len(runs)]
    for row in zip(*by_run.values(), strict=True):
        lines.append(f"| {row[0].name} | {row[0].images:,} | {' | '.join(f'{x.accuracy:.4f}' for x in row)} |")
    others = [[reading for reading in readings if not reading.of_mnist] for readings in by_run.values()]
    for name, columns in (("mean without MNIST's", others), ("mean", by_run.values())):
        lines.append(f"| **{name}** | | {' | '.join(f'**{compute_mean(column):.4f}**' for column in columns)} |")
    return "\n".join(lines)


def _as_file(picture: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _redraw_all(
    source: str, images: np.ndarray, labels: np.ndarray, ways: dict[str, tuple[written.Redraw, ...]]
) -> Iterator[HandwritingSet]:
    for name, redraws in ways.items():
        rng = np.random.default_rng(SEED)
        pictures = list(images)
        for redraw in redraws:
            pictures = [redraw(picture, rng) for picture in pictures]
        yield HandwritingSet(f"{source}, {name}", pictures, labels, of_mnist=source == "MNIST")
