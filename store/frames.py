"""The frames a series store gives and takes, and the windows it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl

from domain.errors import StoreError
from store.readings import FIRST_US, LAST_US, name_problem

INSTANT = pl.Datetime("us", "UTC")
READINGS = pl.Schema({"meter": pl.String(), "time": INSTANT, "value": pl.Float64()})
#: the measured columns of a judged interval; null = unknown
AMOUNTS = ("actual", "expected", "excess", "cost", "kg_co2e")
INTERVALS = pl.Schema(
    {
        "process": pl.String(),
        "resource": pl.String(),
        "start": INSTANT,
        **dict.fromkeys(AMOUNTS, pl.Float64()),
        "quality": pl.String(),
    }
)
#: consumption per meter as it is kept when the readings are gone; null = unknown
KEPT_AMOUNTS = ("amount", "mean")
CONSUMPTION = pl.Schema(
    {
        "meter": pl.String(),
        "start": INSTANT,
        **dict.fromkeys(KEPT_AMOUNTS, pl.Float64()),
        "quality": pl.String(),
        "coverage": pl.Float64(),
        "interval_s": pl.Int64(),
    }
)
LAST_KEPT = pl.Schema({"meter": pl.String(), "start": INSTANT})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def instant_us(instant: datetime) -> int:
    """Return microseconds since 1970, exact, held to the years a store keeps.

    Raises:
        ValueError: the instant has no time zone.

    >>> instant_us(datetime(1970, 1, 2, tzinfo=UTC))
    86400000000
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    return max(FIRST_US, min(LAST_US + 1, (instant - _EPOCH) // _MICROSECOND))


def checked_intervals(frame: pl.DataFrame) -> pl.DataFrame:
    """Return judged intervals with exactly the columns and types of INTERVALS; not finite becomes null.

    Of rows with the same process, resource and start the last one counts.

    Raises:
        StoreError: not retryable; a row without process, resource, start or quality, or an id that no
            store can keep.
    """
    return _checked(frame, INTERVALS, AMOUNTS, ["process", "resource"])


def checked_consumption(frame: pl.DataFrame) -> pl.DataFrame:
    """Return consumption per meter with exactly the columns and types of CONSUMPTION; likewise.

    Raises:
        StoreError: not retryable; a row without meter, start, quality, coverage or interval_s, or an id
            that no store can keep.
    """
    return _checked(frame, CONSUMPTION, KEPT_AMOUNTS, ["meter"])


def _checked(frame: pl.DataFrame, schema: pl.Schema, amounts: Sequence[str], ids: list[str]) -> pl.DataFrame:
    rows = (
        frame.select(schema.names())
        .cast(schema)
        .with_columns(pl.when(pl.col(name).is_finite()).then(name).alias(name) for name in amounts)
    )
    needed = [name for name in schema.names() if name not in amounts]
    if any(rows[name].null_count() for name in needed):
        raise StoreError(f"an interval without one of {', '.join(needed)}", retryable=False)
    for name in {text for column in (*ids, "quality") for text in rows[column].unique()}:
        if problem := name_problem(name):
            raise StoreError(f"interval of {name!r} cannot be kept: {problem}", retryable=False)
    return rows.unique([*ids, "start"], keep="last", maintain_order=True)
