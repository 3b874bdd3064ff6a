"""A stream over a span: every interval that was asked for, known or not, from what was judged and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import polars as pl

from analytics.enpi.outputs import outputs_of, with_amounts
from analytics.enpi.selection import Selection, select
from analytics.frames import variables_frame
from analytics.process import process_frame, variable_column
from domain.amendment import Amendment, in_force
from domain.consumption import Quality
from domain.enpi import Every
from domain.meter import Variable
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore

#: judged up to less than this long ago: the rest of the span has not happened yet, and is not missing
SETTLING = timedelta(hours=2)
#: what is kept of judged intervals, and nothing else
_KEPT = ("start", "actual", "expected", "cost", "kg_co2e", "quality")


@dataclass(frozen=True, slots=True)
class Pick:
    """What of a stream is asked for."""

    process: str
    resource: str
    shift: str = ""  # name; "" = all hours
    product: str = ""  # id of an output; "" = whatever is made


def asked_frame(
    plant: Plant, store: SeriesStore, ledger: Ledger, pick: Pick, start: datetime, end: datetime,
    now: datetime,
) -> pl.DataFrame:  # fmt: skip
    """Return one row for each interval of [start, end) that was asked for and has happened.

    Only what is known counts: a missing interval, one with a reset (a lower bound), and one of which it is
    not known whether the product was made, or that made others too, is null. Hours of other shifts and those
    in which the product was not made are not there.

    Returns:
        start: Datetime[us, UTC], sorted; actual, expected, excess [unit per interval], cost [currency] and
        kg_co2e of the excess: Float64, null = unknown.

    Raises:
        StoreError: the store cannot be read.
        LedgerError: the ledger cannot be read.
    """
    outputs = outputs_of(plant, pick.process) if pick.product else ()
    rows = interval_rows(plant, store, ledger, pick, outputs, start, end, now=now)
    counts = pl.col("actual").is_not_null() & (pl.col("quality") != str(Quality.RESET)).fill_null(value=True)
    if pick.shift or pick.product:
        selection = Selection(Every.WHOLE, pick.shift, pick.product)
        rows = select(rows, plant, [one.id for one in outputs], selection)
        counts = pl.col("left_out").is_null()
    actual = pl.when(counts).then("actual")
    both = counts & pl.col("expected").is_not_null()
    return rows.select(
        "start", actual.alias("actual"), "expected", (actual - pl.col("expected")).alias("excess"),
        pl.when(both).then("cost").alias("cost"), pl.when(both).then("kg_co2e").alias("kg_co2e"),
    )  # fmt: skip


def interval_rows(
    plant: Plant, store: SeriesStore, ledger: Ledger, pick: Pick, outputs: tuple[Variable, ...],
    start: datetime, end: datetime, *, now: datetime,
) -> pl.DataFrame:  # fmt: skip
    """Return one row for each interval of [start, end) that has happened, whatever shift and product.

    Returns:
        start; actual, expected [unit per interval], cost and kg_co2e of the excess, quality, null = unknown;
        a column per output [amount].

    Raises:
        StoreError: the store cannot be read.
        LedgerError: the ledger cannot be read.
    """
    start, end = _whole(start, plant.interval_s), _whole(end, plant.interval_s)
    stored = store.read_intervals(pick.process, pick.resource, start, end).select(_KEPT)
    rows = grid(start, _happened(stored, end, now, plant.interval_s), plant.interval_s)
    rows = rows.join(stored, on="start", how="left", maintain_order="left")
    rows = _with_kept(plant, store, pick, rows)
    if not outputs:
        return rows
    made = _made(plant, store, ledger, outputs, start, end)
    return rows.join(made, on="start", how="left", maintain_order="left")


def _with_kept(plant: Plant, store: SeriesStore, pick: Pick, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows in which what was never judged is at least known as far as it was kept per meter."""
    unjudged = rows.filter(pl.col("quality").is_null())["start"]
    first, last = unjudged.min(), unjudged.max()
    meters = [meter.id for meter in plant.meters_of(pick.process, pick.resource)]
    if not isinstance(first, datetime) or not isinstance(last, datetime) or not meters:
        return rows
    kept = store.read_consumption(meters, first, last + timedelta(seconds=plant.interval_s))
    kept = kept.filter(pl.col("interval_s") == plant.interval_s)
    if kept.is_empty():
        return rows
    bare = replace(plant, processes={pick.process: replace(plant.processes[pick.process], variables=())})
    used = process_frame(kept, bare, pick.process, pick.resource)
    return rows.join(used, on="start", how="left", suffix=" kept", maintain_order="left").select(
        "start",
        pl.when(pl.col("quality").is_null()).then("actual kept").otherwise("actual").alias("actual"),
        "expected", "cost", "kg_co2e",
        pl.coalesce("quality", "quality kept"),
    )  # fmt: skip


def _whole(at: datetime, interval_s: int) -> datetime:
    """Return the start of the first interval at or after an instant."""
    seconds = -(-int(at.timestamp()) // interval_s) * interval_s
    return datetime.fromtimestamp(seconds, UTC)


def _happened(stored: pl.DataFrame, end: datetime, now: datetime, interval_s: int) -> datetime:
    """Return until when a span has happened: where the judging stands if it keeps up, else now."""
    last = stored["start"].max()
    if isinstance(last, datetime):
        judged = last + timedelta(seconds=interval_s)
        if now - judged < SETTLING:
            return min(end, judged)
    return min(end, _whole(now, interval_s))


def grid(start: datetime, end: datetime, interval_s: int) -> pl.DataFrame:
    if end <= start:
        return pl.DataFrame({"start": pl.Series([], dtype=pl.Datetime("us", "UTC"))})
    starts = pl.datetime_range(start, end, f"{interval_s}s", closed="left", time_unit="us", eager=True)
    return pl.DataFrame({"start": starts})


def _made(
    plant: Plant, store: SeriesStore, ledger: Ledger, outputs: Sequence[Variable], start: datetime,
    end: datetime,
) -> pl.DataFrame:  # fmt: skip
    """Return start and a column per output [amount]: what was kept of them, the rest from readings."""
    names = [one.id for one in outputs]
    kept = store.read_consumption(names, start, end).filter(pl.col("interval_s") == plant.interval_s)
    until = _kept_until(kept, names, start, plant.interval_s)
    early = grid(start, until, plant.interval_s)
    for one in outputs:
        early = early.join(variable_column(kept, one), on="start", how="left")
    if until >= end:
        return with_amounts(early, tuple(outputs), plant.interval_s)
    with ledger.begin() as tx:
        amendments: tuple[Amendment, ...] = in_force(tx.amendments())
    late = variables_frame(plant, store, outputs, until, end, amendments)
    return with_amounts(pl.concat([early, late]), tuple(outputs), plant.interval_s)


def _kept_until(kept: pl.DataFrame, names: Sequence[str], start: datetime, interval_s: int) -> datetime:
    """Return up to where something is kept of every output."""
    last = dict(kept.group_by("meter").agg(pl.col("start").max()).iter_rows())
    step = timedelta(seconds=interval_s)
    return min((last[name] + step if name in last else start for name in names), default=start)
