"""Silent meters while a store, the plant or our clock is in trouble."""

from __future__ import annotations

import pytest

from alerts.conditions import infrastructure_conditions
from alerts.machine import Rules
from alerts.silence import listening, silent_conditions
from domain.alert import Condition
from tests.alerts.builders import NOW, a_meter, a_plant, after
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.timetable import Timetable


class Yard:
    """A plant whose meters speak unless they are told to be quiet, and a store that may be away."""

    def __init__(self, count: int, every_s: float = 10) -> None:
        self.plant = a_plant(*(a_meter(f"m{number}", every_s=every_s) for number in range(count)))
        self.ledger = MemoryLedger()
        self.quiet: dict[str, tuple[float, float]] = {}
        self.away: tuple[float, float] = (-1, -1)
        self.last = dict.fromkeys(self.plant.meters, NOW)
        self.is_readable = True  # else silence is not judged at all while the store is away

    def holds(self, at_s: float) -> list[Condition]:
        is_away = self.away[0] <= at_s < self.away[1]
        for name in self.plant.meters:
            start, end = self.quiet.get(name, (-1.0, -1.0))
            if not is_away and not start <= at_s < end:
                self.last[name] = after(at_s)
        with self.ledger.begin() as tx:
            heard = listening(tx.alerts(), NOW, after(at_s))
        problems = [("store", "503")] if is_away else []
        silent = silent_conditions(dict(self.last), self.plant, after(at_s), heard)
        if is_away and not self.is_readable:
            silent = []
        return [*silent, *infrastructure_conditions(problems, after(at_s))]

    def day(self, rules: Rules | None = None) -> Timetable:
        return Timetable(self.holds, rules or Rules(keep_s=60), ledger=self.ledger)


@pytest.mark.fault(36)
def test_a_silent_meter_is_told_within_twice_its_period_and_again_when_it_is_back() -> None:
    yard = Yard(10, every_s=60)
    yard.quiet = {"m3": (300, 1000)}
    told = yard.day().run(2000)
    assert [(event, key) for _, event, key in told] == [("firing", "silent/m3"), ("resolved", "silent/m3")]
    fired, resolved = told[0][0], told[1][0]
    assert fired - 290 <= 120
    assert resolved == 1000 + 60


def test_a_database_outage_is_one_alert_and_not_one_per_meter() -> None:
    yard = Yard(1000)
    yard.away = (100, 700)
    assert [(event, key) for _, event, key in yard.day().run(1500)] == [
        ("firing", "store"),
        ("resolved", "store"),
    ]


def test_the_whole_plant_silent_is_one_alert_and_slow_returners_are_not_told() -> None:
    yard = Yard(50)
    yard.quiet = {name: (100.0, 600.0 + index) for index, name in enumerate(yard.plant.meters)}
    assert [(event, key) for _, event, key in yard.day().run(1500)] == [
        ("firing", "plant_silent"),
        ("resolved", "plant_silent"),
    ]


def test_a_meter_that_stays_silent_after_the_outage_is_told_then() -> None:
    yard = Yard(20)
    yard.away, yard.quiet = (100, 400), {"m7": (100.0, 1e9)}
    told = yard.day().run(1500)
    assert [(event, key) for _, event, key in told] == [
        ("firing", "store"),
        ("resolved", "store"),
        ("firing", "silent/m7"),
    ]


@pytest.mark.parametrize("is_readable", [True, False])
def test_a_meter_already_silent_is_neither_resolved_nor_told_again_by_an_outage(is_readable: bool) -> None:
    yard = Yard(20)
    yard.is_readable = is_readable
    yard.quiet, yard.away = {"m7": (50.0, 5000.0)}, (1000, 3000)
    assert [(event, key) for _, event, key in yard.day().run(6000)] == [
        ("firing", "silent/m7"),
        ("firing", "store"),
        ("resolved", "store"),
        ("resolved", "silent/m7"),
    ]


@pytest.mark.fault(24)
def test_a_clock_that_jumps_an_hour_for_one_evaluation_makes_no_meter_silent() -> None:
    plant, ledger = a_plant(*(a_meter(f"m{number}") for number in range(20))), MemoryLedger()

    def jumping(at_s: float) -> list[Condition]:
        now = after(at_s + (3600 if 100 <= at_s < 110 else 0))
        with ledger.begin() as tx:
            heard = listening(tx.alerts(), NOW, now)
        return silent_conditions(dict.fromkeys(plant.meters, after(at_s)), plant, now, heard)

    assert Timetable(jumping, ledger=ledger).run(900) == []
