"""An interval is judged when the readings themselves say that nothing more is to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from analytics.readiness import frontier, ready_until
from domain.meter import Meter, MeterKind, PayloadRule, Variable
from domain.units import UNITS

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUARTER_S = 900


def a_meter(name: str = "a", every_s: float | None = 60.0) -> Meter:
    return Meter(name, "p", "water", MeterKind.COUNTER, UNITS["m3"], PayloadRule("t"), every_s)


def an_event_variable() -> Variable:
    return Variable("out", MeterKind.DELTA, UNITS["kg"], PayloadRule("o"))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_a_plant_without_readings_reaches_nowhere() -> None:
    assert frontier({}, NOON) is None


def test_a_clock_that_runs_ahead_does_not_push_the_plant_past_the_present() -> None:
    assert frontier({"a": NOON + minutes(4), "b": NOON - minutes(1)}, NOON) == NOON


def test_an_interval_is_ready_when_the_readings_are_past_it_by_the_lateness() -> None:
    seen = {"a": NOON + minutes(2)}
    assert ready_until([a_meter()], seen, NOON + minutes(2), 120.0, QUARTER_S) == NOON


def test_an_interval_waits_until_the_lateness_has_passed() -> None:
    seen = {"a": NOON + minutes(1.9)}
    assert ready_until([a_meter()], seen, NOON + minutes(1.9), 120.0, QUARTER_S) == NOON - minutes(15)


def test_a_slow_meter_is_waited_for() -> None:
    seen = {"fast": NOON + minutes(20), "slow": NOON - minutes(40)}
    streams = [a_meter("fast"), a_meter("slow", every_s=3600.0)]
    assert ready_until(streams, seen, NOON + minutes(20), 0.0, QUARTER_S) == NOON - minutes(45)


@pytest.mark.parametrize("last", [None, NOON - timedelta(days=2)])
def test_a_silent_meter_is_waited_for_two_periods_and_no_longer(last: datetime | None) -> None:
    seen = {"b": NOON + minutes(10)} | ({"silent": last} if last else {})
    streams = [a_meter("silent", every_s=300.0)]
    assert ready_until(streams, seen, NOON + minutes(10), 0.0, QUARTER_S) == NOON


def test_an_event_driven_variable_is_not_waited_for() -> None:
    seen = {"a": NOON + minutes(5), "out": NOON - timedelta(days=3)}
    assert ready_until([a_meter(), an_event_variable()], seen, NOON + minutes(5), 60.0, QUARTER_S) == NOON
