"""A month of alerts: is every fault told, no disturbance told as a fault, and does the phone ring rarely?

Run it with `python -m bench.alerts_month` (three seeds); `--seeds 4,5` judges by others. Each month is the
simulated dye works (see `bench.alerts_world`): learned baselines, the real judge, the real alerts with their
default settings, and five people: three operators on shifts, one fitter, one energy manager. Whenever an
alert is told or handed over, somebody acknowledges it a quarter of an hour later, three times of five.

A fault counts as told when somebody is told of its stream (as news, or that what is open there has become
much worse), or of its meter's silence, between its beginning and two days after its end. A disturbance is
told as a fault when a hotspot is told that begins in it, or that is found in it or within a day of its end,
on a stream without a fault. Other false alarms are counted apart: they are the judge's. A person's
notifications are divided by the shifts the person works.
"""

from __future__ import annotations

import argparse
import bisect
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

import polars as pl

from alerts.acting import acknowledge
from alerts.outbox import ChannelRule
from alerts.stages.limited import Limit
from analytics.drift.judge import Context, judge
from analytics.drift.limits import KEEP_HOURS
from analytics.leaning import HourUse
from analytics.standstill import standstill, used_per_day
from app.alert_settings import alert_patience
from app.alerting import Alerting, Receivers, WholePlant
from app.channels import letterhead
from app.leanings import Hours, Leanings
from app.standstills import days_off, still_condition, yesterday_of
from bench.alerts_told import Clock, Inbox, Month, month_of, per_shift, report
from bench.alerts_world import (
    BEGIN,
    START,
    Judged,
    World,
    disturbances,
    last_heard,
    world_of,
)
from config.settings import Settings
from domain.alert import Condition
from domain.hotspot import Hotspot
from domain.plant import Plant
from store.ledger import SqlLedger

STEP = timedelta(minutes=15)
ACKNOWLEDGED, ACKNOWLEDGED_AFTER = 0.6, timedelta(minutes=15)


def crew() -> tuple[ChannelRule, ...]:
    """Return who is told: defaults, with the roles, shifts and reports that a works would set."""
    limit = Limit()
    operators = tuple(
        ChannelRule(
            f"operator {shift}", digest=False, handover=True, person=f"operator_{shift}",
            roles=frozenset({"operator"}), shifts=frozenset({shift}), limit=limit,
        )
        for shift in ("morning", "afternoon", "night")
    )  # fmt: skip
    fitter = ChannelRule(
        "fitter", digest=False, person="fitter", roles=frozenset({"maintenance"}), limit=limit
    )
    manager = ChannelRule(
        "energy manager", weekly=True, person="manager", roles=frozenset({"energy_manager"}), limit=limit
    )
    return (*operators, fitter, manager)


def live(seed: int, days: int = 30, step: timedelta = STEP) -> Month:
    """Return a month of a seed, lived."""
    began = time.monotonic()
    world = world_of(seed, days)
    return lived(seed, world, judged_by_step(world, days, step), began, days, step)


def lived(
    seed: int,
    world: World,
    judged: Mapping[datetime, Sequence[Hotspot]],
    began: float,
    days: int = 30,
    step: timedelta = STEP,
) -> Month:
    """Return a month in which the judge has found this, step by step."""
    chance, clock, ledger = random.Random(seed), Clock(), SqlLedger("sqlite://")
    inboxes = {rule.name: Inbox(rule.name, clock) for rule in crew()}
    settings = Settings()
    head = letterhead(settings, world.plant, "en")
    alerting = Alerting(
        world.plant, ledger, clock, Receivers(crew(), inboxes, head), alert_patience(settings, 0.0),
        WholePlant(stills_of(world), Leanings(hours_by(world)).said),
    )  # fmt: skip
    seen: dict[str, tuple[datetime, bool]] = {}
    while clock.at < START + timedelta(days=days):
        clock.at += step
        _one_step(world, ledger, alerting, judged.get(clock.at, ()), clock.at)
        alerting.deliver()
        alerting.digest_if_due(settings.analysis.digest_at)
        alerting.deliver()
        _people(ledger, seen, chance, clock.at)
    ledger.close()
    return month_of(seed, world, inboxes, time.monotonic() - began)


