"""What a run's events tell: evidence, what is wrong, and why. `cnn_core.diagnosis.diagnose` is what others call.

evidence: means over enough images · failures: it does not learn · causes: why not · symptoms: it learns, but …
· generalization: training images against watched ones.
"""

from __future__ import annotations

from typing import Any

# A code, what its sentence needs, and the epoch since when; or None where nothing is wrong.
Finding = tuple[str, dict[str, Any], int | None] | None
