"""Reading from InfluxDB 3 by SQL. UNTESTED against a real server: none was at hand when this was written.

Parquet, because a CSV or JSON answer that breaks off can look complete, while a Parquet file without its
footer cannot be read. Note that InfluxDB 3 Core reads back about 72 hours only: too little for a baseline.

Source: InfluxDB 3 Core HTTP API, POST /api/v3/query_sql.
"""

# ruff: noqa: S608 -- every value that enters a query goes through _text
from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO

import polars as pl

from domain.errors import StoreError
from store.frames import AMOUNTS, INTERVALS, READINGS
from store.influx_http import Address, ask_json, connect, pieces, told
from store.influx_lines import INTERVAL, READING

_PARQUET = "application/vnd.apache.parquet"
_NO_TABLE_YET = re.compile(r"table '?[\w.]*' not found", re.IGNORECASE)
_TIME = pl.col("time").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


class SqlReader:
    """Asks SQL questions of InfluxDB 3; the same methods as InfluxReader."""

    def __init__(self, address: Address, token: str) -> None:
        self._address = address
        self._client = connect(address, token, {})

    def readings(self, meters: Sequence[str], start_us: int, end_us: int) -> pl.DataFrame:
        """Return readings in [start, end), not sorted."""
        return _readings(self._rows(readings_sql(meters, start_us, end_us)))

    def last(self, meters: Sequence[str], start_us: int, end_us: int) -> pl.DataFrame:
        """Return each meter's latest reading in [start, end), not sorted."""
        return _readings(self._rows(last_sql(meters, start_us, end_us)))

    def intervals(self, process: str, resource: str, start_us: int, end_us: int) -> pl.DataFrame:
        """Return the judged intervals with start in [start, end), sorted by start."""
        return _intervals(self._rows(intervals_sql(process, resource, start_us, end_us)))

    def probe(self) -> None:
        """Return if the database can be read; raise StoreError if not."""
        self._rows("SELECT 1 AS one")

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _rows(self, sql: str) -> pl.DataFrame | None:
        """Return the answer; None when the table is not there yet (the first write makes it)."""
        body = {"db": self._address.database, "q": sql, "format": "parquet"}
        try:
            with told(self._address.url):
                answer = b"".join(pieces(ask_json(self._client, "/api/v3/query_sql", body, accept=_PARQUET)))
            return pl.read_parquet(BytesIO(answer))
        except pl.exceptions.PolarsError as error:
            raise StoreError(
                f"{self._address.url}: the answer is not whole: {error}", retryable=True
            ) from error
        except StoreError as error:
            if _NO_TABLE_YET.search(str(error)):
                return None
            raise


def readings_sql(meters: Sequence[str], start_us: int, end_us: int) -> str:
    """Return the query for these meters' readings in [start, end)."""
    return f"SELECT meter, time, value FROM {READING} WHERE {_where(meters, start_us, end_us)}"


def last_sql(meters: Sequence[str], start_us: int, end_us: int) -> str:
    """Return the query for each of these meters' latest reading in [start, end)."""
    place = "row_number() OVER (PARTITION BY meter ORDER BY time DESC) AS place"
    ranked = f"SELECT meter, time, value, {place} FROM {READING} WHERE {_where(meters, start_us, end_us)}"
    return f"SELECT meter, time, value FROM ({ranked}) WHERE place = 1"


def intervals_sql(process: str, resource: str, start_us: int, end_us: int) -> str:
    """Return the query for judged intervals; `*`, since a field that was never written does not exist."""
    ids = f"process = {_text(process)} AND resource = {_text(resource)}"
    return f"SELECT * FROM {INTERVAL} WHERE {ids} AND {_window(start_us, end_us)}"


def _readings(rows: pl.DataFrame | None) -> pl.DataFrame:
    if rows is None:
        return READINGS.to_frame()
    return rows.select(pl.col("meter").cast(pl.String), _TIME, pl.col("value").cast(pl.Float64))


def _intervals(rows: pl.DataFrame | None) -> pl.DataFrame:
    """Return an INTERVALS frame; amounts that are not in `known` are null."""
    if rows is None:
        return INTERVALS.to_frame()
    known = pl.col("known").fill_null("").str.split(" ")
    given = [name for name in AMOUNTS if name in rows.columns]
    amounts = [pl.when(known.list.contains(name)).then(name).alias(name) for name in given]
    absent = [pl.lit(None, pl.Float64).alias(name) for name in AMOUNTS if name not in given]
    ids = pl.col("process", "resource", "quality").cast(pl.String)
    return rows.select(ids, _TIME.alias("start"), *amounts, *absent).select(INTERVALS.names()).sort("start")


def _text(value: str) -> str:
    """Return an SQL string literal.

    >>> _text("a'b")
    "'a''b'"
    """
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def _where(meters: Sequence[str], start_us: int, end_us: int) -> str:
    return f"meter IN ({', '.join(map(_text, meters))}) AND {_window(start_us, end_us)}"


def _window(start_us: int, end_us: int) -> str:
    return f"time >= {_instant(start_us)} AND time < {_instant(end_us)}"


def _instant(time_us: int) -> str:
    """Return an SQL timestamp.

    >>> _instant(86_400_000_001)
    "TIMESTAMP '1970-01-02T00:00:00.000001Z'"
    """
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)
    return f"TIMESTAMP '{instant:%Y-%m-%dT%H:%M:%S.%fZ}'"
