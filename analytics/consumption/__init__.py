"""Readings -> consumption per meter and fixed interval, with a quality for each: the stage `consume`.

Every kind of meter becomes *spans*: stretches of time with an amount (`counter`, `gauge`, `delta`). One
function (`spread`) then shares the spans out over the intervals they touch, pro rata, in a fixed order. An
interval so depends only on the spans that touch it, and the same window gives the same bits whether it is
computed alone, as part of a year, or from readings that arrived in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from analytics.consumption.corrections import corrected, pieces_of
from analytics.consumption.delta import delta_spans
from analytics.consumption.gauge import gauge_spans
from analytics.consumption.readings import tidy
from analytics.consumption.registers import register_spans, replaced_of
from analytics.consumption.restate import restated
from analytics.consumption.rules import RULES_SCHEMA, rule_of
from analytics.consumption.spread import MIN_COVERAGE, Spans, Totals, Window, spread
from domain.amendment import Amendment
from domain.consumption import RANK, Quality
from domain.meter import Meter, MeterKind, Variable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR_US = 3_600_000_000


def consume(
    readings: pl.DataFrame,
    meters: Sequence[Meter | Variable],
    interval_s: int,
    start: datetime,
    end: datetime,
    amendments: Sequence[Amendment] = (),
) -> pl.DataFrame:
    """Return the consumption of every meter in every interval of [start, end): the CONSUMPTION frame.

    The parts of an amount that are known add up: over any window of fully covered intervals the amounts of
    a counter without resets sum to last minus first reading. Nothing is scaled up: an amount is what was
    measured in the `coverage` share of its interval, and below MIN_COVERAGE it is unknown, never zero.

    - measured: covered fully, by readings near enough to each other.
    - estimated: coverage in [MIN_COVERAGE, 1), or bridged across missing readings within the allowed hold.
    - catch_up: touched by a gap beyond the hold, whose lump is spread evenly over it (counters).
    - reset: the register stepped back; the amount is a lower bound (counters).
    - missing: coverage below MIN_COVERAGE; amount and mean are null.

    The worst that touches an interval decides (`domain.consumption.RANK`). What a correction touches is
    estimated at best; a replaced instrument is no reset.

    Args:
        readings: meter: String, time: Datetime[us, UTC], value: Float64 [canonical unit], in any order. Of
            two with the same meter and time the later row counts; nulls, NaN and infinities are dropped;
            meters that were not asked for are ignored. Besides the readings in [start, end) there should
            be those within `context_s` on both sides and each meter's latest one before them.
        meters: what to compute, in any order; ids are unique.
        interval_s: length of an interval [s].
        start: aware; a multiple of the interval since 1970, UTC.
        end: likewise, exclusive.
        amendments: replacements and corrections in force, of any meters. Where one takes readings away,
            "the latest before" and "the next after" are those that it leaves (`analytics.surroundings`).

    Returns:
        Exactly one row per meter and interval, sorted by meter, start. meter: String; start:
        Datetime[us, UTC]; amount: Float64 >= 0 for meters (null = missing); mean: Float64 (gauges: the
        time-weighted mean of the rate; else null); quality: String; coverage: Float64, 0 .. 1.

    Raises:
        ValueError: start or end is naive or not on an interval border, or end lies before start.
    """
    ordered = sorted(meters, key=lambda one: one.id)
    window = _window(start, end, interval_s, len(ordered))
    tidied = tidy(readings, [one.id for one in ordered])
    rules = pl.DataFrame([rule_of(one, interval_s) for one in ordered], schema=RULES_SCHEMA, orient="row")
    left = corrected(tidied, pieces_of(amendments, ordered))
    spans = _spans(left.readings, ordered, rules, window.interval_us, amendments)
    if left.pieces:
        spans = restated(spans, left, rules, window.interval_us)
    totals = spread(spans, window)
    return _frame(ordered, window, totals)


def _spans(
    readings: pl.DataFrame,
    meters: Sequence[Meter | Variable],
    rules: pl.DataFrame,
    interval_us: int,
    amendments: Sequence[Amendment],
) -> Spans:
    """Return the spans of all meters, kind by kind."""
    replaced = replaced_of(amendments, meters)
    span_functions = {
        MeterKind.COUNTER: lambda mine: register_spans(mine, rules, interval_us, replaced),
        MeterKind.GAUGE: lambda mine: gauge_spans(mine, rules, interval_us),
        MeterKind.DELTA: lambda mine: delta_spans(mine, rules, interval_us),
    }
    kinds = [kind for kind in MeterKind if any(one.kind is kind for one in meters)]
    return Spans.together([span_functions[kind](_of_kind(readings, meters, kind)) for kind in kinds])


def context_s(meter: Meter | Variable, interval_s: int) -> float:
    """Return how far outside a window readings still decide about its intervals [s], on both sides.

    A caller that passes the readings of [start - context, end + context) and each meter's latest reading
    before that gets the same bits for every window, however the windows are cut. Only an interval in a gap
    longer than this needs more: it stays `missing` until the meter's next reading is passed too.

    >>> from domain.meter import PayloadRule
    >>> from domain.units import UNITS
    >>> water = Meter("w", "p", "water", MeterKind.COUNTER, UNITS["m3"], PayloadRule(""), every_s=10.0)
    >>> context_s(water, 900)
    1800.0
    """
    return rule_of(meter, interval_s).hold_us / 1e6


def _window(start: datetime, end: datetime, interval_s: int, meters: int) -> Window:
    """Return the window in microseconds; raise ValueError if it does not fit the interval."""
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("start and end must be aware datetimes")
    step = timedelta(seconds=interval_s)
    if (start - _EPOCH) % step or (end - _EPOCH) % step or end < start:
        raise ValueError(f"[{start}, {end}) is not a whole number of {interval_s} s intervals since 1970")
    first = (start - _EPOCH) // step
    return Window(first, (end - _EPOCH) // step - first, interval_s * 1_000_000, meters)


def _of_kind(tidied: pl.DataFrame, meters: Sequence[Meter | Variable], kind: MeterKind) -> pl.DataFrame:
    """Return the readings of one kind of meter."""
    is_kind = pl.Series([one.kind is kind for one in meters], dtype=pl.Boolean)
    return tidied if is_kind.all() else tidied.filter(is_kind.gather(tidied["code"]))


def _frame(meters: Sequence[Meter | Variable], window: Window, totals: Totals) -> pl.DataFrame:
    """Return the CONSUMPTION frame of the totals: rows by meter, then interval."""
    coverage = np.minimum(totals.covered_us / window.interval_us, 1.0)
    worst = np.maximum(totals.rank, np.where(coverage < 1.0, RANK[Quality.ESTIMATED], 0))
    rank = np.where(coverage >= MIN_COVERAGE, worst, RANK[Quality.MISSING])
    starts = (window.first + np.arange(window.n, dtype=np.int64)) * window.interval_us
    by_meter = np.repeat(np.arange(len(meters)), window.n)
    is_gauge = pl.Series([one.kind is MeterKind.GAUGE for one in meters], dtype=pl.Boolean)
    frame = pl.DataFrame(
        {
            "meter": pl.Series([one.id for one in meters], dtype=pl.String).gather(by_meter),
            "start": pl.Series(np.tile(starts, len(meters)), dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
            "amount": totals.amount,
            "mean": totals.amount / np.maximum(totals.covered_us / _HOUR_US, 1e-12),
            "quality": pl.Series([str(quality) for quality in RANK]).gather(rank),
            "coverage": coverage,
            "is_gauge": is_gauge.gather(by_meter),
        }
    )
    known = pl.col("quality") != str(Quality.MISSING)
    return frame.select(
        "meter",
        "start",
        pl.when(known).then("amount").alias("amount"),
        pl.when(known & pl.col("is_gauge")).then("mean").alias("mean"),
        "quality",
        "coverage",
    )
