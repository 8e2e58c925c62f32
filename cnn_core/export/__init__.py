"""Exports: Keras script, notebook, link, model files."""

from cnn_core.export.link import decode_link, encode_link
from cnn_core.export.script import write_notebook, write_script

__all__ = ["decode_link", "encode_link", "write_notebook", "write_script"]
