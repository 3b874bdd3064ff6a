"""InfluxQL for what a series store is asked, and its CSV answers as frames (dialects v1 and v2).

CSV hides errors: a missing database, a killed query and no data are all 200 with few bytes. So a second
statement, SHOW DATABASES, follows every query: its block is missing exactly when something went wrong.
Never Flux (4 to 10 times slower), never GROUP BY *.
"""

# ruff: noqa: S608 -- every value that enters a query goes through text_literal
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from domain.errors import StoreError
from store.frames import AMOUNTS, INSTANT, INTERVALS, KEPT_AMOUNTS, LAST_KEPT, READINGS
from store.frames import CONSUMPTION as CONSUMPTION_FRAME
from store.influx_lines import CONSUMPTION, INTERVAL
from store.influx_points import READING

SENTINEL = "SHOW DATABASES"
_SENTINEL_HEADER = b"name,tags,name\n"
_TYPES: dict[str, pl.DataType] = {
    "name": pl.String(),
    "tags": pl.String(),
    "time": pl.Int64(),
    "value": pl.Float64(),
    "quality": pl.String(),
    "known": pl.String(),
    **dict.fromkeys((*AMOUNTS, *KEPT_AMOUNTS, "coverage", "interval_s"), pl.Float64()),
}
_METER = pl.col("tags").str.strip_prefix("meter=").str.replace_all("\\", "", literal=True).alias("meter")
_START = pl.col("time").cast(INSTANT).alias("start")


def text_literal(value: str) -> str:
    """Return an InfluxQL string literal.

    >>> print(text_literal("a'b"))
    'a\\'b'
    """
    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{quoted}'"


def identifier(name: str) -> str:
    """Return an InfluxQL identifier.

    >>> print(identifier('a "b"'))
    "a \\"b\\""
    """
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def readings_query(meters: Sequence[str], start_us: int, end_us: int) -> str:
    """Return the query for these meters' readings in [start, end)."""
    return f'SELECT "value" FROM "{READING}" WHERE {_where(meters, start_us, end_us)} GROUP BY "meter"'


def last_query(meters: Sequence[str], start_us: int, end_us: int) -> str:
    """Return the query for each of these meters' latest reading in [start, end)."""
    where = _where(meters, start_us, end_us)
    return f'SELECT last("value") AS "value" FROM "{READING}" WHERE {where} GROUP BY "meter"'


def intervals_query(process: str, resource: str, start_us: int, end_us: int, policy: str = "") -> str:
    """Return the query for the judged intervals of one process and resource in [start, end)."""
    fields = ", ".join(f'"{name}"' for name in (*AMOUNTS, "quality", "known"))
    tags = f'"process" = {text_literal(process)} AND "resource" = {text_literal(resource)}'
    return f"SELECT {fields} FROM {_from(policy, INTERVAL)} WHERE {tags} AND {_window(start_us, end_us)}"


def consumption_query(meters: Sequence[str], start_us: int, end_us: int, policy: str = "") -> str:
    """Return the query for these meters' kept consumption in [start, end)."""
    fields = ", ".join(f'"{name}"' for name in (*KEPT_AMOUNTS, "quality", "known", "coverage", "interval_s"))
    where = _where(meters, start_us, end_us)
    return f'SELECT {fields} FROM {_from(policy, CONSUMPTION)} WHERE {where} GROUP BY "meter"'


def last_consumption_query(meters: Sequence[str], start_us: int, end_us: int, policy: str = "") -> str:
    """Return the query for each of these meters' latest kept interval in [start, end)."""
    what = f'last("coverage") AS "coverage" FROM {_from(policy, CONSUMPTION)}'
    return f'SELECT {what} WHERE {_where(meters, start_us, end_us)} GROUP BY "meter"'


def probe_query(policy: str = "") -> str:
    """Return a query that touches the database and finds nothing."""
    return f'SELECT "value" FROM {_from(policy, READING)} WHERE time = 0 LIMIT 1'


