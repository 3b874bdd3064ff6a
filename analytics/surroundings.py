"""The readings that decide about a window: its own, and those around it that corrections leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.consumption import context_s
from analytics.consumption.corrections import REMOVES, Piece, pieces_of
from analytics.consumption.instants import epoch_us, instant_of
from domain.amendment import Amendment, AmendmentKind
from domain.meter import Meter, MeterKind, Variable
from domain.ports import SeriesStore

#: the first stretch in which a meter's next reading is looked for; each further one is twice as long
FIRST_LOOK = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class _Left:
    """What corrections, and zeros that mean missing data, leave of one meter's readings."""

    pieces: Sequence[Piece] = ()
    no_zero: bool = False

    def taken_from(self, at: datetime) -> datetime | None:
        """Return from when on a correction takes the readings up to an instant away; None: none does."""
        at_us = epoch_us(at)
        piece = next((one for one in self.pieces if one.begin <= at_us - one.late < one.end), None)
        return instant_of(piece.begin + piece.late) if piece and piece.kind in REMOVES else None

    def count(self, readings: pl.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which readings may count, and which surely do: a shift or a factor may make a zero of one.

        Args:
            readings: time, value, of this meter. The first correction in which one lies decides about it; an
                exact zero may count where it is shifted.
        """
        times = readings["time"].to_physical().to_numpy()
        zero = (readings["value"] == 0.0).to_numpy() & self.no_zero
        may, untouched = ~zero, np.ones(times.size, dtype=np.bool_)
        for piece in self.pieces:
            inside = untouched & (piece.begin <= times - piece.late) & (times - piece.late < piece.end)
            may[inside] = piece.kind not in REMOVES
            untouched &= ~inside
        return may, may & (untouched | np.bool_(not self.no_zero))


Lefts = Mapping[str, _Left]


def readings_around(
    store: SeriesStore,
    meters: Sequence[Meter | Variable],
    interval_s: int,
    start: datetime,
    end: datetime,
    amendments: Sequence[Amendment] = (),
) -> pl.DataFrame:
    """Return what `consume` needs for [start, end), so that the same bits come out however time is cut.

    These are the readings within the context of the window, each meter's latest one before that, and,
    where a counter pauses over the window's end or a line has to be drawn, its next one after it. Readings
    that a correction takes away, and there zeros that mean missing data, do not count as latest or next.

    Raises:
        StoreError: the store cannot be read.
    """
    context = timedelta(seconds=max(context_s(one, interval_s) for one in meters))
    low, high = start - context, end + context
    lefts = _corrected(amendments, meters)
    ids = [one.id for one in meters]
    before = store.last(ids, before=low)
    inside = store.read(ids, low, high)
    earlier = [part for name, left in lefts.items() for part in _last_left(store, name, before, left)]
    before = before.filter(~pl.col("meter").is_in(list(lefts)))
    wanted = {one.id: at for one in meters if (at := _next_wanted(one, inside, lefts, end, high))}
    later = _next_left(store, wanted, lefts)
    return pl.concat([before, *earlier, inside, *later])


def latest_left(
    store: SeriesStore, meter: Meter | Variable, before: datetime, amendments: Sequence[Amendment]
) -> pl.DataFrame:
    """Return the meter's latest reading before an instant that counts; no row without one.

    Raises:
        StoreError: the store cannot be read.
    """
    last = store.last([meter.id], before=before)
    return pl.concat([last.clear(), *_last_left(store, meter.id, last, _left(amendments, meter))]).tail(1)


def next_left(
    store: SeriesStore, meter: Meter | Variable, at: datetime, amendments: Sequence[Amendment]
) -> pl.DataFrame:
    """Return the meter's first reading at or after an instant that counts; no row without one.

    Raises:
        StoreError: the store cannot be read.
    """
    found = _next_left(store, {meter.id: at}, {meter.id: _left(amendments, meter)})
    return pl.concat([store.read([], at, at), *found]).head(1)


def _left(amendments: Sequence[Amendment], meter: Meter | Variable) -> _Left:
    no_zero = meter.zero_is_missing and meter.kind is not MeterKind.COUNTER
    return _Left(pieces_of(amendments, [meter]), no_zero)


def _corrected(amendments: Sequence[Amendment], meters: Sequence[Meter | Variable]) -> Lefts:
    """Return what is left of each meter of which a correction takes readings away."""
    lefts = {meter.id: _left(amendments, meter) for meter in meters} if amendments else {}
    return {name: left for name, left in lefts.items() if any(one.kind in REMOVES for one in left.pieces)}


def _last_left(store: SeriesStore, name: str, last: pl.DataFrame, left: _Left) -> list[pl.DataFrame]:
    """Return what may count of the meter's row of `last` and before it, back to one that surely does.

    Readings that do not are gone through in stretches, each twice as long as the one after it.
    """
    found: list[pl.DataFrame] = []
    mine, look = last.filter(pl.col("meter") == name), FIRST_LOOK
    while mine.height:
        at = mine["time"][0]
        if left.count(mine)[1][0]:
            return [mine, *found]
        begin = left.taken_from(at)
        if begin is None:
            begin, look = at - look, 2 * look
            rows = store.read([name], begin, at + timedelta(microseconds=1))
            may, surely = left.count(rows)
            sure = np.flatnonzero(surely)
            first = int(sure[-1]) if sure.size else 0
            found = [rows[first:].filter(may[first:]), *found]
            if sure.size:
                return found
        mine = store.last([name], before=begin)
    return found


def _next_wanted(
    meter: Meter | Variable, inside: pl.DataFrame, lefts: Lefts, end: datetime, high: datetime
) -> datetime | None:
    """Return from when on the meter's next reading is needed besides those `inside`; None if it is not."""
    left = lefts.get(meter.id, _Left())
    if meter.kind is MeterKind.COUNTER:
        times = inside.filter(pl.col("meter") == meter.id, pl.col("time") >= end)["time"]
        return None if any(left.taken_from(at) is None for at in times) else high
    lines = [
        one for one in left.pieces if one.kind is AmendmentKind.INTERPOLATED and instant_of(one.begin) < high
    ]
    return max([high, *(instant_of(one.end) for one in lines)]) if lines else None


def _next_left(store: SeriesStore, wanted: Mapping[str, datetime], lefts: Lefts) -> list[pl.DataFrame]:
    """Return what may count of each wanted meter from an instant on, up to one that surely does."""
    if not wanted:
        return []
    newest = {name: at for name, at, _ in store.last(list(wanted)).iter_rows()}
    found = []
    for name, start in wanted.items():
        left, at, look = lefts.get(name, _Left()), start, FIRST_LOOK
        while name in newest and at <= newest[name]:
            rows = store.read([name], at, at + look)
            may, surely = left.count(rows)
            sure = np.flatnonzero(surely)
            end = int(sure[0]) + 1 if sure.size else rows.height
            found.append(rows[:end].filter(may[:end]))
            if sure.size:
                break
            at, look = at + look, 2 * look
    return found
