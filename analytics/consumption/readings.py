"""Readings as the span functions want them: known meters, finite values, in order, each instant once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl


def tidy(readings: pl.DataFrame, ids: Sequence[str]) -> pl.DataFrame:
    """Return the readings of the given meters, sorted by meter and time, the last of equal instants only.

    Args:
        readings: meter: String, time: Datetime[us, UTC], value: Float64; in any order.
        ids: the meters, sorted, unique.

    Returns:
        code: UInt32 (position in `ids`), time: Int64 [us since 1970], value: Float64, finite.
    """
    known = readings.select(
        code=pl.col("meter").cast(pl.Enum(ids), strict=False).to_physical().cast(pl.UInt32),
        time=pl.col("time").dt.epoch("us"),
        value=pl.col("value").cast(pl.Float64),
    ).filter(pl.col("code").is_not_null() & pl.col("time").is_not_null() & pl.col("value").is_finite())
    return sort(known)


def sort(known: pl.DataFrame) -> pl.DataFrame:
    """Return readings (code, time [us], value) by code and time, the last of equal instants only."""
    if _in_order(known):
        return known  # as the store reads them: sorting millions of rows again would be half of the work
    ordered = known[_order(known)]
    last = (pl.col("code") != pl.col("code").shift(-1)) | (pl.col("time") != pl.col("time").shift(-1))
    return ordered.filter(last.fill_null(value=True))


def _order(readings: pl.DataFrame) -> npt.NDArray[np.intp]:
    """Return the row numbers by meter, then time, then as they came.

    As one integer key where both fit into it: five times as fast as polars' sort by two columns, and next
    to nothing when the rows come in a few sorted runs, as they do from the store.
    """
    code, time = readings["code"].to_numpy().astype(np.int64), readings["time"].to_numpy()
    since = int(time.min())
    width = int(time.max()) - since + 1
    if (int(code.max()) + 1) * width < 2**63:
        return np.argsort(code * width + (time - since), kind="stable")
    return np.lexsort((time, code))


def _in_order(readings: pl.DataFrame) -> bool:
    """Return whether meter and time rise strictly from row to row."""
    code, time = pl.col("code"), pl.col("time")
    rises = (code > code.shift(1)) | ((code == code.shift(1)) & (time > time.shift(1)))
    return bool(readings.select(rises.all()).item())
