"""Queue of runs: one empty file each in `.queue`, named by position, owner and run.

The process that removes a ticket starts the run; the file system lets only one do so.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

FOLDER = ".queue"


@dataclass(frozen=True, order=True)
class Ticket:
    """Entry of the queue: `place` is its position, `owner` the round-robin key."""

    place: int
    owner: str
    run_id: str

    @property
    def file_name(self) -> str:
        return f"{self.place:020d}~{self.owner}~{self.run_id}"


class Queue:
    """Queue shared by all processes that use the same runs folder."""

    def __init__(self, runs_dir: Path) -> None:
        self._dir = runs_dir / FOLDER

    def add(self, run_id: str, owner: str = "") -> None:
        """Appends a run to the queue."""
        self._dir.mkdir(parents=True, exist_ok=True)
        owner = re.sub(r"[^A-Za-z0-9_.-]", "", owner)[:40]
        (self._dir / Ticket(time.time_ns(), owner, run_id).file_name).touch()

    def waiting(self) -> list[Ticket]:
        """Tickets in queue order."""
        try:
            names = sorted(path.name for path in self._dir.iterdir())
        except OSError:  # no one has waited yet, or it can't be read
            return []
        parts = (name.split("~", 2) for name in names)
        return [Ticket(int(p[0]), p[1], p[2]) for p in parts if len(p) == 3 and p[0].isdigit()]

    def find(self, run_id: str) -> Ticket | None:
        return next((ticket for ticket in self.waiting() if ticket.run_id == run_id), None)

    def take(self, ticket: Ticket) -> bool:
        """Takes a ticket; True for exactly one caller."""
        try:
            (self._dir / ticket.file_name).unlink()
        except OSError:  # another one was quicker, or no one may write here
            return False
        return True

    def move(self, run_id: str, places: int) -> None:
        """Moves a ticket earlier (negative) or later among those of its owner, up to the ends."""
        ticket = self.find(run_id)
        if ticket is None or not places:
            return
        line = [t for t in self.waiting() if t.owner == ticket.owner]
        index = line.index(ticket)
        target = min(max(index + places, 0), len(line) - 1)
        line.insert(target, line.pop(index))
        freed = sorted(t.place for t in line)  # the owner's own places are dealt out again: no one else moves
        for place, entry in zip(freed, line, strict=True):
            self._rename(entry, Ticket(place, entry.owner, entry.run_id))

    def _rename(self, old: Ticket, new: Ticket) -> None:
        if old == new:
            return
        try:
            (self._dir / old.file_name).rename(self._dir / new.file_name)
        except FileNotFoundError:  # taken this moment
            return


def fair_order(
    tickets: Iterable[Ticket], running: Counter[str], served: Mapping[str, int] = MappingProxyType({})
) -> list[Ticket]:
    """Round-robin by owner: those with the fewest running or earlier tickets first, then the one served longest ago.

    `served` grows with every run that is started: an owner's number in it, 0 for no one's turn yet.
    """
    before = Counter(running)
    ranked = []
    for ticket in tickets:
        ranked.append((before[ticket.owner], served.get(ticket.owner, 0), ticket))
        before[ticket.owner] += 1
    return [ticket for _, _, ticket in sorted(ranked)]
