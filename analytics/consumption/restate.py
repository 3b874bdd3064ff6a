"""Corrections of spans: amounts that a person states take the place of what was measured."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import polars as pl

from analytics.consumption.corrections import BRIDGES, Corrected, Line, Piece
from analytics.consumption.spread import MARKS_SCHEMA, SPANS_SCHEMA, Spans
from domain.amendment import AmendmentKind
from domain.consumption import RANK, Quality
from domain.meter import MeterKind

_HOUR_US = 3_600_000_000


def restated(spans: Spans, corrected: Corrected, rules: pl.DataFrame, interval_us: int) -> Spans:
    """Return the spans as the corrections state them; nothing that a correction touches is `measured`.

    - Set: the window has the stated amount (a gauge: rate times hours), shared out evenly; what was
      measured outside it stays, also of a span that reaches into it.
    - Interpolated: a gauge follows the line between the readings on both sides, a delta of a cadence that
      of its amounts per period. A counter's increment is shared out evenly, as over any gap.
    - Scaled: a counter's amounts within the window, times the factor. (Others: `corrected` did it.)
    - Bad: a delta's window is unknown; silence must not make a zero of it. (Others: a gap like any other.)
    - A counter's gap counts as bridged for the time that was set or interpolated: only the rest of it can
      make it a catch-up.

    Args:
        spans: of the readings that `corrected` left.
        corrected: the pieces, and the lines over them.
        rules: one row per code (`RULES_SCHEMA`).
        interval_us: length of an interval [us].
    """
    marks = _bridged(spans.marks, corrected.pieces, rules)
    touched = [_touched(spans.spans, piece) for piece in corrected.pieces]
    parts, stated = spans.spans, []
    for piece in corrected.pieces:
        parts = _cut_at(_cut_at(parts, piece.code, piece.begin), piece.code, piece.end)
        inside = (pl.col("code") == piece.code) & pl.col("begin").is_between(
            piece.begin, piece.end, closed="left"
        )
        if _is_scaled(piece):
            factor = pl.when(inside).then(piece.value).otherwise(1.0)
            parts = parts.with_columns(amount=pl.col("amount") * factor)
        elif _is_stated(piece):
            parts = parts.filter(~inside)
            marks = _marks_outside(marks, piece)
            stated += _stated(piece, corrected.lines.get(piece), rules, interval_us)
    whole = pl.concat([parts, pl.DataFrame(stated, schema=SPANS_SCHEMA, orient="row")])
    doubts = pl.DataFrame(touched, schema=MARKS_SCHEMA, orient="row")
    return Spans(whole.sort("code", "begin", maintain_order=True), pl.concat([marks, doubts]))


def _is_scaled(piece: Piece) -> bool:
    return piece.kind is AmendmentKind.SCALED and piece.meter is MeterKind.COUNTER


def _is_stated(piece: Piece) -> bool:
    """Return whether nothing measured counts within the piece."""
    if piece.kind is AmendmentKind.BAD:
        return piece.meter is MeterKind.DELTA
    is_line = piece.kind is AmendmentKind.INTERPOLATED and piece.meter is not MeterKind.COUNTER
    return is_line or piece.kind is AmendmentKind.SET


def _stated(
    piece: Piece, line: Line | None, rules: pl.DataFrame, interval_us: int
) -> list[tuple[int, int, int, float]]:
    """Return the spans (code, begin, end, amount) in the place of what was measured; none if unknown."""
    length = piece.end - piece.begin
    if piece.kind is AmendmentKind.SET:
        is_rate = piece.meter is MeterKind.GAUGE
        share = length / _HOUR_US if is_rate else length / piece.whole
        return [(piece.code, piece.begin, piece.end, piece.value * share)]
    if line is None:
        return []
    period_us = _HOUR_US if piece.meter is MeterKind.GAUGE else rules["every_us"][piece.code]
    if period_us is None:
        return []  # events have no rate; the command refuses to interpolate them
    first, last = piece.begin // interval_us + 1, (piece.end - 1) // interval_us
    borders = [piece.begin, *(n * interval_us for n in range(first, last + 1)), piece.end]
    least = 0.0 if rules["is_meter"][piece.code] else -math.inf
    # The mean of a line over a stretch is its value in the middle.
    return [
        (piece.code, begin, end, max(least, line.at((begin + end) / 2)) * ((end - begin) / period_us))
        for begin, end in pairwise(borders)
    ]


def _touched(spans: pl.DataFrame, piece: Piece) -> tuple[int, int, int, int]:
    """Return the mark over a piece and all that was derived across its borders."""
    begin, end = piece.begin, piece.end
    if piece.meter is not MeterKind.DELTA:
        # An increment also hangs on the reading that ends it.
        first = begin - int(piece.kind is AmendmentKind.SHIFTED and piece.meter is MeterKind.COUNTER)
        over = spans.filter(
            (pl.col("code") == piece.code) & (pl.col("begin") < end) & (pl.col("end") > first)
        )
        if over.height:
            begin, end = min(begin, over.item(0, "begin")), max(end, over.item(-1, "end"))
    return piece.code, begin, end, RANK[Quality.ESTIMATED]


def _cut_at(spans: pl.DataFrame, code: int, at_us: int) -> pl.DataFrame:
    """Return the spans with the one that reaches over an instant in two, its amount shared pro rata."""
    over = (pl.col("code") == code) & (pl.col("begin") < at_us) & (pl.col("end") > at_us)
    rows = spans.select(over.arg_true()).to_series()
    if rows.is_empty():
        return spans
    whole = spans[rows]
    length = whole["end"].to_numpy() - whole["begin"].to_numpy()
    amount = whole["amount"].to_numpy()
    left = amount * ((at_us - whole["begin"].to_numpy()) / length)
    right = amount * ((whole["end"].to_numpy() - at_us) / length)
    at = pl.lit(at_us, dtype=pl.Int64)
    halves = [whole.with_columns(end=at, amount=left), whole.with_columns(begin=at, amount=right)]
    return pl.concat([spans.filter(~over), *halves])


def _marks_outside(marks: pl.DataFrame, piece: Piece) -> pl.DataFrame:
    """Return the marks without what lies within a piece."""
    mine = pl.col("code") == piece.code
    before = marks.filter(mine & (pl.col("begin") < piece.begin)).with_columns(
        end=pl.col("end").clip(upper_bound=piece.begin)
    )
    after = marks.filter(mine & (pl.col("end") > piece.end)).with_columns(
        begin=pl.col("begin").clip(lower_bound=piece.end)
    )
    return pl.concat([marks.filter(~mine), before, after])


def _bridged(marks: pl.DataFrame, pieces: tuple[Piece, ...], rules: pl.DataFrame) -> pl.DataFrame:
    """Return the marks with those gaps no catch-up any more that a person bridged up to the hold."""
    bridged = np.zeros(marks.height, dtype=np.int64)
    code, begin, end, rank = (marks[name].to_numpy() for name in MARKS_SCHEMA)
    for piece in pieces:
        if piece.kind in BRIDGES:
            shared = np.minimum(end, piece.end) - np.maximum(begin, piece.begin)
            bridged += np.where(code == piece.code, np.maximum(shared, 0), 0)
    short = end - begin - bridged <= rules["hold_us"].gather(marks["code"]).to_numpy()
    eased = (rank == RANK[Quality.CATCH_UP]) & (bridged > 0) & short
    return marks.with_columns(rank=pl.Series(np.where(eased, RANK[Quality.ESTIMATED], rank), dtype=pl.Int64))
