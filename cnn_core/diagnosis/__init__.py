"""Diagnosis of runs from their events. The entry point is `cnn_core.diagnosis.diagnose`.

evidence: means over enough images · failures: it does not learn · causes: why not · symptoms: it learns, but …
· generalization: training images against watched ones.
"""

from __future__ import annotations

from typing import Any

# A code, what its sentence needs, and the epoch since when; or None where nothing is wrong.
Finding = tuple[str, dict[str, Any], int | None] | None
