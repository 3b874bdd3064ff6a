"""Whether a young hotspot is the plant's rather than its process's: how much of the plant leans its way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.conditions import LATELY, LEANING
from analytics.leaning import HourUse, Stream, hours_of, lately_share, share_leaning
from app.memories import Kept, memories
from domain.alert import Condition
from domain.hotspot import HotspotKind
from domain.plant import Plant
from domain.ports import Ledger

#: an older one has had its time: whatever moves the plant was seen by then
YOUNG = timedelta(hours=12)
LATE = timedelta(hours=24)
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
        """Return the condition; a hotspot of the judge's says what it came to in the last 24 hours.

        A young one also says how much of the plant leans its way.

        Raises:
            LedgerError: the ledger is away.
        """
        facts = condition.facts
        direction = _DIRECTIONS.get(HotspotKind(kind)) if (kind := facts.get("hotspot_kind")) else None
        if direction is None:
            return condition
        own, hours = (str(facts["process"]), str(facts["resource"])), self._hours(now)
        usual = float(facts.get("expected_per_hour") or 0.0)
        lately = lately_share(hours.get(own, ()), _us(now - LATE), direction, usual)
        said = {} if lately is None else {LATELY: round(100.0 * lately, 1)}
        if now - condition.since <= YOUNG:
            share = share_leaning(hours, own, _us(condition.since), direction)
            said |= {} if share is None else {LEANING: round(share, 2)}
        return replace(condition, facts={**facts, **said})


def _us(at: datetime) -> int:
    return int(at.timestamp() * 1e6)


def leanings_of(plant: Plant, ledger: Ledger) -> Leanings:
    """Return what asks the judge's memory in the ledger."""

    def hours() -> dict[Stream, list[HourUse]]:
        return {name: hours_of(memory.hours) for name, memory in memories(plant, ledger).items()}

    return Leanings(Kept(hours, LOOKED_EVERY).at)
