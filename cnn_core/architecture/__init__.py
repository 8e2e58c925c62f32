"""Architectures: specs, their anatomy, and the Keras model built from them."""

from cnn_core.architecture.anatomy import Anatomy, LayerAnatomy, compute_anatomy, format_shape
from cnn_core.architecture.builder import build_model
from cnn_core.architecture.layers import LayerSpec
from cnn_core.architecture.spec import ArchitectureSpec

__all__ = [
    "Anatomy",
    "ArchitectureSpec",
    "LayerAnatomy",
    "LayerSpec",
    "build_model",
    "compute_anatomy",
    "format_shape",
]
