"""What came of a month of alerts: faults told, disturbances blamed, messages per person and shift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from alerts.machine import Note
from alerts.outbox import DIGEST, HANDOVER
from bench.alerts_world import START, Disturbance, World, disturbances, stream_of_fault
from domain.alert import AlertKind, OutboxMessage
from ingest.simulator.faults import Fault, FaultKind

#: how long after its end a fault may still be told, and a disturbance's traces be seen
AFTER = timedelta(days=2)
#: why something is told again that is news: it has become much larger, or graver
NEWS = frozenset({Note.WORSE, Note.MORE_SEVERE})
MANAGER_SHIFTS = 30 / 7 * 5  # day shift, Monday to Friday
FITTER_SHIFTS = 30 / 7 * 6


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
    note: str
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


def month_of(seed: int, world: World, inboxes: dict[str, Inbox], seconds: float) -> Month:
    told = sorted(chain.from_iterable(map(_told, inboxes.values())), key=lambda one: one.at)
    begun = [one for one in told if one.event == "firing" or one.note in NEWS]
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
            at, item["event"], item["note"], item["key"], item["kind"],
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
    """Return whether a hotspot begins in a disturbance, or is found while a day's sum still holds it.

    The latter only where it moved what is used: an hour in which nothing could be read adds to no sum.
    """
    is_found = one.moves_use and one.start <= spot.detected < one.end + timedelta(days=1)
    return is_found or _is_in(one, spot.since)


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
