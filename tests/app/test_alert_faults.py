"""Restarts, storms and silences on real ledgers, through the alert job itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from alerts.machine import Rules
from alerts.outbox import ChannelRule
from app.alerting import Alerting, Patience, Receivers
from domain.alert import AlertKind, AlertState
from domain.hotspot import Hotspot
from domain.plant import Detection, Plant
from store.ledger import SqlLedger
from tests.alerts.builders import (
    NOW,
    RecordingChannel,
    a_hotspot,
    a_letterhead,
    a_meter,
    a_plant,
    after,
)
from tests.alerts.ledgers import ledger_url, postgres

__all__ = ["ledger_url", "postgres"]
HOLD = {AlertKind.HOTSPOT: 0.0, AlertKind.SILENT_METER: 0.0, AlertKind.INFRASTRUCTURE: 30.0}


@dataclass
class Clock:
    """Stands where it is put."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class Job:
    """One process's alert job."""

    ledger: SqlLedger
    alerting: Alerting
    clock: Clock
    phone: RecordingChannel = field(default_factory=lambda: RecordingChannel("phone"))

    def run(
        self,
        at_s: float,
        last_seen: Mapping[str, datetime] | None = None,
        problems: Sequence[tuple[str, str]] = (),
        spots: Sequence[Hotspot] = (),
    ) -> None:
        self.clock.at = after(at_s)
        with self.ledger.begin() as tx:
            for spot in spots:
                tx.save_hotspot(spot)
        self.alerting.evaluate(last_seen, problems)
        self.alerting.deliver()

    def told(self) -> list[tuple[str, str]]:
        return [(str(item["event"]), str(item["key"])) for item in self.phone.subjects()]


@contextmanager
def a_job(
    url: str,
    plant: Plant,
    rules: Rules | None = None,
    at_s: float = 0,
) -> Iterator[Job]:
    """Start the alert job as a process does that has just begun."""
    ledger, clock, phone = SqlLedger(url), Clock(after(at_s)), RecordingChannel("phone")
    ledger.migrate()
    receivers = Receivers((ChannelRule("phone"),), {"phone": phone}, a_letterhead())
    alerting = Alerting(plant, ledger, clock, receivers, Patience(rules or Rules(), HOLD))
    try:
        yield Job(ledger, alerting, clock, phone)
    finally:
        ledger.close()


@pytest.mark.fault(34)
def test_a_restart_while_firing_repeats_nothing_within_the_repeat_interval(ledger_url: str) -> None:
    plant, leak = a_plant(a_meter("m")), a_hotspot("leak")
    with a_job(ledger_url, plant, Rules(repeat_s=8 * 3600)) as job:
        job.run(0, spots=[leak])
        assert job.told() == [("firing", "leak")]
    for hour in range(1, 8):  # a restart every hour
        with a_job(ledger_url, plant, Rules(repeat_s=8 * 3600), hour * 3600) as job:
            for minute in range(5):
                job.run(hour * 3600 + 60 * minute)
            assert job.told() == []
    with a_job(ledger_url, plant, Rules(repeat_s=8 * 3600), 8 * 3600) as job:
        job.run(8 * 3600)
        assert job.told() == [("repeat", "leak")]


@pytest.mark.fault(34)
def test_a_restart_while_pending_keeps_the_start_of_the_wait(ledger_url: str) -> None:
    plant, trouble = a_plant(a_meter("m")), [("disk", "full")]
    for at_s in (0, 10, 20):
        with a_job(ledger_url, plant, at_s=at_s) as job:
            job.run(at_s, problems=trouble)
            assert job.told() == []
    with a_job(ledger_url, plant, at_s=29) as job:
        job.run(29, problems=trouble)
        assert job.told() == []
        job.run(30, problems=trouble)
        assert job.told() == [("firing", "disk")]


