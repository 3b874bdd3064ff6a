"""Which intervals count, and in which period each lies: by day, week, month, shift and product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from analytics.calendar import calendar_features, local_time, production_day
from domain.consumption import Quality
from domain.enpi import Every
from domain.plant import Plant, Shift

#: why an interval is left out of a figure
MISSING, RESET, NO_EXPECTED = "missing", "reset", "no_expected"
OUTPUT_UNKNOWN, NO_OUTPUT, OUTPUTS_DIFFER = "output_unknown", "no_output", "outputs_differ"
MIXED_PRODUCTS, PRODUCT_UNKNOWN = "mixed_products", "product_unknown"
NO_PRICE, NO_FACTOR = "no_price", "no_factor"


@dataclass(frozen=True, slots=True)
class Selection:
    """What somebody asks for."""

    every: Every = Every.WHOLE
    shift: str = ""  # name; "" = all hours
    product: str = ""  # id of an output variable; "" = whatever is made


def select(frame: pl.DataFrame, plant: Plant, outputs: Sequence[str], selection: Selection) -> pl.DataFrame:
    """Return the intervals that were asked for, each with its period and why it has to be left out.

    Intervals of other shifts, and those in which the product was not made, are not there at all. Where the
    product was made beside another one, or what was made is not known, an interval is there with its reason.

    Args:
        frame: start: Datetime[us, UTC], sorted; actual; quality; expected; a column per output [amount].
        plant: time zone and shifts.
        outputs: ids of the process's outputs.
        selection: its product is one of them.

    Returns:
        the frame's rows with period: String (null = in no shift, with Every.SHIFT; such rows are not there);
        left_out: String, null = counts.
    """
    rows = with_period(frame, plant, selection.every).with_columns(
        left_out=reason_of(outputs, selection.product)
    )
    if selection.shift:
        rows = rows.filter(pl.col("shift") == selection.shift)
    if selection.product:
        made = pl.col(selection.product)
        rows = rows.filter(made.is_null() | (made > 0.0))
    return rows.filter(pl.col("period").is_not_null()).drop("shift")


def with_period(frame: pl.DataFrame, plant: Plant, every: Every) -> pl.DataFrame:
    """Return the frame with each row's shift (null = none) and its period's label.

    Args:
        frame: start: Datetime[us, UTC].
        plant: time zone and shifts.
        every: how time is cut.

    Returns:
        the rows with shift: String; period: String, "" = the whole window, null = in no shift (Every.SHIFT).
    """
    calendar = calendar_features(frame["start"], plant)
    rows = frame.with_columns(calendar["shift"], local_time(frame["start"], plant))
    return rows.with_columns(period=_period(plant.shifts, every)).drop("local")


def reason_of(outputs: Sequence[str], product: str) -> pl.Expr:
    """Return why an interval does not count; null where it does."""
    reason = (
        pl.when(pl.col("actual").is_null())
        .then(pl.lit(MISSING))
        .when(pl.col("quality") == str(Quality.RESET))
        .then(pl.lit(RESET))
    )
    if product:
        others = [pl.col(name) for name in outputs if name != product]
        mixed = pl.any_horizontal(pl.lit(value=False), *(one > 0.0 for one in others))
        unknown = pl.any_horizontal(pl.col(product).is_null(), *(one.is_null() for one in others))
        reason = reason.when(unknown).then(pl.lit(PRODUCT_UNKNOWN)).when(mixed).then(pl.lit(MIXED_PRODUCTS))
    return reason.otherwise(pl.lit(None, dtype=pl.String))


def _period(shifts: Sequence[Shift], every: Every) -> pl.Expr:
    """Return the label of the period in which a local instant lies."""
    local = pl.col("local")
    match every:
        case Every.WHOLE:
            return pl.lit("")
        case Every.DAY:
            return local.dt.strftime("%Y-%m-%d")
        case Every.WEEK:
            return local.dt.strftime("%G-W%V")
        case Every.MONTH:
            return local.dt.strftime("%Y-%m")
        case Every.SHIFT:
            return _occurrence(shifts)


def _occurrence(shifts: Sequence[Shift]) -> pl.Expr:
    """Return the day on which an instant's shift started, and its name; null outside every shift."""
    local = pl.col("local")
    began = local.dt.date()
    for shift in shifts:
        began = pl.when(pl.col("shift") == shift.name).then(production_day(shift, local)).otherwise(began)
    return began.dt.strftime("%Y-%m-%d") + pl.lit(" ") + pl.col("shift")
