"""Reading `.npz` and other zip archives from anyone.

Sizes are read from headers before anything is decompressed, so a small file can't fill the memory.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import IO

import numpy as np

MOST_BYTES = 4 * 2**30  # of all arrays of a file of a run; a checkpoint holds the weights about three times
_MOST_MEMBERS = 20_000

UNREADABLE_ZIP = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,  # an encrypted member; NotImplementedError, an unknown compression, is one too
    AttributeError,
    TypeError,
    MemoryError,
    RecursionError,
)


class UnreadableNpz(ValueError):
    """An `.npz` file that is missing, damaged, too large, or not what its headers claim."""


def read_npz(path: Path, names: Collection[str] | None = None, most_bytes: int = MOST_BYTES) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` file by name, in the order of their names; those in `names` only, if given.

    Raises `UnreadableNpz`, also for arrays of Python objects and for more than `most_bytes` when decompressed.

    Example:
        >>> read_npz(folder.predictions_path, ("labels",))["labels"].shape
        (10000,)
    """
    try:
        with open_zip(path, most_bytes) as archive:
            members = {name.removesuffix(".npy"): name for name in archive.namelist() if name.endswith(".npy")}
            wanted = sorted(members) if names is None else [name for name in names if name in members]
            return {name: _read_array(archive, members[name]) for name in wanted}
    except UNREADABLE_ZIP as error:
        raise UnreadableNpz(f"{path.name}: {error}") from error


def open_zip(path: Path, most_bytes: int = MOST_BYTES) -> zipfile.ZipFile:
    """An archive whose members have at most `most_bytes` together. Raises one of `UNREADABLE_ZIP`."""
    archive = zipfile.ZipFile(path)
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > most_bytes:
        archive.close()
        raise zipfile.BadZipFile("it is too large when decompressed")
    return archive


def read_array_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, Fortran order and type of the array that begins here, without reading it. Raises `ValueError`."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran_order, dtype = read(file)
    if dtype.hasobject or any(side < 0 for side in shape):
        raise ValueError("not an array of numbers")
    return shape, fortran_order, dtype


def _read_array(archive: zipfile.ZipFile, member: str) -> np.ndarray:
    with archive.open(member) as file:
        shape, _, dtype = read_array_header(file)
        if math.prod(shape) * dtype.itemsize != archive.getinfo(member).file_size - file.tell():
            raise ValueError("its header claims another size")
    with archive.open(member) as file:
        array: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
        return array