def test_what_cannot_be_analysed_stands_at_error_and_is_told_neither_again_nor_as_over(
    ledger_url: str,
) -> None:
    with a_job(ledger_url, a_plant(a_meter("m")), Rules(repeat_s=600)) as job:
        job.run(0, spots=[a_hotspot("leak")])
        job.clock.at = after(60)
        job.alerting.evaluate(None, [], {("dye_line_2", "water")})
        with job.ledger.begin() as tx:
            assert [alert.state for alert in tx.alerts()] == [AlertState.ERROR]
        job.clock.at = after(3600)
        job.alerting.evaluate(None, [], {("dye_line_2", "water")})
        job.alerting.deliver()
        assert job.told() == [("firing", "leak")]
        job.run(3660)
        assert job.told() == [("firing", "leak"), ("repeat", "leak")]


@pytest.mark.fault(35)
def test_a_thousand_meters_that_trip_in_ten_seconds_are_at_most_ten_messages(ledger_url: str) -> None:
    with a_job(ledger_url, a_plant()) as job:
        for second in (*range(10), 20, 30, 40):
            fresh = range(second * 100, second * 100 + 100) if second < 10 else ()
            job.run(second, spots=[replace(a_hotspot(f"h{n}"), process=f"line_{n}") for n in fresh])
        assert len(job.phone.taken) <= 10
        assert Counter(job.told()) == {("firing", f"h{n}"): 1 for n in range(1000)}


@pytest.mark.fault(36)
def test_a_silent_meter_is_told_within_twice_its_period_and_when_it_is_back(ledger_url: str) -> None:
    plant = a_plant(*(a_meter(f"m{n}", every_s=60) for n in range(5)))
    with a_job(ledger_url, plant, Rules(keep_s=30)) as job:
        for at_s in range(0, 300 + 2 * 60 + 10, 10):  # m3 says its last word after 300 s
            assert job.told() == []
            heard = dict.fromkeys(plant.meters, after(at_s)) | {"m3": after(min(at_s, 300))}
            job.run(at_s, heard)
        assert job.told() == [("firing", "silent/m3")]
        for at_s in range(600, 700, 10):
            job.run(at_s, dict.fromkeys(plant.meters, after(at_s)))
        assert job.told() == [("firing", "silent/m3"), ("resolved", "silent/m3")]


@pytest.mark.fault(36)
def test_a_database_outage_is_one_infrastructure_alert_and_not_a_thousand(ledger_url: str) -> None:
    plant = a_plant(*(a_meter(f"m{n}", every_s=10) for n in range(1000)))
    with a_job(ledger_url, plant, Rules(keep_s=60)) as job:
        for at_s in range(0, 60, 10):
            job.run(at_s, dict.fromkeys(plant.meters, after(at_s)))
        for at_s in range(60, 400, 20):
            job.run(at_s, None, [("store", "connection refused")])
        for at_s in range(400, 600, 10):
            job.run(at_s, dict.fromkeys(plant.meters, after(at_s)))
        assert job.told() == [("firing", "store"), ("resolved", "store")]


@pytest.mark.fault(37)
def test_flapping_around_the_threshold_at_1_hz_for_ten_minutes_triggers_once(ledger_url: str) -> None:
    """What is lost goes from 1 % over the threshold to 1 % under it and back, every second."""
    leak = a_hotspot("leak")
    plant = replace(a_plant(a_meter("m")), detection=Detection(min_cost_per_hour=100_000.0))
    with a_job(ledger_url, plant, Rules(keep_s=300)) as job:
        for second in range(600):
            cost = 101_000.0 if second % 2 == 0 else 99_000.0
            job.run(second, spots=[replace(leak, cost_per_hour=cost)])
        assert job.told() == [("firing", "leak")]
        for second in range(600, 1000, 10):
            job.run(second, spots=[replace(leak, ended_at=after(600))])
        assert job.told() == [("firing", "leak"), ("resolved", "leak")]


@pytest.mark.fault(37)
def test_a_hotspot_that_ends_and_comes_back_every_second_is_one_alert(ledger_url: str) -> None:
    leak = a_hotspot("leak")
    with a_job(ledger_url, a_plant(a_meter("m")), Rules(keep_s=300)) as job:
        for second in range(600):
            job.run(second, spots=[replace(leak, ended_at=None if second % 2 == 0 else after(second))])
        assert job.told() == [("firing", "leak")]
