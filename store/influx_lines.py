"""Readings and judged intervals as InfluxDB line protocol, in microseconds.

    reading,meter=<id> value=<float> <time>
    interval,process=<id>,resource=<id> quality="<text>",known="actual cost",actual=1.5,cost=3.0 <start>
    consumption,meter=<id> quality="<text>",known="amount",amount=1.5,coverage=1.0,interval_s=900.0 <start>

Values are always floats, so a field never gets two types. `received_us` is not written: nothing is
computed from the time of arrival, and as a second field it would double the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from store.frames import AMOUNTS, KEPT_AMOUNTS
from store.influx_points import escape_tag

INTERVAL, CONSUMPTION = "interval", "consumption"


def interval_lines(intervals: pl.DataFrame) -> list[str]:
    """Return one line per row of a store.frames.checked_intervals frame.

    A point that is written again keeps the old point's fields where the new one has none, so an amount
    that became unknown would come back from the dead: `known` names the amounts that count.
    """
    return [
        f"{INTERVAL},process={escape_tag(row['process'])},resource={escape_tag(row['resource'])} "
        f"{_fields(row, AMOUNTS)} {row['start']}"
        for row in _rows(intervals)
    ]


def consumption_lines(consumption: pl.DataFrame) -> list[str]:
    """Return one line per row of a store.frames.checked_consumption frame; `known` as above."""
    return [
        f"{CONSUMPTION},meter={escape_tag(row['meter'])} {_fields(row, KEPT_AMOUNTS)},"
        f"coverage={row['coverage']!r},interval_s={float(row['interval_s'])!r} {row['start']}"
        for row in _rows(consumption)
    ]


def _rows(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    return frame.with_columns(pl.col("start").to_physical()).iter_rows(named=True)


def _fields(row: dict[str, Any], amounts: Sequence[str]) -> str:
    known = [name for name in amounts if row[name] is not None]
    fields = [f"quality={_text(row['quality'])}", f"known={_text(' '.join(known))}"]
    return ",".join(fields + [f"{name}={row[name]!r}" for name in known])


def _text(value: str) -> str:
    """Return a string field's value, quoted."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
