"""All meters of a plant through their rules as readings come: quickly for people, exactly once for the books.

What a meter sent up to `lateness` ago is *settled*: taken into its memory for good, kept in the ledger, the
same as a sorted replay whatever the order of arrival. What came since is looked at anew in every run, on a
copy: so a hotspot opens within seconds of its reading, and goes again should a late reading disprove it.
Time is each meter's own: one that is silent, or far behind, holds up nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from analytics.consumption.instants import epoch_us, instant_of
from analytics.frames import consumed
from analytics.readiness import floor_to
from analytics.rules.keep import RULES_FORMAT, Keeper, Kept
from analytics.rules.memory import MeterMemory, copy_of
from analytics.rules.rows import Point, Surroundings
from analytics.rules.watch import Watched, drop_rules, open_spells, watch_points, watch_slots, watched
from domain.hotspot import Hotspot
from domain.plant import Plant
from domain.ports import Clock, Ledger, SeriesStore

__all__ = ["RULES_FORMAT", "RuleWatch"]

_US = 1_000_000
#: how far back a meter's history is gone through when it is met for the first time
BEGIN_POINTS, BEGIN_SLOTS, BEGIN_STEP = timedelta(hours=1), timedelta(days=42), timedelta(days=2)
#: what one run goes through of one meter's backlog, so that the others are not kept waiting
STEP_POINTS, STEP_SLOTS = timedelta(hours=6), timedelta(days=2)
#: meters less far behind than this are read together
NEAR_POINTS, NEAR_SLOTS = timedelta(minutes=10), timedelta(hours=6)
#: meters of a backlog that are read together, and how often one run reads
GROUP, BACKLOGS = 20, 4
#: an open hotspot's figures are written this often
REFRESH = timedelta(seconds=60)


@dataclass(slots=True)
class _Meter:
    """A meter's settled memory, and what its latest readings amount to."""

    one: Watched
    settled: MeterMemory
    points_seen: int = 0  # newest reading looked at [us]
    slots_seen: int = 0  # end of the newest interval looked at
    points_open: dict[str, Hotspot] = field(default_factory=dict)
    slots_open: dict[str, Hotspot] = field(default_factory=dict)

    @property
    def points_done(self) -> int:
        """Return up to when readings need no look any more [us]."""
        return max(self.settled.points_us, self.points_seen)

    @property
    def slots_done(self) -> int:
        """Return the same of intervals."""
        return max(self.settled.slots_us, self.slots_seen)


@dataclass(frozen=True, slots=True)
class _Group:
    """Meters that are read together: from where the first of them stands to the last one's end [us]."""

    meters: Sequence[_Meter]
    start: int
    end: int


