"""The four steps from a photo to digits."""

from __future__ import annotations

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from cnn_core.data.photo.pipeline import PhotoSteps
from ui.text import join_sentences, text

_WIDTH = 250
_IGNORED = "#9a9a9a"


def render_photo_steps(steps: PhotoSteps, color: str) -> None:
    """The image, the paper evened out, its ink, and boxes around the digits found and, in gray, around ignored ink."""
    pictures = {
        "photo": _picture(steps.grey),
        "even": _picture(steps.evened),
        "ink": _picture(255 - 255 * steps.ink),
        "found": _with_boxes(steps, color),
    }
    with st.container(horizontal=True, gap="small"):
        for name, picture in pictures.items():
            with st.container(width=_WIDTH, gap="xxsmall"):
                st.markdown(f"**{text(f'photo.step_{name}')}**")
                st.image(picture, width="stretch")
    sentences = [text("photo.was_even" if steps.was_even else "photo.was_uneven")]
    if steps.light_on_dark:
        sentences.append(text("photo.was_light"))
    st.caption(join_sentences(sentences))


def _picture(values: np.ndarray) -> Image.Image:
    """(H, W), 0–255, at most twice as large as it is shown."""
    image = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    if max(image.size) < _WIDTH:
        scale = -(-_WIDTH // max(image.size))
        return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    image.thumbnail((2 * _WIDTH, 2 * _WIDTH))
    return image


def _with_boxes(steps: PhotoSteps, color: str) -> Image.Image:
    image = _picture(255 - 255 * steps.ink).convert("RGB")
    scale = image.width / steps.ink.shape[1]
    pen = ImageDraw.Draw(image)
    for ignored in steps.detected.ignored:
        corners = [round(side * scale) for side in (ignored.left, ignored.top, ignored.right, ignored.bottom)]
        pen.rectangle((corners[0] - 3, corners[1] - 3, corners[2] + 2, corners[3] + 2), outline=_IGNORED, width=2)
    for place, digit in enumerate(steps.digits, start=1):
        box = digit.box
        corners = [round(side * scale) for side in (box.left, box.top, box.right, box.bottom)]
        pen.rectangle((corners[0] - 3, corners[1] - 3, corners[2] + 2, corners[3] + 2), outline=color, width=3)
        if len(steps.digits) > 1:
            pen.text((corners[0], max(0, corners[1] - 22)), str(place), fill=color, font_size=18)
    return image
