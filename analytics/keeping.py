"""The job that keeps every meter's consumption before its readings go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from analytics.consumption import consume
from analytics.frames import block_days, block_windows, consumed
from analytics.kept import keep
from analytics.readiness import floor_to
from domain.amendment import Amendment
from domain.meter import Meter, Variable
from domain.plant import Plant
from domain.ports import SeriesStore

#: no reading is older (`wastenot import` refuses it)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
#: how far back late readings and corrections are looked for every time
AGAIN = timedelta(days=7)
#: meters that are computed together
GROUP = 20

Stream = Meter | Variable


def keep_new(plant: Plant, store: SeriesStore, until: datetime, amendments: Sequence[Amendment] = ()) -> int:
    """Keep what is new since the last time, and the last week once more; return how many rows changed.

    A meter of which nothing is kept yet begins at its first reading.

    Args:
        until: aware; the consumption of later intervals is left for the next time.
        amendments: replacements and corrections in force.

    Raises:
        StoreError: the store is away; what was kept so far stays, the next call does the rest.
    """
    changed = 0
    for meters in _groups(plant):
        last = store.last_consumption([one.id for one in meters])
        kept = dict(last.iter_rows())
        fresh = [one for one in meters if one.id not in kept]
        if fresh:
            changed += keep_window(plant, store, fresh, _beginning(store, fresh, until), until, amendments)
        lately = [one for one in meters if kept.get(one.id, EARLIEST) >= until - AGAIN]
        if lately:
            changed += keep_window(plant, store, lately, until - 2 * AGAIN, until, amendments)
        for one in meters:  # silent ones, or a night was missed: each has a beginning of its own
            if one.id in kept and one not in lately:
                changed += keep_window(plant, store, [one], kept[one.id] - AGAIN, until, amendments)
    return changed


def keep_before_they_go(
    plant: Plant, store: SeriesStore, limit: datetime, amendments: Sequence[Amendment] = ()
) -> int:
    """Keep the week after `limit` once more: the last chance for corrections to be in what outlives it."""
    end = limit + AGAIN
    return sum(keep_window(plant, store, meters, limit, end, amendments) for meters in _groups(plant))


def keep_history(plant: Plant, store: SeriesStore, readings: pl.DataFrame, until: datetime) -> int:
    """Keep the consumption of imported readings up to `until`; return how many rows changed.

    Only whole intervals between a meter's first and last reading, and only what is known: a file that
    holds a part of the time says nothing about the rest.

    Args:
        readings: meter: String, time: Datetime[us, UTC], value: Float64 [canonical unit].

    Raises:
        StoreError: the store is away.
    """
    interval_s, changed = plant.interval_s, 0
    step = timedelta(seconds=interval_s)
    streams: dict[str, Stream] = {**plant.meters, **plant.variables}
    for (meter,), part in readings.group_by("meter", maintain_order=True):
        times = part["time"].dt
        first, last = times.min(), times.max()
        assert isinstance(first, datetime)
        assert isinstance(last, datetime)
        start = floor_to(first - timedelta(microseconds=1), interval_s) + step
        end = floor_to(min(last, until), interval_s)
        if start < end:
            computed = consume(part, [streams[str(meter)]], interval_s, start, end)
            changed += keep(store, computed.filter(pl.col("amount").is_not_null()), interval_s, start, end)
    return changed


def keep_window(
    plant: Plant,
    store: SeriesStore,
    meters: Sequence[Stream],
    start: datetime,
    end: datetime,
    amendments: Sequence[Amendment] = (),
) -> int:
    """Keep the consumption of some meters in [start, end), cut to whole intervals; return what changed."""
    interval_s = plant.interval_s
    start, end = floor_to(start, interval_s), floor_to(end, interval_s)
    changed = 0
    for block in block_windows(start, end, block_days(meters, interval_s)):
        changed += keep(store, consumed(plant, store, meters, *block, amendments), interval_s, *block)
    return changed


def _groups(plant: Plant) -> Iterator[Sequence[Stream]]:
    every: list[Stream] = [*plant.meters.values(), *plant.variables.values()]
    for first in range(0, len(every), GROUP):
        yield every[first : first + GROUP]


def _beginning(store: SeriesStore, meters: Sequence[Stream], until: datetime) -> datetime:
    """Return an instant at most a year before the first reading of these meters; `until` if there is none.

    A store has no question for the first reading: years without one are cheap to ask for.
    """
    ids = [one.id for one in meters]
    year = timedelta(days=366)
    start = EARLIEST
    while start < until and store.last(ids, before=start + year).is_empty():
        start += year
    return min(start, until)
