"""A month of alerts: is every fault told, no disturbance told as a fault, and does the phone ring rarely?

Run it with `python -m bench.alerts_month` (three seeds); `--seeds 4,5` judges by others. Each month is the
simulated dye works (see `bench.alerts_world`): learned baselines, the real judge, the real alerts with their
default settings, and five people: three operators on shifts, one fitter, one energy manager. Whenever an
alert is told or handed over, somebody acknowledges it a quarter of an hour later, three times of five.

A fault counts as told when somebody is told of its stream, or of its meter's silence, between its beginning
and two days after its end. A disturbance is told as a fault when a hotspot is told that begins in it, or that
is found in it or within a day of its end, on a stream without a fault. Other false alarms are counted apart:
they are the judge's. A person's notifications are divided by the shifts the person works.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from alerts.acting import acknowledge
from alerts.outbox import DIGEST, HANDOVER, ChannelRule
from alerts.stages.limited import Limit
from analytics.drift.judge import Context, judge
from app.alerting import Alerting, Receivers
from app.channels import letterhead
from app.wiring import alert_patience
from bench.alerts_world import (
    START,
    Disturbance,
    Judged,
    World,
    disturbances,
    last_heard,
    stream_of_fault,
    world_of,
)
from config.settings import Settings
from domain.alert import AlertKind, OutboxMessage
from domain.hotspot import Hotspot
from domain.plant import Plant
from ingest.simulator.faults import Fault, FaultKind
from store.ledger import SqlLedger

STEP = timedelta(minutes=15)
#: how long after its end a fault may still be told, and a disturbance's traces be seen
AFTER = timedelta(days=2)
ACKNOWLEDGED, ACKNOWLEDGED_AFTER = 0.6, timedelta(minutes=15)
MANAGER_SHIFTS = 30 / 7 * 5  # day shift, Monday to Friday
FITTER_SHIFTS = 30 / 7 * 6


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


@dataclass
class Clock:
    """Stands where the month is."""

    at: datetime = START

    def now(self) -> datetime:
        """Return the month's present instant."""
        return self.at


@dataclass
class Inbox:
    """A person's messages."""

    name: str
    clock: Clock
    taken: list[tuple[datetime, OutboxMessage]] = field(default_factory=list)

    def send(self, message: OutboxMessage) -> None:
        """Take a message."""
        self.taken.append((self.clock.at, message))


@dataclass(frozen=True, slots=True)
class Told:
    """One alert as one person was told it."""

    at: datetime
    event: str
    key: str
    kind: str
    stream: tuple[str, str]
    since: datetime
    detected: datetime
    meter: str


@dataclass(frozen=True, slots=True)
class Month:
    """What came of a month."""

    seed: int
    found: dict[Fault, timedelta | None]  # how long after its beginning it was told; None = never
    blamed: dict[str, list[Told]]  # by disturbance: hotspots told because of it
    noticed: dict[str, int]  # by disturbance: messages about the whole plant or the installation
    false: list[Told]  # hotspots told that neither a fault nor a disturbance explains
    messages: dict[str, Counter[str]]  # by person: "alert" | "handover" | "digest"
    seconds: float


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
        world.plant, ledger, clock, Receivers(crew(), inboxes, head), alert_patience(settings, 0.0)
    )
    seen: dict[str, tuple[datetime, bool]] = {}
    while clock.at < START + timedelta(days=days):
        clock.at += step
        _one_step(world, ledger, alerting, judged.get(clock.at, ()), clock.at)
        alerting.deliver()
        alerting.digest_if_due(settings.analysis.digest_at)
        alerting.deliver()
        _people(ledger, seen, chance, clock.at)
    ledger.close()
    return _month(seed, world, inboxes, time.monotonic() - began)


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


def judged_by_step(world: World, days: int, step: timedelta) -> dict[datetime, list[Hotspot]]:
    """Return what the judge changes at each step; while nothing is heard or can be read it waits."""
    plant, found, now = world.plant, dict[datetime, list[Hotspot]](), START
    while now < START + timedelta(days=days):
        now += step
        if _is_away("database", now) or _is_away("broker", now):
            continue
        changed = [spot for one in world.streams for spot in _judge(plant, one, now)]
        if changed:
            found[now] = changed
    return found


