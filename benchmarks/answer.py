"""A drawing to its answer, inside one process."""

from __future__ import annotations

import os
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.pairs import Pairs, clock
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from cnn_core.data.ink import centre_ink
from cnn_core.experiment.preprocess import prepare_ink
from cnn_core.inspection import LayerOutput, load_probe
from cnn_core.runs.store import DEFAULT_RUN, RunStore

OTHERS = ("R3", "R5", "dense-baseline")  # beside the default one: four at once, as many as Draw takes
_WARM_UP = 5


def measure_answer(pairs: int) -> list[Pairs]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    with TemporaryDirectory(prefix="cnn-lab-benchmark-") as name:
        store = RunStore(Path(name))
        run = store.find(DEFAULT_RUN)
        probes = [load_probe(store.find(short).folder) for short in (DEFAULT_RUN, *OTHERS)]
    probe = probes[0]
    model = keras.saving.load_model(run.folder.model_path, compile=False)
    peer_name = "centre_ink + model.predict"
    answer = Pairs("drawing to answer", "centre_ink + predict_ink", peer_name, target_ms=10.0)
    layers = Pairs("drawing to all layers", "centre_ink + inspect_ink", peer_name, target_ms=10.0)
    four = Pairs("drawing to four models' answers", "4 × (centre_ink + predict_ink)", peer_name, target_ms=12.0)

    def by_keras(ink: np.ndarray) -> np.ndarray:
        return np.asarray(model.predict(prepare_ink(centre_ink(ink), probe.experiment), verbose=0))

    def by_probe(ink: np.ndarray) -> np.ndarray:
        return probe.predict_ink(centre_ink(ink))

    def all_layers(ink: np.ndarray) -> list[LayerOutput]:
        return probe.inspect_ink(centre_ink(ink))

    def by_four(ink: np.ndarray) -> list[np.ndarray]:
        return [each.predict_ink(centre_ink(ink)) for each in probes]  # as the page does it

    drawings = [draw_strokes(strokes) for strokes in DIGIT_STROKES.values()]
    for index, ink in enumerate(islice(cycle(drawings), _WARM_UP + pairs)):
        peer, predicted, inspected = clock(by_keras, ink), clock(by_probe, ink), clock(all_layers, ink)
        answered = clock(by_four, ink)
        if index >= _WARM_UP:
            answer.add(peer, predicted)
            layers.add(peer, inspected)
            four.add(peer, answered)
    return [answer, layers, four]
