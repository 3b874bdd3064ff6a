"""Counters whose instrument was replaced: every epoch is a register of its own, with both its ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from analytics.consumption.counter import counter_spans
from analytics.consumption.instants import epoch_us
from analytics.consumption.readings import sort
from analytics.consumption.spread import Spans
from domain.amendment import Amendment, replacements
from domain.meter import Meter, Variable


@dataclass(frozen=True, slots=True)
class Replacement:
    """One replacement of a meter, by the meter's code; registers in the canonical unit."""

    at_us: int
    old: float
    new: float
    old_rollover: float | None
    new_rollover: float | None


Replaced = Mapping[int, Sequence[Replacement]]


def replaced_of(amendments: Sequence[Amendment], meters: Sequence[Meter | Variable]) -> Replaced:
    """Return the replacements of each of the meters that has any, by its place in `meters`.

    An epoch that a replacement ended has the register size that was known then; the newest one has what its
    replacement said, else what the plant file says now.
    """
    found: dict[int, list[Replacement]] = {}
    for code, meter in enumerate(meters):
        for one in replacements(amendments, meter.id):
            if one.old_register is None or one.new_register is None:
                continue
            size = meter.rollover if one.new_rollover is None else one.new_rollover
            entry = Replacement(
                epoch_us(one.start), one.old_register, one.new_register, one.old_rollover, size
            )
            found.setdefault(code, []).append(entry)
    return found


def register_spans(
    readings: pl.DataFrame, rules: pl.DataFrame, interval_us: int, replaced: Replaced
) -> Spans:
    """Return the spans of counters, across replacements too.

    What both instruments showed when they were exchanged are readings like all others: the last span of an
    epoch ends with what the old one showed, the first of the next begins with what the new one showed. So
    nothing is counted twice or lost, and a gap is judged as everywhere.

    Args:
        readings: code, time [us], value, as `tidy` gives them.
        rules: one row per code (`RULES_SCHEMA`).
        interval_us: length of an interval [us].
        replaced: replacements by code, by their instants.
    """
    if not replaced:
        return counter_spans(readings, rules, interval_us)
    first = _first_registers(rules.height, replaced)
    spans = counter_spans(_by_register(readings, replaced, first), _rules(rules, replaced), interval_us)
    owner = pl.Series(
        [code for code in range(rules.height) for _ in range(1 + len(replaced.get(code, ())))],
        dtype=pl.UInt32,
    )
    return Spans(
        spans.spans.with_columns(code=owner.gather(spans.spans["code"])),
        spans.marks.with_columns(code=owner.gather(spans.marks["code"])),
    )


def _first_registers(meters: int, replaced: Replaced) -> list[int]:
    """Return the number of each meter's first register, when those of all meters are counted through."""
    first, number = [], 0
    for code in range(meters):
        first.append(number)
        number += 1 + len(replaced.get(code, ()))
    return first


def _by_register(readings: pl.DataFrame, replaced: Replaced, first: Sequence[int]) -> pl.DataFrame:
    """Return the readings with registers in the place of meters, and those of the exchanges among them."""
    number = pl.Series(first, dtype=pl.UInt32).gather(readings["code"]).alias("register")
    parted, ends = readings.with_columns(number), []
    for code, found in replaced.items():
        for i, one in enumerate(found):
            mine = pl.col("code") == code
            # A reading of the very instant is the new instrument's; what it showed then is said already.
            parted = parted.filter(~(mine & (pl.col("time") == one.at_us)))
            later = (mine & (pl.col("time") > one.at_us)).cast(pl.UInt32)
            parted = parted.with_columns(register=pl.col("register") + later)
            ends += [(first[code] + i, one.at_us, one.old), (first[code] + i + 1, one.at_us, one.new)]
    schema = {"code": pl.UInt32, "time": pl.Int64, "value": pl.Float64}
    exchanged = pl.DataFrame(ends, schema=schema, orient="row")
    return sort(
        pl.concat([parted.select("register", "time", "value").rename({"register": "code"}), exchanged])
    )


def _rules(rules: pl.DataFrame, replaced: Replaced) -> pl.DataFrame:
    """Return one row of rules per register: the meter's own, with the register's size."""
    rows = []
    for code, row in enumerate(rules.iter_rows(named=True)):
        found = replaced.get(code, ())
        rows += [row | {"rollover": one.old_rollover} for one in found]
        rows.append(row | {"rollover": found[-1].new_rollover} if found else row)
    return pl.DataFrame(rows, schema=rules.schema)
