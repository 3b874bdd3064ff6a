"""The rules over a stretch of history, in order, as if it had been lived: for `backtest`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import polars as pl

from analytics.consumption.instants import epoch_us
from analytics.frames import block_days, block_windows, consumed
from analytics.rules.memory import MeterMemory
from analytics.rules.plain import take_plain
from analytics.rules.rows import Point, Surroundings
from analytics.rules.watch import Watched, open_spells, watch_points, watch_slots, watched
from domain.amendment import Amendment
from domain.hotspot import Hotspot
from domain.meter import Meter
from domain.plant import Plant
from domain.ports import SeriesStore

#: readings that are taken in together, or one by one if there is anything to say of one of them
AT_ONCE = 1000


def watch_history(
    plant: Plant,
    store: SeriesStore,
    window: tuple[datetime, datetime],
    since: datetime,
    amendments: Sequence[Amendment] = (),
    meters: Sequence[Meter] | None = None,
) -> list[Hotspot]:
    """Return what the rules of every meter find in [since, end), by `detected_at`, block by block.

    Args:
        window: [start, end) that is gone through; what lies before `since` teaches the rules what is usual.
        since: hotspots that were detected before are left out.
        amendments: corrections and replacements in force; they count for intervals, not for single readings.
        meters: only these of the plant's; a meter's rules look at no other.

    Raises:
        StoreError: the store cannot be read.
    """
    found: list[Hotspot] = []
    for meter in plant.meters.values() if meters is None else meters:
        one = watched(meter, plant)
        if one.rules:
            found += _watch(plant, store, one, window, amendments)
    return in_order(hotspot for hotspot in found if hotspot.detected_at >= since)


def in_order(hotspots: Iterable[Hotspot]) -> list[Hotspot]:
    """Return hotspots by when they were detected."""
    return sorted(hotspots, key=lambda hotspot: (hotspot.detected_at, hotspot.id))


def _watch(
    plant: Plant,
    store: SeriesStore,
    one: Watched,
    window: tuple[datetime, datetime],
    amendments: Sequence[Amendment],
) -> list[Hotspot]:
    begin = epoch_us(window[0])
    memory = MeterMemory(begin, begin)
    resource = plant.resources[one.meter.resource]
    ended: list[Hotspot] = []
    for start, end in block_windows(*window, block_days([one.meter], plant.interval_s)):
        if one.points:
            ended += _watch_readings(memory, one, store.read([one.meter.id], start, end))
        if one.slots:
            frame = consumed(plant, store, [one.meter], start, end, amendments)
            ended += watch_slots(memory, one, Surroundings(plant, frame["start"]).slots(frame, resource))
    return [*ended, *open_spells(memory, one)]


def _watch_readings(memory: MeterMemory, one: Watched, readings: pl.DataFrame) -> list[Hotspot]:
    """Take a meter's readings in: many at once where nothing is wrong with them, else one by one."""
    times, values = readings["time"].dt.epoch("us").to_numpy(), readings["value"].to_numpy()
    ended: list[Hotspot] = []
    for first in range(0, values.size, AT_ONCE):
        part = slice(first, first + AT_ONCE)
        if not take_plain(memory, one, times[part], values[part]):
            pairs = zip(times[part].tolist(), values[part].tolist(), strict=True)
            ended += watch_points(memory, one, map(Point._make, pairs))
    return ended
