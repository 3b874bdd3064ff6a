"""InfluxSeries and InfluxDB 3, by its documented answers only."""

from __future__ import annotations

import json
from io import BytesIO

import polars as pl
import pytest

from domain.errors import StoreError
from tests.servers.answers import Answer, AnsweringServer
from tests.store.answered import METER, as_json, opened
from tests.store.builders import ALWAYS, START, START_US, intervals, rows


def parquet(frame: pl.DataFrame) -> bytes:
    file = BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def test_v3_reads_parquet() -> None:
    times = pl.Series("time", [START_US * 1000 + 1_000, START_US * 1000]).cast(pl.Datetime("ns"))
    meters = pl.Series("meter", [METER, METER], dtype=pl.Categorical)
    answer = Answer(200, parquet(pl.DataFrame([meters, times, pl.Series("value", [2.5, 1.5])])))
    with AnsweringServer(lambda _: answer) as server, opened(server.url, "v3") as series:
        assert rows(series.read([METER], *ALWAYS)) == [(METER, 0.0, 1.5), (METER, 1e-6, 2.5)]
        series.ping()
        assert series.read([], *ALWAYS).is_empty()
    body = json.loads(server.asked[0].body)
    assert (server.asked[0].path, body["db"], body["format"]) == ("/api/v3/query_sql", "plant/a b", "parquet")
    assert "TIMESTAMP '1990-01-01T00:00:00.000000Z'" in body["q"]


def test_v3_reads_intervals_of_which_some_amount_was_never_written() -> None:
    frame = (
        intervals([0])
        .select("process", "resource", "actual", "expected", "quality")
        .with_columns(
            pl.lit(START.replace(tzinfo=None)).cast(pl.Datetime("ns")).alias("time"),
            pl.lit("actual").alias("known"),
        )
    )
    with AnsweringServer(lambda _: Answer(200, parquet(frame))) as server, opened(server.url, "v3") as series:
        (found,) = series.read_intervals("dye_line_2", "water", *ALWAYS).rows(named=True)
    assert (found["start"], found["actual"], found["expected"], found["cost"]) == (START, 12.5, None, None)


def test_v3_has_nothing_before_the_first_write_and_says_when_the_database_is_missing() -> None:
    answers = [as_json(400, {"error": "Error during planning: table 'public.iox.reading' not found"})]
    with AnsweringServer(lambda _: answers[-1]) as server, opened(server.url, "v3") as series:
        assert series.read([METER], *ALWAYS).is_empty()
        assert series.last([METER]).is_empty()
        answers.append(as_json(404, {"error": "database not found: plant"}))
        with pytest.raises(StoreError, match="database not found") as caught:
            series.read([METER], *ALWAYS)
    assert not caught.value.retryable
