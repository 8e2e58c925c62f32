"""Exceptions that NumPy raises for a damaged .npz file."""

from __future__ import annotations

import zipfile
import zlib

UNREADABLE_NPZ = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,  # an encrypted member; NotImplementedError, an unknown compression, is one too
    AttributeError,  # a single array under an .npz name
    TypeError,
    MemoryError,  # a header that claims more than there is
    RecursionError,  # nested JSON in a checkpoint
)
