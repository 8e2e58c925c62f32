"""TensorBoard event file with explicit time and step per entry.

`tf.summary.scalar` and the like need the TensorBoard package since TensorFlow 2.21, and `tf.summary.write` gives every
entry the present time (decision 30). So TensorFlow's `Event` messages are filled here, and its record writer writes
them.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

_BINS = 30


class EventFile:
    """Each call appends one entry: `time` in seconds since 1970, `step` what the chart's axis counts."""

    def __init__(self, folder: Path, name: str, time: float) -> None:
        import tensorflow as tf

        self._tf = tf
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tf.io.TFRecordWriter(str(folder / f"events.out.tfevents.{int(time)}.{name}"))
        self._write(wall_time=time, file_version="brain.Event:2")

    def __enter__(self) -> EventFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add_scalar(self, tag: str, value: float | None, step: int, time: float) -> None:
        """Nothing for None: a gap in the curve."""
        if value is not None:
            self._add(step, time, tag=tag, simple_value=value)

    def add_image(self, tag: str, pixels: np.ndarray, step: int, time: float) -> None:
        """uint8 (H, W) or (H, W, 3)."""
        from PIL import Image

        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        height, width = pixels.shape[:2]
        image = self._tf.compat.v1.Summary.Image(
            height=height,
            width=width,
            colorspace=1 if pixels.ndim == 2 else 3,
            encoded_image_string=buffer.getvalue(),
        )
        self._add(step, time, tag=tag, image=image)

    def add_histogram(self, tag: str, values: np.ndarray, step: int, time: float) -> None:
        """Of the finite values; nothing where there are none."""
        finite = values[np.isfinite(values)].astype(np.float64)
        if not finite.size:
            return
        counts, edges = np.histogram(finite, bins=_BINS)
        histogram = self._tf.compat.v1.HistogramProto(
            min=finite.min(),
            max=finite.max(),
            num=finite.size,
            sum=finite.sum(),
            sum_squares=np.square(finite).sum(),
            bucket_limit=edges[1:],
            bucket=counts,
        )
        self._add(step, time, tag=tag, histo=histogram)

    def add_text(self, tag: str, markdown: str, step: int, time: float) -> None:
        metadata = {"plugin_data": {"plugin_name": "text"}}
        tensor = self._tf.make_tensor_proto([markdown.encode()])
        self._add(step, time, tag=tag, metadata=metadata, tensor=tensor)

    def _add(self, step: int, time: float, **value: Any) -> None:
        self._write(wall_time=time, step=step, summary={"value": [value]})

    def _write(self, **event: Any) -> None:
        self._file.write(self._tf.compat.v1.Event(**event).SerializeToString())
