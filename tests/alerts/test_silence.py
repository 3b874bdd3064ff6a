"""Who is silent, and when the silence of many is one trouble."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from alerts.silence import Listening, gone, listening, silent_conditions
from domain.alert import AlertKind, AlertState, Condition
from domain.plant import Plant
from domain.presence import MeterStatus, Presence
from tests.alerts.builders import NOW, a_condition, a_meter, a_plant, a_variable, after, an_alert

LONG_AGO = Listening(NOW - timedelta(days=1))


def keys(found: list[Condition]) -> list[str]:
    return [item.key for item in found]


def seen(plant: Plant, ago_s: float, **others_s: float) -> dict[str, datetime | None]:
    """Return every meter's last reading; `others_s` by id with __ for the dot."""
    ages = dict.fromkeys([*plant.meters, *plant.variables], ago_s)
    ages |= {name.replace("__", "."): age for name, age in others_s.items()}
    return {name: NOW - timedelta(seconds=age) for name, age in ages.items()}


def meters(count: int, every_s: float = 60) -> Plant:
    return a_plant(*(a_meter(f"m{number}", every_s=every_s) for number in range(count)))


@pytest.mark.parametrize(("every_s", "limit_s"), [(1, 30), (10, 30), (15, 30), (60, 120), (900, 1800)])
def test_a_meter_is_silent_after_two_periods_but_not_before_thirty_seconds(
    every_s: float, limit_s: float
) -> None:
    plant = a_plant(a_meter("m0", every_s=every_s), a_meter("m1", every_s=1e6))
    assert keys(silent_conditions(seen(plant, limit_s - 1), plant, NOW, LONG_AGO)) == []
    assert keys(silent_conditions(seen(plant, limit_s), plant, NOW, LONG_AGO)) == ["silent/m0"]


def test_a_meter_without_a_cadence_is_never_silent() -> None:
    plant = a_plant(variables=(a_variable("v", every_s=None),))
    assert silent_conditions({"v": NOW - timedelta(days=9)}, plant, NOW, LONG_AGO) == []


def test_a_variable_with_a_cadence_is_watched_too() -> None:
    plant = a_plant(a_meter("m0"), variables=(a_variable("v"),))
    assert keys(silent_conditions(seen(plant, 0, v=120), plant, NOW, LONG_AGO)) == ["silent/v"]


def test_a_meter_never_heard_is_silent_only_after_the_same_time_since_the_start() -> None:
    plant = a_plant(a_meter("m0"), a_meter("m1"))
    last = seen(plant, 0) | {"m0": None}
    started = Listening(NOW - timedelta(seconds=29))
    assert keys(silent_conditions(last, plant, NOW, started)) == []
    found = silent_conditions(last, plant, after(1), started)
    assert keys(found) == ["silent/m0"]
    assert found[0].facts["last_seen"] is None


def test_the_time_when_we_were_down_is_not_the_meters_silence() -> None:
    plant = meters(1)
    restarted = Listening(NOW - timedelta(seconds=10))
    assert silent_conditions(seen(plant, 3600), plant, NOW, restarted) == []


def test_a_meter_known_to_be_silent_stays_so_over_a_restart() -> None:
    plant = meters(4)
    restarted = Listening(NOW, frozenset({"m0"}))
    assert keys(silent_conditions(seen(plant, 10, m0=3600), plant, NOW, restarted)) == ["silent/m0"]


def test_facts_name_the_meter_its_place_and_its_cadence() -> None:
    plant = meters(2)
    found = silent_conditions(seen(plant, 0, m0=200), plant, NOW, LONG_AGO)[0]
    assert found.kind is AlertKind.SILENT_METER
    assert found.since == NOW - timedelta(seconds=200)
    assert (found.facts["meter"], found.facts["process_name"], found.facts["every_s"]) == (
        "m0", "Chuyền nhuộm 2", 60,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("of", "silent", "is_one"),
    [
        (1, 1, False),
        (2, 1, False),
        (2, 2, True),
        (4, 2, False),
        (5, 3, True),
        (6, 3, False),
        (1000, 1000, True),
    ],
)
def test_most_of_the_plant_silent_at_once_is_one_trouble(of: int, silent: int, is_one: bool) -> None:
    plant = meters(of)
    last = seen(plant, 5) | {f"m{number}": NOW - timedelta(seconds=300) for number in range(silent)}
    found = keys(silent_conditions(last, plant, NOW, LONG_AGO))
    assert ("plant_silent" in found) is is_one
    assert len(found) == silent + is_one