def readings_frame(rows: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return a READINGS frame of the rows of readings_query or last_query, not sorted."""
    parts = [part.select(_METER, pl.col("time").cast(INSTANT), "value") for part in rows]
    return pl.concat([READINGS.to_frame(), *parts])


def intervals_frame(rows: Iterable[pl.DataFrame], process: str, resource: str) -> pl.DataFrame:
    """Return an INTERVALS frame of the rows of intervals_query; amounts not in `known` are null."""
    ids = [pl.lit(process).alias("process"), pl.lit(resource).alias("resource")]
    parts = [part.select(*ids, _START, *known_amounts(AMOUNTS), "quality") for part in rows]
    return pl.concat([INTERVALS.to_frame(), *parts]).sort("start")


def consumption_frame(rows: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return a CONSUMPTION frame of the rows of consumption_query, not sorted."""
    rest = [pl.col("quality"), pl.col("coverage"), pl.col("interval_s").cast(pl.Int64)]
    parts = [part.select(_METER, _START, *known_amounts(KEPT_AMOUNTS), *rest) for part in rows]
    return pl.concat([CONSUMPTION_FRAME.to_frame(), *parts])


def last_consumption_frame(rows: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return a LAST_KEPT frame of the rows of last_consumption_query, not sorted."""
    return pl.concat([LAST_KEPT.to_frame(), *(part.select(_METER, _START) for part in rows)])


def known_amounts(names: Iterable[str]) -> list[pl.Expr]:
    """Return the columns of amounts, null where `known` does not name them."""
    known = pl.col("known").fill_null("").str.split(" ")
    return [pl.when(known.list.contains(name)).then(name).alias(name) for name in names]


def parsed(answer: Iterable[bytes]) -> Iterator[pl.DataFrame]:
    """Yield the first statement's rows as frames, piece by piece.

    Raises:
        StoreError: retryable; the answer broke off, or the server failed on the way.
    """
    header = b""
    for block in _first_block(answer):
        if not header:
            header, _, block = block.partition(b"\n")  # noqa: PLW2901 -- the rest of this very block
        if rows := block.strip(b"\n"):
            yield _frame(header, rows)


def _first_block(answer: Iterable[bytes]) -> Iterator[bytes]:
    """Yield whole lines until the sentinel's header; raise if that never comes."""
    rest = b""
    for piece in answer:
        whole, newline, rest = (rest + piece).rpartition(b"\n")
        lines = whole + newline
        if (end := _sentinel(lines)) >= 0:
            yield lines[:end]
            for _ in answer:  # so that the connection can be used again
                pass
            return
        yield lines
    raise StoreError(f"the answer ends without its last block {rest[:200]!r}", retryable=True)


def _sentinel(lines: bytes) -> int:
    """Return where the sentinel's header begins, at the beginning of a line; -1 if it is not there."""
    if lines.startswith(_SENTINEL_HEADER):
        return 0
    found = lines.find(b"\n" + _SENTINEL_HEADER)
    return found + 1 if found >= 0 else -1


def _frame(header: bytes, rows: bytes) -> pl.DataFrame:
    """Return CSV rows as a frame with our types; a block with other columns is an error in words (2.x)."""
    names = header.decode(errors="replace").split(",")
    if not _TYPES.keys() >= {*names}:
        raise StoreError(f"the server answers {header + b': ' + rows[:200]!r}", retryable=True)
    try:
        return pl.read_csv(rows, has_header=False, schema={name: _TYPES[name] for name in names})
    except pl.exceptions.PolarsError as error:
        raise StoreError(f"the answer cannot be read: {error}", retryable=True) from error


def _from(policy: str, measurement: str) -> str:
    return f'"{policy}"."{measurement}"' if policy else f'"{measurement}"'


def _where(meters: Sequence[str], start_us: int, end_us: int) -> str:
    any_meter = " OR ".join(f'"meter" = {text_literal(meter)}' for meter in meters)
    return f"({any_meter}) AND {_window(start_us, end_us)}"


def _window(start_us: int, end_us: int) -> str:
    return f"time >= {start_us * 1000} AND time < {end_us * 1000}"
