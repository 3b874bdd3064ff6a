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
from store.frames import AMOUNTS, INTERVALS, KEPT_AMOUNTS, LAST_KEPT, READINGS
from store.frames import CONSUMPTION as CONSUMPTION_FRAME
from store.influx_http import Address, ask_json, connect, pieces, told
from store.influx_lines import CONSUMPTION, INTERVAL
from store.influx_points import READING

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

    def consumption(self, meters: Sequence[str], start_us: int, end_us: int) -> pl.DataFrame:
        """Return kept consumption with start in [start, end), not sorted."""
        return _consumption(self._rows(consumption_sql(meters, start_us, end_us)))

    def last_consumption(self, meters: Sequence[str], start_us: int, end_us: int) -> pl.DataFrame:
        """Return each meter's latest kept interval (meter, start), not sorted."""
        return _last_kept(self._rows(last_consumption_sql(meters, start_us, end_us)))

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


def consumption_sql(meters: Sequence[str], start_us: int, end_us: int) -> str:
    """Return the query for these meters' kept consumption; `*` as in intervals_sql."""
    return f"SELECT * FROM {CONSUMPTION} WHERE {_where(meters, start_us, end_us)}"


def last_consumption_sql(meters: Sequence[str], start_us: int, end_us: int) -> str:
    """Return the query for each of these meters' latest kept interval in [start, end)."""
    where = _where(meters, start_us, end_us)
    return f"SELECT meter, max(time) AS time FROM {CONSUMPTION} WHERE {where} GROUP BY meter"


def _readings(rows: pl.DataFrame | None) -> pl.DataFrame:
    if rows is None:
        return READINGS.to_frame()
    return rows.select(pl.col("meter").cast(pl.String), _TIME, pl.col("value").cast(pl.Float64))


def _intervals(rows: pl.DataFrame | None) -> pl.DataFrame:
    """Return an INTERVALS frame; amounts that are not in `known` are null."""
    if rows is None:
        return INTERVALS.to_frame()
    ids = pl.col("process", "resource", "quality").cast(pl.String)
    named = rows.select(ids, _TIME.alias("start"), *_known(rows, AMOUNTS))
    return named.select(INTERVALS.names()).sort("start")


def _consumption(rows: pl.DataFrame | None) -> pl.DataFrame:
    """Return a CONSUMPTION frame; amounts that are not in `known` are null."""
    if rows is None:
        return CONSUMPTION_FRAME.to_frame()
    ids = pl.col("meter", "quality").cast(pl.String)
    rest = [pl.col("coverage").cast(pl.Float64), pl.col("interval_s").cast(pl.Int64)]
    named = rows.select(ids, _TIME.alias("start"), *_known(rows, KEPT_AMOUNTS), *rest)
    return named.select(CONSUMPTION_FRAME.names())


def _last_kept(rows: pl.DataFrame | None) -> pl.DataFrame:
    if rows is None:
        return LAST_KEPT.to_frame()
    return rows.select(pl.col("meter").cast(pl.String), _TIME.alias("start"))


def _known(rows: pl.DataFrame, amounts: Sequence[str]) -> list[pl.Expr]:
    """Return the columns of amounts; one that was never written has no column yet."""
    known = pl.col("known").cast(pl.String).fill_null("").str.split(" ")
    given = [name for name in amounts if name in rows.columns]
    absent = [pl.lit(None, pl.Float64).alias(name) for name in amounts if name not in given]
    return [pl.when(known.list.contains(name)).then(name).alias(name) for name in given] + absent


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
