"""What the judge remembers of every stream, from its snapshots in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import msgspec

from analytics.drift.memory import Memory
from analytics.drift.state import STATE_FORMAT, load
from domain.plant import Plant
from domain.ports import Ledger

Seen = TypeVar("Seen")
Stream = tuple[str, str]


def memories(plant: Plant, ledger: Ledger) -> dict[Stream, Memory]:
    """Return the memory of each stream that has one of this version.

    Raises:
        LedgerError: the ledger is away.
    """
    with ledger.begin() as tx:
        snapshots = {stream: tx.snapshot(*stream) for stream in plant.streams()}
    found = {}
    for stream, snapshot in snapshots.items():
        if snapshot is not None and snapshot.format == STATE_FORMAT:
            try:
                found[stream] = load(snapshot.state).memory
            except msgspec.DecodeError:
                continue  # another version's: the judge starts afresh there, and so do we
    return found


class Kept(Generic[Seen]):
    """Something that is looked at now and then only, on the clock that is given."""

    def __init__(self, look: Callable[[], Seen], every: timedelta) -> None:
        self._look, self._every = look, every
        self._at: datetime | None = None
        self._seen: Seen | None = None

    def at(self, now: datetime) -> Seen:
        """Return what was seen lately, or look again."""
        if self._seen is None or self._at is None or not timedelta(0) <= now - self._at < self._every:
            self._seen, self._at = self._look(), now
        return self._seen