def test_slow_meters_that_are_not_due_do_not_speak_for_the_others() -> None:
    fast = [a_meter(f"fast{number}", every_s=10) for number in range(3)]
    slow = [a_meter(f"slow{number}", every_s=900) for number in range(9)]
    plant = a_plant(*fast, *slow)
    last = {meter.id: NOW - timedelta(seconds=60) for meter in fast}
    last |= {meter.id: NOW - timedelta(seconds=500) for meter in slow}
    found = silent_conditions(last, plant, NOW, LONG_AGO)
    assert keys(found) == ["silent/fast0", "silent/fast1", "silent/fast2", "plant_silent"]
    assert (found[-1].facts["silent"], found[-1].facts["judged"]) == (3, 3)


def test_listening_begins_at_the_start_and_again_after_every_trouble() -> None:
    start = NOW - timedelta(hours=1)
    over = an_alert(a_condition("store"), AlertState.RESOLVED, gone_at=after(-60), resolved_at=NOW)
    ending = an_alert(a_condition("store"), AlertState.FIRING, gone_at=after(-30))
    holding = an_alert(a_condition("store"), AlertState.FIRING)
    assert listening([], start, NOW) == Listening(start)
    assert listening([over], start, NOW).since == after(-60)
    assert listening([over, ending], start, NOW).since == after(-30)
    assert listening([holding], start, NOW).since == NOW
    assert listening([over], NOW, NOW).since == NOW


def test_the_plants_silence_does_not_stop_us_from_seeing_that_it_is_silent() -> None:
    start = NOW - timedelta(hours=1)
    holding = an_alert(a_condition("plant_silent"), AlertState.FIRING)
    assert listening([holding], start, NOW).since == start
    plant = meters(3)
    heard = listening([holding], start, NOW)
    assert "plant_silent" in keys(silent_conditions(seen(plant, 600), plant, NOW, heard))


def test_listening_knows_whose_silence_was_told() -> None:
    silent = Condition(AlertKind.SILENT_METER, "silent/m1", a_condition().severity, NOW, 0)
    told = an_alert(silent, AlertState.FIRING)
    over = an_alert(silent, AlertState.RESOLVED)
    assert listening([told], NOW, NOW).silent == {"m1"}
    assert listening([over], NOW, NOW).silent == frozenset()


def offline(meter: str = "m0", ago_s: float = 1, status: Presence = Presence.OFFLINE) -> MeterStatus:
    return MeterStatus(meter, status, NOW - timedelta(seconds=ago_s), "NDEATH of plant/edge")


def test_a_meter_whose_death_was_told_is_silent_at_once_with_or_without_a_cadence() -> None:
    plant = a_plant(a_meter("m0"), a_meter("m1", every_s=None), a_meter("m2"))
    last = seen(plant, 2)
    dead = gone([offline("m0"), offline("m1"), offline("nobody_declared_it")], last)
    found = silent_conditions(last, plant, NOW, LONG_AGO, dead)
    assert keys(found) == ["silent/m0", "silent/m1"]
    assert (found[0].since, found[0].facts["told"]) == (NOW - timedelta(seconds=1), "NDEATH of plant/edge")
    assert (
        found[0].fingerprint == silent_conditions(seen(plant, 2, m0=900), plant, NOW, LONG_AGO)[0].fingerprint
    )


def test_a_meter_that_came_back_or_is_heard_in_spite_of_its_death_is_not_gone() -> None:
    back, died = offline(status=Presence.ONLINE), offline("m1", ago_s=600)
    last: dict[str, datetime | None] = {"m0": None, "m1": NOW}
    assert gone([back, died], last) == {}
    assert gone([died], {"m1": died.since + timedelta(seconds=60)}) == {"m1": died}  # its clock is ahead
    assert gone([died], {}) == {"m1": died}


def test_deaths_that_were_told_are_not_the_silence_of_the_plant() -> None:
    plant = meters(4)
    last = seen(plant, 300)
    dead = gone([offline(name) for name in plant.meters], last)
    assert keys(silent_conditions(last, plant, NOW, LONG_AGO, dead)) == [
        f"silent/{name}" for name in plant.meters
    ]