def _judge(plant: Plant, one: Judged, now: datetime) -> list[Hotspot]:
    until = min(int((now - START).total_seconds()) // plant.interval_s, one.excess.height)
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


def _month(seed: int, world: World, inboxes: dict[str, Inbox], seconds: float) -> Month:
    told = sorted(chain.from_iterable(map(_told, inboxes.values())), key=lambda one: one.at)
    begun = [one for one in told if one.event == "firing"]
    spots = list({one.key: one for one in begun if one.kind == AlertKind.HOTSPOT}.values())
    found = {fault: _delay(world, fault, begun) for fault in world.faults}
    rest = [one for one in spots if not any(_is_of(world, fault, one) for fault in world.faults)]
    blamed = {one.name: [spot for spot in rest if _is_because_of(one, spot)] for one in disturbances()}
    troubles = [one for one in begun if one.kind == AlertKind.INFRASTRUCTURE]
    noticed = {
        one.name: len({(spot.at, spot.key) for spot in troubles if _is_in(one, spot.at)})
        for one in disturbances()
    }
    known = {spot.key for spots in blamed.values() for spot in spots}
    false = [one for one in rest if one.key not in known]
    return Month(seed, found, blamed, noticed, false, _counted(inboxes), seconds)


def _told(inbox: Inbox) -> list[Told]:
    return [
        Told(
            at, item["event"], item["key"], item["kind"],
            (item["facts"].get("process", ""), item["facts"].get("resource", "")),
            datetime.fromisoformat(item["facts"].get("since") or item["since"]),
            datetime.fromisoformat(item["facts"].get("detected_at") or item["since"]),
            item["facts"].get("meter", ""),
        )
        for at, message in inbox.taken
        if message.event not in {DIGEST, HANDOVER}
        for item in message.body.get("items", [message.body])
    ]  # fmt: skip


def _is_in(one: Disturbance, at: datetime) -> bool:
    """Return whether an instant is one of a disturbance; its onset may be estimated a little early."""
    return one.start - timedelta(hours=6) <= at < one.end + timedelta(hours=6)


def _is_because_of(one: Disturbance, spot: Told) -> bool:
    """Return whether a hotspot begins in a disturbance, or is found while a day's sum still holds it."""
    return _is_in(one, spot.since) or one.start <= spot.detected < one.end + timedelta(days=1)


def _is_of(world: World, fault: Fault, spot: Told) -> bool:
    """Return whether a message is about a fault: its stream or meter, while it is on or just after."""
    ends = (fault.end or spot.at) + AFTER
    is_its = (
        spot.meter == fault.meter
        if fault.kind is FaultKind.SILENT_METER and spot.meter
        else spot.stream == stream_of_fault(world, fault)
    )
    return is_its and fault.start <= spot.at <= ends


def _delay(world: World, fault: Fault, begun: Sequence[Told]) -> timedelta | None:
    return next((one.at - fault.start for one in begun if _is_of(world, fault, one)), None)


def _counted(inboxes: dict[str, Inbox]) -> dict[str, Counter[str]]:
    names = {DIGEST: "digest", HANDOVER: "handover"}
    return {
        name: Counter(names.get(message.event, "alert") for _, message in inbox.taken)
        for name, inbox in inboxes.items()
    }


def shifts_worked(name: str, days: int = 30) -> float:
    """Return how many shifts a person works in so many days."""
    per_day = {"fitter": FITTER_SHIFTS / 30, "energy manager": MANAGER_SHIFTS / 30}
    return days * per_day.get(name, 6 / 7)


def per_shift(month: Month, days: int = 30, *, reports: bool) -> float:
    """Return a month's notifications per person and shift; with or without hand-overs and reports."""
    kinds = ("alert", "handover", "digest") if reports else ("alert",)
    messages = sum(count[kind] for count in month.messages.values() for kind in kinds)
    return messages / sum(shifts_worked(name, days) for name in month.messages)


def report(months: Sequence[Month]) -> str:
    """Return the figures as tables."""
    faults = [delay for month in months for delay in month.found.values()]
    hours = sorted(delay / timedelta(hours=1) for delay in faults if delay is not None)
    blamed = sum(len(found) for month in months for found in month.blamed.values())
    lines = [
        f"{len(months)} months, seeds {', '.join(str(month.seed) for month in months)}",
        f"faults told: {len(hours)} of {len(faults)}; after {hours[len(hours) // 2]:.1f} h in the median",
        f"hotspots told because of a disturbance: {blamed}",
        f"other false hotspots told: {sum(len(month.false) for month in months)}",
        "",
        f"{'person':18} {'alerts':>7} {'hand-overs':>11} {'reports':>8} {'per shift':>10} {'all of it':>10}",
    ]
    for name in months[0].messages:
        counts = sum((month.messages[name] for month in months), Counter())
        shifts = shifts_worked(name) * len(months)
        lines.append(
            f"{name:18} {counts['alert']:7} {counts['handover']:11} {counts['digest']:8} "
            f"{counts['alert'] / shifts:10.2f} {sum(counts.values()) / shifts:10.2f}"
        )
    alone = sum(per_shift(month, reports=False) for month in months) / len(months)
    every = sum(per_shift(month, reports=True) for month in months) / len(months)
    lines += [f"{'all':18} {'':7} {'':11} {'':8} {alone:10.2f} {every:10.2f}", "", *_details(months)]
    return "\n".join(lines)


def _details(months: Sequence[Month]) -> list[str]:
    lines = []
    for month in months:
        lines.append(f"seed {month.seed} ({month.seconds:.0f} s)")
        for fault, delay in month.found.items():
            said = "never" if delay is None else f"{delay / timedelta(hours=1):.1f} h"
            lines.append(f"  {fault.kind:16} {fault.meter:26} {said}")
        for name, found in month.blamed.items():
            streams = [f"{' '.join(spot.stream)} {spot.at:%d %H:%M}" for spot in found]
            lines.append(f"  {name:32} told as one: {month.noticed[name]}, as faults: {streams or 0}")
        lines += [
            f"  false: {spot.at:%d %H:%M} {spot.stream} since {spot.since:%d %H:%M}" for spot in month.false
        ]
    return lines


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
