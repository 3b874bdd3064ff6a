"""The readings that decide about a window: its own, and those around it that corrections leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import polars as pl

from analytics.consumption import context_s
from analytics.consumption.corrections import REMOVES, Piece, pieces_of
from analytics.consumption.instants import epoch_us, instant_of
from domain.amendment import Amendment, AmendmentKind
from domain.meter import Meter, MeterKind, Variable
from domain.ports import SeriesStore

#: the first stretch in which a meter's next reading is looked for; each further one is twice as long
FIRST_LOOK = timedelta(days=1)

Pieces = Mapping[str, Sequence[Piece]]


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
    that a correction takes away do not count as latest or next.

    Raises:
        StoreError: the store cannot be read.
    """
    context = timedelta(seconds=max(context_s(one, interval_s) for one in meters))
    low, high = start - context, end + context
    pieces = _removing(amendments, meters)
    ids = [one.id for one in meters]
    before = store.last(ids, before=low)
    inside = store.read(ids, low, high)
    earlier = [_last_left(store, name, before, mine) for name, mine in pieces.items()]
    before = before.filter(~pl.col("meter").is_in(list(pieces)))
    wanted = {one.id: at for one in meters if (at := _next_wanted(one, inside, pieces, end, high))}
    later = _next_left(store, wanted, pieces)
    return pl.concat([before, *earlier, inside, *later])


def latest_left(
    store: SeriesStore, meter: Meter | Variable, before: datetime, amendments: Sequence[Amendment]
) -> pl.DataFrame:
    """Return the meter's latest reading before an instant that no correction takes away; no row without one.

    Raises:
        StoreError: the store cannot be read.
    """
    mine = _removing(amendments, [meter]).get(meter.id, ())
    return _last_left(store, meter.id, store.last([meter.id], before=before), mine)


def next_left(
    store: SeriesStore, meter: Meter | Variable, at: datetime, amendments: Sequence[Amendment]
) -> pl.DataFrame:
    """Return the meter's first reading at or after an instant that no correction takes away.

    Raises:
        StoreError: the store cannot be read.
    """
    found = _next_left(store, {meter.id: at}, _removing(amendments, [meter]))
    return pl.concat([store.read([], at, at), *found])


def _removing(amendments: Sequence[Amendment], meters: Sequence[Meter | Variable]) -> Pieces:
    """Return the pieces of time whose readings are taken away, of each meter that has any."""
    found: dict[str, list[Piece]] = {}
    for piece in pieces_of(amendments, meters):
        if piece.kind in REMOVES:
            found.setdefault(meters[piece.code].id, []).append(piece)
    return found


def _last_left(store: SeriesStore, name: str, last: pl.DataFrame, pieces: Sequence[Piece]) -> pl.DataFrame:
    """Return the meter's row of `last`, or an earlier one in its place while corrections take it away."""
    mine = last.filter(pl.col("meter") == name)
    while mine.height and (piece := _piece_at(mine["time"][0], pieces)) is not None:
        mine = store.last([name], before=instant_of(piece.begin + piece.late))
    return mine


def _piece_at(at: datetime, pieces: Sequence[Piece]) -> Piece | None:
    """Return the piece that takes a reading of this instant away."""
    at_us = epoch_us(at)
    return next((one for one in pieces if one.begin <= at_us - one.late < one.end), None)


def _next_wanted(
    meter: Meter | Variable, inside: pl.DataFrame, pieces: Pieces, end: datetime, high: datetime
) -> datetime | None:
    """Return from when on the meter's next reading is needed besides those `inside`; None if it is not."""
    mine = pieces.get(meter.id, ())
    if meter.kind is MeterKind.COUNTER:
        times = inside.filter(pl.col("meter") == meter.id, pl.col("time") >= end)["time"]
        return None if any(_piece_at(at, mine) is None for at in times) else high
    lines = [one for one in mine if one.kind is AmendmentKind.INTERPOLATED and instant_of(one.begin) < high]
    return max([high, *(instant_of(one.end) for one in lines)]) if lines else None


def _next_left(store: SeriesStore, wanted: Mapping[str, datetime], pieces: Pieces) -> list[pl.DataFrame]:
    """Return each wanted meter's first reading from an instant on that is left, where there is one."""
    if not wanted:
        return []
    newest = {name: at for name, at, _ in store.last(list(wanted)).iter_rows()}
    found = []
    for name, start in wanted.items():
        look = FIRST_LOOK
        at = start
        while name in newest and at <= newest[name]:
            rows = store.read([name], at, at + look)
            left = [_piece_at(time, pieces.get(name, ())) is None for time in rows["time"]]
            kept = rows.filter(pl.Series(left, dtype=pl.Boolean))
            if kept.height:
                found.append(kept.head(1))
                break
            at, look = at + look, 2 * look
    return found
