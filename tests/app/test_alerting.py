"""The alert job on a real ledger: a hotspot is told once, and its link shows it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from alerts.machine import Rules
from app.alerting import Alerting, Patience, severity_bands
from app.channels import open_receivers
from config.plant_file import load_plant
from config.settings import Settings
from domain.alert import AlertState
from domain.hotspot import Cause, Hotspot, HotspotKind, hotspot_id
from domain.plant import Plant
from store.ledger import SqlLedger
from tests.alerts.builders import NOW as ALERTS_NOW
from tests.alerts.builders import a_hotspot_condition
from tests.e2e.installation import WATER_WORKS, write_plant

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class StillClock:
    """Stands where it is put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class NoPublisher:
    """Nobody publishes in these tests."""

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        raise AssertionError(topic)


def a_hotspot() -> Hotspot:
    since = NOW - timedelta(hours=8)
    return Hotspot(
        hotspot_id("supply", "water", HotspotKind.DRIFT, NOW),
        "supply",
        "water",
        HotspotKind.DRIFT,
        "ewma",
        since,
        NOW - timedelta(hours=4),
        NOW,
        None,
        "m3",
        4.1,
        9.0,
        32.8,
        "EUR",
        7.8,
        62.4,
        0.6,
        4.9,
        Cause.BASE_LOAD_UP,
        0.9,
    )


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return load_plant(write_plant(tmp_path, WATER_WORKS))


@pytest.fixture
def ledger() -> Iterator[SqlLedger]:
    opened = SqlLedger("sqlite://")
    yield opened
    opened.close()


def an_alerting(plant: Plant, ledger: SqlLedger, stream: io.StringIO) -> Alerting:
    receivers = open_receivers(Settings(), plant, NoPublisher(), stream)
    return Alerting(plant, ledger, StillClock(NOW), receivers, Patience(Rules(), {}))


def test_a_hotspot_is_told_once_with_its_price_and_its_link_shows_it(plant: Plant, ledger: SqlLedger) -> None:
    stream = io.StringIO()
    alerting = an_alerting(plant, ledger, stream)
    with ledger.begin() as tx:
        tx.save_hotspot(a_hotspot())
    (alert,) = alerting.evaluate({"supply.water": NOW}, [])
    assert alert.state is AlertState.FIRING
    assert alerting.deliver().sent == 1
    assert alerting.evaluate({"supply.water": NOW}, []) == []
    assert alerting.deliver().sent == 0
    told = stream.getvalue()
    assert told.count("€7.80/h") == 1
    assert f"http://localhost:8080/a/{alert.fingerprint}" in told
    shown = alerting.glance(alert.fingerprint)
    assert shown is not None
    assert "+4.1 m³/h" in shown
    assert alerting.glance("nothing") is None


def test_a_silent_store_does_not_make_every_meter_silent(plant: Plant, ledger: SqlLedger) -> None:
    alerting = an_alerting(plant, ledger, io.StringIO())
    alerts = alerting.evaluate(None, [("store", "401")])
    assert [alert.key for alert in alerts] == ["store"]


def test_a_day_that_nobody_judged_gets_no_report(plant: Plant, ledger: SqlLedger) -> None:
    assert not an_alerting(plant, ledger, io.StringIO()).digest_if_due(time(7, 0))


def test_without_a_threshold_of_the_plant_nothing_is_critical(plant: Plant) -> None:
    assert severity_bands(plant).critical == float("inf")


def test_less_use_waits_two_days_and_next_to_nothing_one() -> None:
    patience = Patience(Rules(), {}, less_s=2 * 86_400.0)

    def waits(pct: float) -> float:
        less = a_hotspot_condition(
            kind=HotspotKind.UNDER_CONSUMPTION, excess_per_hour=8.9 * pct / 100.0, detected_at=ALERTS_NOW
        )
        return patience.hold_of(less, ALERTS_NOW)

    assert (waits(-50.0), waits(-95.0)) == (2 * 86_400.0, 86_400.0)