class RuleWatch:
    """Watches a plant's meters; all that lasts is in the ledger."""

    def __init__(
        self, plant: Plant, store: SeriesStore, ledger: Ledger, clock: Clock, lateness_s: float
    ) -> None:
        self._plant, self._store, self._clock = plant, store, clock
        self._lateness_us = round(lateness_s * _US)
        self._keeper = Keeper(plant, ledger, REFRESH)
        self._watched = [one for one in (watched(m, plant) for m in plant.meters.values()) if one.rules]
        self._meters: dict[str, _Meter] = {}
        self.points = self.slots = 0  # looked at since the process started

    def run_once(self, last_seen: Mapping[str, datetime]) -> list[Hotspot]:
        """Look at what is new; return the hotspots that opened, changed or ended, as the ledger has them now.

        Args:
            last_seen: newest reading of each meter.

        Raises:
            WorldError: store or ledger is away; nothing of this run is kept, the next one does it.
        """
        now = self._clock.now()
        seen = {name: epoch_us(min(at, now)) for name, at in last_seen.items()}
        fresh = [one for one in self._watched if one.meter.id in seen]
        ended: list[Hotspot] = []
        try:
            self._meet(fresh, seen)
            ended += self._look_at_points(fresh, seen)
            ended += self._look_at_slots(fresh, seen)
            return self._keeper.keep([_kept(self._meters[one.meter.id]) for one in fresh], ended)
        except Exception:
            self._meters.clear()  # memory and ledger may differ now: the next run begins at the ledger's
            raise

    def _meet(self, fresh: Iterable[Watched], seen: Mapping[str, int]) -> None:
        """Take up meters where the ledger says they were left; begin the others a little before now."""
        new = [one for one in fresh if one.meter.id not in self._meters]
        if not new:
            return
        memories = self._keeper.load()
        begins = self._beginnings([one for one in new if one.meter.id not in memories], seen)
        for one in new:
            memory = memories.get(one.meter.id) or begins[one.meter.id]
            self._keeper.note_ended(drop_rules(memory, one))
            self._meters[one.meter.id] = _Meter(one, memory)

    def _beginnings(self, new: Sequence[Watched], seen: Mapping[str, int]) -> dict[str, MeterMemory]:
        """Return the memories of meters that are met for the first time, about where their readings begin."""
        found: dict[str, MeterMemory] = {}
        if not new:
            return found
        newest = instant_of(max(seen[one.meter.id] for one in new))
        at = newest - BEGIN_SLOTS
        while len(found) < len(new):
            ids = [one.meter.id for one in new if one.meter.id not in found]
            there = ids if at >= newest else self._store.last(ids, before=at + BEGIN_STEP)["meter"].to_list()
            for name in there:
                begin = min(seen[name], _floor(epoch_us(at), self._plant.interval_s))
                found[name] = MeterMemory(seen[name] - _span(BEGIN_POINTS), begin)
            at += BEGIN_STEP
        return found

    def _look_at_points(self, fresh: Iterable[Watched], seen: Mapping[str, int]) -> list[Hotspot]:
        """Go through new readings of the meters whose rules look at single ones."""
        due = [
            self._meters[one.meter.id]
            for one in fresh
            if one.points and seen[one.meter.id] > self._meters[one.meter.id].points_done
        ]
        marks = [meter.settled.points_us for meter in due]
        ends = [_step_end(meter.settled.points_us, seen[meter.one.meter.id], STEP_POINTS) for meter in due]
        until = {meter.one.meter.id: end for meter, end in zip(due, ends, strict=True)}
        ended = []
        for group in self._groups(due, marks, ends, NEAR_POINTS):
            ids = [meter.one.meter.id for meter in group.meters]
            rows = _rows(self._store.read(ids, instant_of(group.start + 1), instant_of(group.end + 1)))
            for meter, name in zip(group.meters, ids, strict=True):
                mine = [p for p in rows.get(name, ()) if meter.settled.points_us < p.time_us <= until[name]]
                ended += self._points(meter, mine, until[name], seen[name])
        return ended

    def _points(self, meter: _Meter, mine: Sequence[Point], until: int, newest: int) -> list[Hotspot]:
        """Settle what is old enough, look at the rest on a copy."""
        settle = min(until, newest - self._lateness_us)
        old = [point for point in mine if point.time_us <= settle]
        ended = watch_points(meter.settled, meter.one, old)
        meter.settled.points_us = max(meter.settled.points_us, settle)
        live = copy_of(meter.settled)
        ended += watch_points(live, meter.one, mine[len(old) :])
        meter.points_open = _open(live, meter.one, points=True)
        meter.points_seen = until
        self.points += len(mine)
        return ended

    def _look_at_slots(self, fresh: Iterable[Watched], seen: Mapping[str, int]) -> list[Hotspot]:
        """Go through new intervals: those that a meter's own readings have reached the end of.

        Corrections and replacements count for them; what single readings said stays as it was said.
        """
        interval_s = self._plant.interval_s
        whole = {one.meter.id: _floor(seen[one.meter.id], interval_s) for one in fresh}
        due = [
            self._meters[one.meter.id]
            for one in fresh
            if one.slots and whole[one.meter.id] > self._meters[one.meter.id].slots_done
        ]
        amendments = self._keeper.amendments() if due else ()
        marks = [meter.settled.slots_us for meter in due]
        ends = [_step_end(meter.settled.slots_us, whole[meter.one.meter.id], STEP_SLOTS) for meter in due]
        until = {meter.one.meter.id: end for meter, end in zip(due, ends, strict=True)}
        ended = []
        for group in self._groups(due, marks, ends, NEAR_SLOTS):
            meters = [meter.one.meter for meter in group.meters]
            window = instant_of(group.start), instant_of(group.end)
            frame = consumed(self._plant, self._store, meters, *window, amendments)
            around = Surroundings(self._plant, frame["start"].unique().sort())
            parts = frame.partition_by("meter", as_dict=True)
            for meter in group.meters:
                name = meter.one.meter.id
                ended += self._slots(meter, parts[(name,)], around, until[name], seen[name])
        return ended

    def _slots(
        self, meter: _Meter, frame: pl.DataFrame, around: Surroundings, until: int, newest: int
    ) -> list[Hotspot]:
        slots = list(around.slots(frame, self._plant.resources[meter.one.meter.resource]))
        mine = [slot for slot in slots if meter.settled.slots_us < slot.end_us <= until]
        # an interval's border hangs on the reading after it, which may be late, too
        wait_us = self._lateness_us + round((meter.one.meter.every_s or self._plant.interval_s) * _US)
        old = [slot for slot in mine if slot.end_us <= newest - wait_us]
        ended = watch_slots(meter.settled, meter.one, old)
        live = copy_of(meter.settled)
        ended += watch_slots(live, meter.one, mine[len(old) :])
        meter.slots_open = _open(live, meter.one, points=False)
        meter.slots_seen = until
        self.slots += len(mine)
        return ended

    def _groups(
        self, due: Sequence[_Meter], marks: Sequence[int], ends: Sequence[int], near: timedelta
    ) -> list[_Group]:
        """Return the meters to look at together: those that are up to date, and some backlogs."""
        limit = max(_span(near), 2 * self._lateness_us)
        jobs = sorted(zip(marks, ends, due, strict=True), key=lambda job: job[0])
        close = [job for job in jobs if job[1] - job[0] <= limit]
        far = [job for job in jobs if job[1] - job[0] > limit]
        groups = [close] if close else []
        for job in far:
            last = groups[-1] if len(groups) > bool(close) else None
            if last and len(last) < GROUP and job[0] - last[0][0] <= limit:
                last.append(job)
            elif len(groups) < BACKLOGS:
                groups.append([job])
        return [
            _Group([m for _, _, m in group], min(b for b, _, _ in group), max(e for _, e, _ in group))
            for group in groups
        ]


def _kept(meter: _Meter) -> Kept:
    open_now = meter.points_open | meter.slots_open
    return Kept(meter.one.meter, meter.settled, open_now, meter.points_seen, meter.slots_seen)


def _open(memory: MeterMemory, one: Watched, *, points: bool) -> dict[str, Hotspot]:
    kinds = {str(rule.kind) for rule in (one.points if points else one.slots)}
    return {found.id: found for found in open_spells(memory, one) if found.evidence["rule"] in kinds}


def _rows(frame: pl.DataFrame) -> dict[str, list[Point]]:
    """Return each meter's readings, by time."""
    found: dict[str, list[Point]] = {}
    columns = frame["meter"].to_list(), frame["time"].dt.epoch("us").to_list(), frame["value"].to_list()
    for meter, time_us, value in zip(*columns, strict=True):
        found.setdefault(meter, []).append(Point(time_us, value))
    return found


def _step_end(begin: int, newest: int, step: timedelta) -> int:
    return min(newest, begin + _span(step))


def _span(delta: timedelta) -> int:
    return delta // timedelta(microseconds=1)


def _floor(us: int, interval_s: int) -> int:
    return epoch_us(floor_to(instant_of(us), interval_s))
