"""Encodes an experiment in a URL and decodes it; any invalid link raises `SpecError`."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any

from pydantic import ValidationError

from cnn_core.errors import NewerVersion, SpecError, explain_validation
from cnn_core.experiment import Experiment

_VERSION = "1"
_BYTES_AT_MOST = 200_000  # of JSON; 200 layers with every field set need 60,000


def encode_link(experiment: Experiment) -> str:
    """Letters, digits, "-" and "_" after a version and a dot; what has its default value is left out."""
    data = experiment.model_dump(mode="json", exclude_defaults=True)
    layers = experiment.architecture.layers
    data["architecture"]["layers"] = [{"kind": x.kind_name(), **x.model_dump(exclude_defaults=True)} for x in layers]
    for name in data.get("training", {}).keys() & {"optimizer", "schedule"}:
        data["training"][name]["kind"] = getattr(experiment.training, name).kind
    packed = zlib.compress(json.dumps(data, separators=(",", ":")).encode(), level=9)
    return f"{_VERSION}.{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def decode_link(text: str) -> Experiment:
    """The experiment of a link. Raises `SpecError` for one that is damaged, hostile or of a newer version."""
    version, _, packed = text.partition(".")
    if version != _VERSION or not packed:
        if version.isascii() and version.isdigit() and packed:
            raise SpecError("This link was made by a newer version of CNN Lab. Update yours, then open it again.")
        raise SpecError("This link is not a design. Copy it again, whole.")
    data = _unpack(packed)
    try:
        return Experiment.model_validate(data)
    except NewerVersion as error:
        raise SpecError(
            "This link was made by a newer version of CNN Lab. Update yours, then open it again."
        ) from error
    except ValidationError as error:
        raise SpecError(
            "This link holds a design that can't be read: {what}.", what=explain_validation(error)
        ) from error
    except RecursionError as error:
        raise SpecError("This link is damaged. Copy it again, whole.") from error


def _unpack(packed: str) -> Any:
    try:
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(raw, _BYTES_AT_MOST)
        if unpacker.unconsumed_tail or unpacker.unused_data or not unpacker.eof:
            raise SpecError("This link is cut short or too long. Copy it again, whole.")
        return json.loads(content)
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        raise SpecError("This link is damaged. Copy it again, whole.") from error
