"""Days off that the plant file does not know, as a condition of their own: told once, nobody's waste."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from alerts.conditions import PLANT_STILL, infrastructure_condition
from analytics.calendar import holidays_of
from analytics.drift.memory import Memory
from analytics.standstill import Standstill, standstill, used_per_day
from app.memories import Kept, memories
from domain.alert import Condition
from domain.baseline import Severity
from domain.plant import Plant
from domain.ports import Ledger

#: how often it is looked at what is known of yesterday
LOOKED_EVERY = timedelta(minutes=15)


class Standstills:
    """Says whether the plant stood still yesterday, from what the judge remembers of every stream."""

    def __init__(self, plant: Plant, ledger: Ledger) -> None:
        self._plant = plant
        self._days = Kept(lambda: [*map(self._used, memories(plant, ledger).values())], LOOKED_EVERY)

    def conditions(self, now: datetime) -> tuple[Condition, ...]:
        """Return the condition that the plant stood still up to yesterday, if it did.

        Raises:
            LedgerError: the ledger is away.
        """
        yesterday = yesterday_of(self._plant, now)
        found = standstill(self._days.at(now), yesterday, days_off(self._plant, yesterday))
        return () if found is None else (still_condition(self._plant, found),)

    def _used(self, memory: Memory) -> dict[date, float]:
        return used_per_day(memory.days, self._plant.timezone)


def yesterday_of(plant: Plant, now: datetime) -> date:
    """Return the last local day that is over."""
    return now.astimezone(plant.timezone).date() - timedelta(days=1)


def days_off(plant: Plant, last: date) -> frozenset[date]:
    """Return the holidays and closures of the plant file up to a day, of the last three months."""
    days = [last - timedelta(days=number) for number in range(92)]
    known = holidays_of(plant, {day.year for day in days})
    return frozenset(
        day for day in days if day in known or any(first <= day <= end for first, end in plant.closed)
    )


def still_condition(plant: Plant, found: Standstill) -> Condition:
    """Return the condition of a standstill; it explains what is faint and was found because of it."""
    since = datetime.combine(found.first, time(), plant.timezone)
    until = datetime.combine(found.last + timedelta(days=1), time(), plant.timezone)
    facts = {
        "problem": PLANT_STILL, "text": "", "stood": found.stood, "judged": found.judged,
        "until": until.isoformat(), "direction": "",
    }  # fmt: skip
    return replace(infrastructure_condition(PLANT_STILL, since, facts), severity=Severity.INFO, hold_s=0.0)
