"""Whether a young hotspot is the plant's rather than its process's: how much of the plant leans its way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.conditions import LEANING
from analytics.leaning import HourUse, Stream, hours_of, share_leaning
from app.memories import Kept, memories
from domain.alert import Condition
from domain.hotspot import HotspotKind
from domain.plant import Plant
from domain.ports import Ledger

#: an older one has had its time: whatever moves the plant was seen by then
YOUNG = timedelta(hours=12)
LOOKED_EVERY = timedelta(minutes=5)
_DIRECTIONS = {HotspotKind.DRIFT: 1, HotspotKind.UNDER_CONSUMPTION: -1}
Hours = Callable[[datetime], Mapping[Stream, Sequence[HourUse]]]


class Leanings:
    """Says of each condition how much of the plant leans its way, where that can be asked."""

    def __init__(self, hours: Hours) -> None:
        """Prepare.

        Args:
            hours: what is known of every stream's hours at an instant.
        """
        self._hours = hours

    def said(self, condition: Condition, now: datetime) -> Condition:
        """Return the condition; a young hotspot says how much of the plant leans its way.

        Raises:
            LedgerError: the ledger is away.
        """
        facts = condition.facts
        direction = _DIRECTIONS.get(HotspotKind(kind)) if (kind := facts.get("hotspot_kind")) else None
        if direction is None or now - condition.since > YOUNG:
            return condition
        own = str(facts["process"]), str(facts["resource"])
        share = share_leaning(self._hours(now), own, int(condition.since.timestamp() * 1e6), direction)
        return condition if share is None else replace(condition, facts={**facts, LEANING: round(share, 2)})


def leanings_of(plant: Plant, ledger: Ledger) -> Leanings:
    """Return what asks the judge's memory in the ledger."""

    def hours() -> dict[Stream, list[HourUse]]:
        return {name: hours_of(memory.hours) for name, memory in memories(plant, ledger).items()}

    return Leanings(Kept(hours, LOOKED_EVERY).at)