def _one_step(
    world: World, ledger: SqlLedger, alerting: Alerting, found: Sequence[Hotspot], now: datetime
) -> None:
    """Keep what was judged, then evaluate, as the analyser does."""
    if found:
        with ledger.begin() as tx:
            for spot in found:
                tx.save_hotspot(spot)
    if _is_away("database", now):
        alerting.evaluate(None, [("store", "connection refused")])
    else:
        problems = [("broker", "connection refused")] if _is_away("broker", now) else []
        alerting.evaluate(last_heard(world, now), problems)


def _is_away(name: str, now: datetime) -> bool:
    return any(one.name.startswith(name) and one.holds(now) for one in disturbances())


def stills_of(world: World) -> Callable[[datetime], Sequence[Condition]]:
    """Return what tells that the plant stood still yesterday, from what the judge remembers of each day."""
    plant = world.plant
    days = [used_per_day(one.state.memory.days, plant.timezone) for one in world.streams]

    @lru_cache
    def on(day: date) -> tuple[Condition, ...]:
        found = standstill(days, day, days_off(plant, day))
        return () if found is None else (still_condition(plant, found),)

    return lambda now: on(yesterday_of(plant, now))


def hours_by(world: World) -> Hours:
    """Return what gives every stream's hours that had been heard by an instant."""
    hours = {
        (one.stream.process, one.stream.resource): [
            (int(start.timestamp() * 1e6), expected, excess)
            for start, expected, excess in one.excess.filter(pl.col("actual").is_not_null())
            .group_by_dynamic("start", every="1h")
            .agg(pl.col("expected").sum(), pl.col("excess").sum())
            .iter_rows()
        ]
        for one in world.streams
    }

    @lru_cache(maxsize=4)
    def by(now: datetime) -> dict[tuple[str, str], list[HourUse]]:
        until = (int((now - timedelta(hours=1)).timestamp() * 1e6) + 1, 0.0, 0.0)
        places = {name: bisect.bisect_left(found, until) for name, found in hours.items()}
        return {
            name: found[max(0, places[name] - KEEP_HOURS) : places[name]] for name, found in hours.items()
        }

    return by


def judged_by_step(world: World, days: int, step: timedelta) -> dict[datetime, list[Hotspot]]:
    """Return what the judge changes at each step; while nothing is heard or can be read it waits."""
    plant, found, now = world.plant, dict[datetime, list[Hotspot]](), START
    for one in world.streams:
        _judge(plant, one, START)  # the run-in: what ended in it is no news of the month
    while now < START + timedelta(days=days):
        now += step
        if _is_away("database", now) or _is_away("broker", now):
            continue
        changed = [spot for one in world.streams for spot in _judge(plant, one, now)]
        if changed:
            found[now] = changed
    return found


def _judge(plant: Plant, one: Judged, now: datetime) -> list[Hotspot]:
    until = min(int((now - BEGIN).total_seconds()) // plant.interval_s, one.excess.height)
    context = Context(
        one.stream.process, one.stream.resource, plant.resources[one.stream.resource].unit,
        plant.currency, plant.interval_s, plant.detection,
    )  # fmt: skip
    rows = slice(one.done, until)
    one.state, found = judge(one.state, one.excess[rows], one.calendar[rows], context)
    one.done = until
    return found


def _people(
    ledger: SqlLedger, seen: dict[str, tuple[datetime, bool]], chance: random.Random, now: datetime
) -> None:
    """Acknowledge what is told or handed over three times of five, a quarter of an hour afterwards."""
    with ledger.begin() as tx:
        for alert in tx.alerts(open_only=True):
            if alert.notified_at is None or alert.acknowledged_at is not None:
                continue
            name = f"{alert.fingerprint}/{alert.episode}/{alert.notified_at}"
            if name not in seen:
                seen[name] = now, chance.random() < ACKNOWLEDGED
            told_at, is_known = seen[name]
            if is_known and now - told_at >= ACKNOWLEDGED_AFTER:
                acknowledge(tx, alert.fingerprint, "somebody", "on my way", now)


def main() -> int:
    """Live the months; return 1 when a fault was not told, a disturbance was, or the phone rang too often."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    asked.add_argument("--seeds", default="1,2,3", help="which months")
    months = [live(int(seed)) for seed in asked.parse_args().seeds.split(",")]
    print(report(months))
    missed = any(delay is None for month in months for delay in month.found.values())
    blamed = any(found for month in months for found in month.blamed.values())
    often = max(per_shift(month, reports=True) for month in months) > 1.0
    return int(missed or blamed or often)


if __name__ == "__main__":
    sys.exit(main())
