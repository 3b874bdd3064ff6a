"""History files -> readings: CSV or Parquet, long (time, meter, value) or wide (a column per meter)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from domain.errors import ConfigError, Problem
from domain.meter import Meter, Variable
from domain.plant import Plant
from domain.readings import ReadingBlock

BATCH = 50_000
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
#: ISO 8601 spellings read from text; without an offset they are UTC
_WITH_OFFSET = ("%+",)
_WITHOUT_OFFSET = (
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
)


@dataclass(frozen=True, slots=True)
class History:
    """What a file held.

    Args:
        readings: meter: String, time: Datetime[us, UTC], value: Float64 in canonical units; sorted, unique.
        rejects: line: UInt32 (1 = the file's first line, so the header of a CSV), meter, reason: String.
        empty: cells of a wide file without a value; they are no readings and no errors.
    """

    readings: pl.DataFrame
    rejects: pl.DataFrame
    empty: int


def read_history(path: Path, plant: Plant, now: datetime) -> History:
    """Return the readings of a history file, in canonical units, and every row that was refused.

    Values are in each meter's own unit, as the plant file says; times are UTC where they carry no offset.

    Raises:
        ConfigError: the file is missing, unreadable, or has neither of the two shapes.
    """
    frame = _numbered(_load(path), path)
    long = _as_long(frame, path)
    judged = _with_reason(_parsed(long), plant, now)
    empty = judged.filter(pl.col("raw").is_null())
    judged = judged.filter(pl.col("raw").is_not_null())
    rejects = judged.filter(pl.col("reason") != "").select("line", "meter", "reason")
    good = judged.filter(pl.col("reason") == "").select("meter", "time", "value")
    return History(_canonical(good, plant), rejects.sort("line", "meter"), empty.height)


def reading_batches(frame: pl.DataFrame, received_us: int) -> Iterator[ReadingBlock]:
    """Yield the readings of a frame (meter, time, value; canonical units), BATCH at a time."""
    for part in frame.iter_slices(BATCH):
        meters = part["meter"].unique(maintain_order=True)
        codes = part["meter"].replace_strict(meters, np.arange(len(meters)), return_dtype=pl.Int32)
        times, values = part["time"].to_physical().to_numpy(), part["value"].to_numpy()
        received = np.full(part.height, received_us, dtype=np.int64)
        yield ReadingBlock(meters.to_list(), codes.to_numpy(), times, values, received)


def _load(path: Path) -> pl.DataFrame:
    """Return the file as it is: Parquet typed, CSV as text."""
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            return pl.read_parquet(path)
        return pl.read_csv(path, infer_schema=False, truncate_ragged_lines=False)
    except (OSError, pl.exceptions.PolarsError) as trouble:
        raise _refused(path, f"cannot be read as CSV or Parquet: {trouble}") from trouble


def _numbered(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Return the frame with the line each row stands on."""
    if "time" not in frame.columns:
        allowed = "a long file has time, meter, value; a wide one time and a column per meter id"
        raise _refused(path, f"has no column 'time' (found {', '.join(frame.columns[:8])}); {allowed}")
    first = 1 if path.suffix.lower() in {".parquet", ".pq"} else 2
    return frame.with_row_index("line", offset=first)


def _as_long(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Return line, time, meter, raw whatever the file's shape."""
    if "meter" in frame.columns:
        if "value" not in frame.columns:
            raise _refused(path, "has a column 'meter' but no column 'value'")
        return frame.select("line", "time", pl.col("meter").cast(pl.String), pl.col("value").alias("raw"))
    meters = [name for name in frame.columns if name not in {"line", "time"}]
    return frame.unpivot(on=meters, index=["line", "time"], variable_name="meter", value_name="raw")


def _parsed(long: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with time as Datetime[us, UTC] and value as Float64, null where they are neither."""
    return long.with_columns(
        _time(long.schema["time"]), pl.col("raw").cast(pl.Float64, strict=False).alias("value")
    )


def _time(kind: pl.DataType) -> pl.Expr:
    """Return the expression that reads a time column of this type."""
    column = pl.col("time")
    if isinstance(kind, pl.Datetime):
        aware = column if kind.time_zone else column.dt.replace_time_zone("UTC")
        return aware.dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC")).alias("time")
    if kind == pl.Date():
        return column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC").alias("time")
    text = column.cast(pl.String).str.strip_chars()
    aware_text = [
        text.str.to_datetime(fmt, time_unit="us", time_zone="UTC", strict=False) for fmt in _WITH_OFFSET
    ]
    naive = [text.str.to_datetime(fmt, time_unit="us", strict=False) for fmt in _WITHOUT_OFFSET]
    return pl.coalesce(*aware_text, *(one.dt.replace_time_zone("UTC") for one in naive)).alias("time")


def _with_reason(frame: pl.DataFrame, plant: Plant, now: datetime) -> pl.DataFrame:
    """Return the rows with the reason to refuse each, "" where there is none."""
    known = [*plant.meters, *plant.variables]
    reason = (
        pl.when(~pl.col("meter").fill_null("").is_in(known))
        .then(pl.lit("unknown_meter"))
        .when(pl.col("time").is_null())
        .then(pl.lit("bad_time"))
        .when(pl.col("time") > now)
        .then(pl.lit("time_in_future"))
        .when(pl.col("time") < EARLIEST)
        .then(pl.lit("time_too_old"))
        .when(pl.col("value").is_null() | ~pl.col("value").is_finite())
        .then(pl.lit("not_a_number"))
        .otherwise(pl.lit(""))
    )
    return frame.with_columns(reason.alias("reason"))


def _canonical(good: pl.DataFrame, plant: Plant) -> pl.DataFrame:
    """Return the readings in canonical units, sorted; of the same meter and time the last line counts."""
    streams: list[Meter | Variable] = [*plant.meters.values(), *plant.variables.values()]
    factors = pl.DataFrame(
        [(one.id, one.unit.factor * _heating_value(one), one.unit.offset) for one in streams],
        schema={"meter": pl.String, "factor": pl.Float64, "offset": pl.Float64},
        orient="row",
    )
    value = (pl.col("value") * pl.col("factor") + pl.col("offset")).alias("value")
    converted = good.join(factors, on="meter", how="left", maintain_order="left").select(
        "meter", "time", value
    )
    return converted.unique(["meter", "time"], keep="last", maintain_order=True).sort("meter", "time")


def _heating_value(stream: Meter | Variable) -> float:
    """Return what turns the canonical volume or mass into kWh, 1 where nothing is turned."""
    return (stream.heating_value or 1.0) if isinstance(stream, Meter) else 1.0


def _refused(path: Path, message: str) -> ConfigError:
    return ConfigError([Problem(str(path), "", "", "", message)])
