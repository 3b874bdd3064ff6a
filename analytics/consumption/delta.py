"""Amounts per message -> spans: the period that each amount stands for."""

from __future__ import annotations

import polars as pl

from analytics.consumption.rules import ON_TIME
from analytics.consumption.spread import MARKS_SCHEMA, SPANS_SCHEMA, Spans

#: how long the silence of an event-driven meter means that nothing happened; after that it is unknown
ALIVE_US = 7 * 86_400_000_000
_NEVER_US = 1 << 62


def delta_spans(readings: pl.DataFrame, rules: pl.DataFrame, interval_us: int) -> Spans:
    """Return the spans of amounts that come per message; with a cadence by `_periods`, else by `_events`.

    An exact zero of a meter with `zero_is_missing` is dropped. A meter's negative amount (a correction)
    counts as zero; a variable's is kept.

    Args:
        readings: code, time [us], value [canonical unit], as `tidy` gives them.
        rules: one row per code (`RULES_SCHEMA`).
        interval_us: length of an interval [us].
    """
    names = ("every_us", "at_end", "zero_is_missing", "is_meter")
    rule = {name: rules[name].gather(readings["code"]) for name in names}
    known = readings.with_columns(**rule).filter(~pl.col("zero_is_missing") | (pl.col("value") != 0.0))
    known = known.with_columns(
        amount=pl.when("is_meter").then(pl.col("value").clip(lower_bound=0.0)).otherwise("value")
    )
    periodic = pl.col("every_us").is_not_null()
    return Spans(
        pl.concat([_periods(known.filter(periodic)), _events(known.filter(~periodic), interval_us)]),
        pl.DataFrame(schema=MARKS_SCHEMA),
    )


def _periods(messages: pl.DataFrame) -> pl.DataFrame:
    """Return one span per message of a declared cadence: the period that it measured.

    The period reaches from the stamp to the next message (`at_end`: from the previous one to the stamp)
    while these come within ON_TIME of the cadence, so that jitter and a cadence declared a little wrong
    leave no holes; otherwise it lasts one cadence, and what is left before the next message is unknown.
    A period that crosses a border is shared pro rata: a stamp a moment late does not move its whole amount.
    """
    same_next, same_last = (
        pl.col("code") == pl.col("code").shift(-1),
        pl.col("code") == pl.col("code").shift(1),
    )
    to_next = pl.when(same_next).then(pl.col("time").shift(-1) - pl.col("time"))
    from_last = pl.when(same_last).then(pl.col("time") - pl.col("time").shift(1))
    gap = pl.when("at_end").then(from_last).otherwise(to_next)
    period = pl.when(gap <= ON_TIME * pl.col("every_us")).then(gap).otherwise("every_us")
    begin = pl.when("at_end").then(pl.col("time") - period).otherwise("time")
    return messages.select("code", begin=begin, end=begin + period, amount="amount")


def _events(messages: pl.DataFrame, interval_us: int) -> pl.DataFrame:
    """Return spans for messages that come when something happens (a batch, a delivery).

    An event's amount belongs to the interval that holds its stamp (`at_end`: to the one that ends there),
    which is known as a whole. The silence after it is an amount of 0.0, known for ALIVE_US; not so where
    a zero means missing data: there silence does, too. Before a meter's first event nothing is known.
    """
    same_next, same_last = (
        pl.col("code") == pl.col("code").shift(-1),
        pl.col("code") == pl.col("code").shift(1),
    )
    placed = messages.with_columns(at=pl.col("time") - pl.col("at_end").cast(pl.Int64)).with_columns(
        floor=pl.col("at") // interval_us * interval_us
    )
    floor, ceil = pl.col("floor"), pl.col("floor") + interval_us
    opens = ~(same_last & (floor == floor.shift(1))).fill_null(value=False)
    closes = ~(same_next & (floor == floor.shift(-1))).fill_null(value=False)
    events = placed.select(
        "code",
        begin=pl.when(opens).then(floor).otherwise("at"),
        end=pl.when(closes).then(ceil).otherwise(pl.col("at").shift(-1)),
        amount="amount",
    )
    next_floor = pl.when(same_next).then(floor.shift(-1)).otherwise(_NEVER_US)
    silences = placed.select(
        "code",
        "zero_is_missing",
        begin=ceil,
        end=pl.min_horizontal(next_floor, pl.col("at") + ALIVE_US),
        amount=pl.lit(0.0),
    ).filter(~pl.col("zero_is_missing") & (pl.col("end") > pl.col("begin")))
    return pl.concat([events, silences.select(*SPANS_SCHEMA)])
