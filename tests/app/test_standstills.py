"""What is known of the plant as a whole, from the judge's snapshots in a real ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.conditions import LATELY, LEANING, PLANT_STILL
from analytics.drift.memory import Day, Hour, Sums
from analytics.drift.state import STATE_FORMAT, dump, fresh_state
from app.leanings import leanings_of
from app.standstills import LOOKED_EVERY, Standstills, days_off
from domain.hotspot import Snapshot
from domain.plant import Plant
from store.ledger import SqlLedger
from tests.alerts.builders import a_condition, a_hotspot_condition, a_meter, a_plant
from tests.analytics.drift_builders import a_baseline

#: Thursday 07:10 in Hanoi; the plant stood still on Wednesday the 23rd
NOW = datetime(2026, 9, 24, 0, 10, tzinfo=UTC)
MIDNIGHT = datetime(2026, 9, 22, 17, tzinfo=UTC)


def a_works(**changes: object) -> Plant:
    meters = [a_meter(f"m{number}", process=name) for number, name in enumerate(PROCESSES)]
    return a_plant(*meters, **changes)


PROCESSES = ("dye_line_1", "dye_line_2", "boiler", "drying")


def used(hours: int, rate: float, excess: float) -> list[Hour]:
    """Return the last hours before NOW, the oldest first."""
    first = NOW.replace(minute=0) - timedelta(hours=hours)
    starts = [int((first + timedelta(hours=number)).timestamp() * 1e6) for number in range(hours)]
    return [Hour(start, 0, False, "", Sums(1.0, excess, rate)) for start in starts]


def test_a_young_hotspot_says_how_much_of_the_plant_leans_its_way() -> None:
    plant = a_works()
    ledger = SqlLedger("sqlite://")
    ledger.migrate()
    with ledger.begin() as tx:
        for (process, resource), excess in zip(plant.streams(), (4.0, 3.0, 3.0, 0.0), strict=True):
            state = fresh_state(a_baseline())
            state.memory.hours = used(5, 10.0, excess)
            tx.save_snapshot(Snapshot(process, resource, NOW, 1, STATE_FORMAT, dump(state)))
    leanings = leanings_of(plant, ledger)
    process, resource = plant.streams()[0]
    young = a_hotspot_condition(process=process, resource=resource, since=NOW - timedelta(hours=3))
    assert leanings.said(young, NOW).facts[LEANING] == 0.67
    old = replace(young, since=NOW - timedelta(hours=13))
    stuck = replace(young, facts={**young.facts, "hotspot_kind": "stuck_meter"})
    assert leanings.said(young, NOW).facts[LATELY] == 40.0
    assert LEANING not in leanings.said(old, NOW).facts
    for other in (stuck, a_condition()):
        assert leanings.said(other, NOW) == other


def a_ledger(plant: Plant, rate: float, days: int = 30, version: int = STATE_FORMAT) -> SqlLedger:
    """Return a ledger in which every stream used 100 an hour, and `rate` on the last day."""
    ledger = SqlLedger("sqlite://")
    ledger.migrate()
    with ledger.begin() as tx:
        for process, resource in plant.streams():
            state = fresh_state(a_baseline())
            for number in range(days, -1, -1):
                at = MIDNIGHT - timedelta(days=number)
                used = (rate if number == 0 else 100.0) * 24.0
                state.memory.days.append(Day(int(at.timestamp() * 1e6), True, Sums(24.0, 0.0, used), {}))
            tx.save_snapshot(Snapshot(process, resource, NOW, 1, version, dump(state)))
    return ledger


def test_yesterdays_standstill_is_a_condition_that_says_when_and_where_to_look() -> None:
    plant = a_works()
    (condition,) = Standstills(plant, a_ledger(plant, 20.0)).conditions(NOW)
    assert (condition.key, condition.since) == (PLANT_STILL, MIDNIGHT)
    assert (condition.facts["stood"], condition.facts["judged"]) == (4, 4)
    assert condition.facts["until"] == "2026-09-24T00:00:00+07:00"


@pytest.mark.parametrize(("rate", "version"), [(80.0, STATE_FORMAT), (20.0, STATE_FORMAT - 1)])
def test_a_plant_that_ran_and_a_state_of_another_version_say_nothing(rate: float, version: int) -> None:
    plant = a_works()
    assert Standstills(plant, a_ledger(plant, rate, version=version)).conditions(NOW) == ()


def test_a_holiday_of_the_plant_file_says_nothing() -> None:
    day = MIDNIGHT.astimezone(a_plant().timezone).date()
    plant = a_works(extra_holidays=frozenset({day}))
    assert day in days_off(plant, day)
    assert Standstills(plant, a_ledger(plant, 20.0)).conditions(NOW) == ()


def test_it_is_over_when_the_next_day_is_and_is_looked_at_now_and_then_only() -> None:
    plant = a_works()
    ledger = a_ledger(plant, 20.0)
    stills = Standstills(plant, ledger)
    assert stills.conditions(NOW)
    ledger.close()  # whoever asks it now fails
    assert stills.conditions(NOW + LOOKED_EVERY / 2)
    again = Standstills(plant, a_ledger(plant, 20.0))
    assert again.conditions(NOW)
    assert again.conditions(NOW + timedelta(days=1)) == ()
