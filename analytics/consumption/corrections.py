"""Corrections of readings: which window each rules, and the readings that are left.

The readings in the store stay as they came. Where corrections overlap, the one entered last rules; what it
does not cover of an earlier one still stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from analytics.consumption.instants import epoch_us
from analytics.consumption.readings import sort
from domain.amendment import Amendment, AmendmentKind
from domain.meter import Meter, MeterKind, Variable

#: corrections that take the window's readings away
REMOVES = (AmendmentKind.BAD, AmendmentKind.SET, AmendmentKind.INTERPOLATED)
#: corrections by which a person answers for the time between two readings
BRIDGES = (AmendmentKind.SET, AmendmentKind.INTERPOLATED)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of time [begin, end) of one meter that one correction rules. Times in microseconds."""

    code: int
    begin: int
    end: int
    kind: AmendmentKind
    meter: MeterKind
    value: float  # canonical: rate (gauges), amount of the whole window, factor or shift; else 0.0
    whole: int  # length of the whole window, of which this may be a part
    late: int  # 1 where a stamp is the end of what it stands for, else 0: such a stamp lies in (begin, end]
    no_zero: bool  # an exact zero is no reading


@dataclass(frozen=True, slots=True)
class Line:
    """The readings on both sides of a piece: [us] and [canonical unit]."""

    t0: int
    v0: float
    t1: int
    v1: float

    def at(self, time_us: float) -> float:
        """Return the value on the line."""
        return self.v0 + (self.v1 - self.v0) * ((time_us - self.t0) / (self.t1 - self.t0))


@dataclass(frozen=True, slots=True)
class Corrected:
    """What is left of the readings, the pieces that rule, and the lines of those that interpolate.

    An interpolation without readings on both sides has no line: its window stays unknown.
    """

    readings: pl.DataFrame
    pieces: tuple[Piece, ...]
    lines: dict[Piece, Line]


def pieces_of(amendments: Sequence[Amendment], meters: Sequence[Meter | Variable]) -> tuple[Piece, ...]:
    """Return the pieces of all corrections of the meters, which never overlap within a meter, by begin.

    Args:
        amendments: in force; others than corrections are ignored.
        meters: a meter's place is its code.
    """
    codes = {meter.id: code for code, meter in enumerate(meters)}
    pieces: list[Piece] = []
    for one in sorted(amendments, key=lambda one: one.id):
        if one.kind is not AmendmentKind.REPLACED and one.meter in codes:
            new = _piece(one, codes[one.meter], meters[codes[one.meter]])
            pieces = [part for old in pieces for part in _outside(old, new)]
            pieces.append(new)
    return tuple(sorted(pieces, key=lambda piece: (piece.code, piece.begin)))


def _piece(one: Amendment, code: int, meter: Meter | Variable) -> Piece:
    begin, end = epoch_us(one.start), epoch_us(one.end)
    late = int(meter.kind is MeterKind.DELTA and meter.stamp == "end")
    value = 0.0 if one.value is None else one.value
    return Piece(code, begin, end, one.kind, meter.kind, value, end - begin, late, meter.zero_is_missing)


def _outside(old: Piece, new: Piece) -> Iterator[Piece]:
    """Yield what a newer piece leaves of an older one."""
    if old.code != new.code or new.end <= old.begin or old.end <= new.begin:
        yield old
        return
    if old.begin < new.begin:
        yield replace(old, end=new.begin)
    if new.end < old.end:
        yield replace(old, begin=new.end)


def corrected(readings: pl.DataFrame, pieces: Sequence[Piece]) -> Corrected:
    """Return the readings without those that are bad or replaced, the others scaled and shifted.

    - Bad, set, interpolated: the readings of the window are left out.
    - Scaled: values times the factor; a counter's are left, for a factor is meant for its amounts.
    - Shifted: values plus the shift.
    - A gauge whose rate was set or interpolated has a reading at the window's end, which stands from there
      on as any reading does.

    Args:
        readings: code, time [us], value, as `tidy` gives them.
        pieces: from `pieces_of`.
    """
    if not pieces:
        return Corrected(readings, (), {})
    code, time = readings["code"].to_numpy(), readings["time"].to_numpy()
    value, left = readings["value"].to_numpy().copy(), np.ones(readings.height, dtype=np.bool_)
    for piece in pieces:
        low, high = np.searchsorted(code, [piece.code, piece.code + 1])
        inside = low + np.searchsorted(time[low:high], [piece.begin + piece.late, piece.end + piece.late])
        rows = slice(int(inside[0]), int(inside[1]))
        if piece.kind in REMOVES:
            left[rows] = False
        elif piece.kind is AmendmentKind.SHIFTED:
            value[rows] += piece.value
        elif piece.meter is not MeterKind.COUNTER:
            value[rows] *= piece.value
    known = readings.with_columns(value=value).filter(left)
    lines = {piece: line for piece in pieces if (line := _line(known, piece)) is not None}
    return Corrected(_with_ends(known, pieces, lines), tuple(pieces), lines)


def _line(known: pl.DataFrame, piece: Piece) -> Line | None:
    """Return the line over an interpolated piece; None where a reading on one side is not there."""
    if piece.kind is not AmendmentKind.INTERPOLATED:
        return None
    mine = known.filter(pl.col("code") == piece.code)
    if piece.no_zero:
        mine = mine.filter(pl.col("value") != 0.0)
    time, value = mine["time"].to_numpy(), mine["value"].to_numpy()
    after = int(np.searchsorted(time, piece.end + piece.late))
    before = int(np.searchsorted(time, piece.begin + piece.late)) - 1
    if before < 0 or after >= time.size:
        return None
    return Line(int(time[before]), float(value[before]), int(time[after]), float(value[after]))


def _with_ends(known: pl.DataFrame, pieces: Sequence[Piece], lines: dict[Piece, Line]) -> pl.DataFrame:
    """Return the readings with those at the ends of gauges' windows."""
    ends = []
    for piece in pieces:
        followed = any(one.code == piece.code and one.begin == piece.end for one in pieces)
        if piece.meter is not MeterKind.GAUGE or followed:
            continue
        if piece.kind is AmendmentKind.SET:
            ends.append((piece.code, piece.end, piece.value))
        elif piece in lines:
            ends.append((piece.code, piece.end, lines[piece].at(piece.end)))
    if not ends:
        return known
    made = pl.DataFrame(ends, schema=known.schema, orient="row")
    return sort(pl.concat([made, known]))  # a reading of the same instant comes later, and counts
