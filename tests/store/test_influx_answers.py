"""InfluxSeries against the answers of servers that cannot be installed here: 2.x and 3, proxies, liars.

Source of the answers: the servers' code at 2.7 and 3, influxdata/docs-v2 issue 6071, and 1.6.7 where it
says so. What a real 1.6.7 does is in test_influx_server.py.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from math import ceil, log2

import polars as pl
import pytest

from domain.errors import StoreError
from store.influx import InfluxSeries
from store.influx_http import Dialect
from tests.servers.answers import Answer, AnsweringServer, Asked
from tests.servers.process import free_port
from tests.store.builders import ALWAYS, START, START_US, a_reading, intervals, readings, rows

METER = "dye_line_2.water"
KEPT = Answer(204)
DIALECTS: tuple[Dialect, ...] = ("v1", "v2", "v3")
WRITE_PATH = {"v1": "/write", "v2": "/api/v2/write", "v3": "/api/v3/write_lp"}


@contextmanager
def opened(
    url: str, dialect: Dialect = "v2", *, timeout_s: float = 5.0, packed: bool = False
) -> Iterator[InfluxSeries]:
    """An InfluxSeries with credentials of the dialect."""
    who = {"username": "collector", "password": "s3cret:ö"} if dialect == "v1" else {}
    tokens = {} if dialect == "v1" else {"write_token": "s3cret-w", "read_token": "s3cret-r"}
    series = InfluxSeries(
        url, dialect, "plant/a b", org="o & o", timeout_s=timeout_s, packed=packed, **who, **tokens
    )
    try:
        yield series
    finally:
        series.close()


def as_json(status: int, body: object, **headers: str) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})


class Database:
    """Keeps lines as a dialect does, and refuses those of meters that are called after a trouble."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.kept: dict[str, str] = {}

    def answer(self, asked: Asked) -> Answer:
        bad = [line for line in asked.lines if "meter=bad" in line]
        syntax = [line for line in bad if "bad_syntax" in line]
        if self.dialect == "v2" and syntax:  # 2.x keeps nothing of a batch that it cannot parse
            return as_json(
                400, {"code": "invalid", "message": f"unable to parse '{syntax[0]}': missing fields"}
            )
        self.kept |= {
            line.rpartition(" value=")[0] + line.rpartition(" ")[2]: line
            for line in asked.lines
            if line not in bad
        }
        return self._partial(bad) if bad else KEPT

    def _partial(self, bad: list[str]) -> Answer:
        reason = "field type conflict" if "bad_type" in bad[0] else "points beyond retention policy"
        words = f"partial write: {reason} dropped={len(bad)}"
        if self.dialect == "v1":
            return as_json(400, {"error": words})
        if self.dialect == "v2":
            message = f"failure writing points to database: {words}"
            return as_json(422, {"code": "unprocessable entity", "message": message})
        lines = [{"original_line": bad[0][:20], "line_number": 1, "error_message": reason}]
        return as_json(400, {"error": "partial write of line protocol occurred", "data": lines})


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("trouble", ["bad_syntax", "bad_type", "bad_age"])
@pytest.mark.fault(18)
def test_one_bad_line_among_5000_is_found_and_the_others_are_kept(dialect: Dialect, trouble: str) -> None:
    database = Database(dialect)
    batch = [*readings(3_333), a_reading(0, 1.0, trouble), *readings(1_666, "b")]
    with AnsweringServer(database.answer) as server, opened(server.url, dialect) as series:
        done = series.append(batch)
    assert done.stored == 4_999
    ((refused, words),) = done.refused
    assert refused == batch[3_333]
    assert "parse" in words or "partial write" in words
    assert len(database.kept) == 4_999
    assert len(server.asked) - 1 <= 2 * ceil(log2(5_000))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("packed", [True, False])
def test_a_write_goes_where_the_dialect_takes_it_and_secrets_stay_out_of_the_url(
    dialect: Dialect, packed: bool
) -> None:
    with AnsweringServer(lambda _: KEPT) as server, opened(server.url, dialect, packed=packed) as series:
        series.append([a_reading(0, 1.5)])
    (asked,) = server.asked
    assert asked.path == WRITE_PATH[dialect]
    database = {"v1": "db", "v2": "bucket", "v3": "db"}[dialect]
    assert asked.query[database] == "plant/a b"
    assert asked.query["precision"] == {"v1": "u", "v2": "us", "v3": "microsecond"}[dialect]
    assert asked.query.get("org") == ("o & o" if dialect == "v2" else None)
    assert asked.lines == [f"reading,meter={METER} value=1.5 {START_US}"]
    assert asked.headers["Authorization"].startswith("Basic " if dialect == "v1" else "Token s3cret-w")
    assert "s3cret" not in str(asked.query)
    assert asked.headers.get("Content-Encoding") == ("gzip" if packed else None)


def test_reading_uses_the_read_token_and_one_form() -> None:
    def answer(_: Asked) -> Answer:
        return Answer(200, b"name,tags,name\ndatabases,,x\n")

    with AnsweringServer(answer) as server, opened(server.url, "v2") as series:
        assert series.read([METER], *ALWAYS).is_empty()
    (asked,) = server.asked
    assert (asked.path, asked.query) == ("/query", {})
    assert asked.headers["Authorization"] == "Token s3cret-r"
    assert asked.form["db"] == "plant/a b"
    assert asked.form["q"].endswith('GROUP BY "meter"; SHOW DATABASES')


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("status", "passes"), [(401, False), (403, False), (404, False), (429, True), (503, True)]
)
def test_trouble_with_the_whole_request_refuses_no_reading(
    dialect: Dialect, status: int, passes: bool
) -> None:
    answer = as_json(status, {"message": "the reason", "error": "the reason"}, **{"Retry-After": "7"})
    with AnsweringServer(lambda _: answer) as server, opened(server.url, dialect) as series:
        for call in (
            lambda: series.append(readings(100)),
            lambda: series.read([METER], *ALWAYS),
            series.ping,
        ):
            with pytest.raises(StoreError, match="the reason") as caught:
                call()
            assert caught.value.retryable is passes
            assert caught.value.retry_after_s == (7.0 if passes else None)
            assert "s3cret" not in str(caught.value)
    assert len(server.asked) == 3


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.fault(20)
def test_a_body_that_is_too_large_is_split_and_the_next_ones_begin_smaller(dialect: Dialect) -> None:
    database = Database(dialect)

    def answer(asked: Asked) -> Answer:
        too_large = len(asked.body) > 100_000
        return (
            Answer(413, b"<html>413 Request Entity Too Large</html>") if too_large else database.answer(asked)
        )

    with AnsweringServer(answer) as server, opened(server.url, dialect) as series:
        assert series.append(readings(10_000)).refused == ()
        assert len(database.kept) == 10_000
        server.asked.clear()
        assert series.append(readings(10_000, "b")).refused == ()
    assert len(database.kept) == 20_000
    assert all(len(asked.body) <= 100_000 for asked in server.asked)


def test_a_batch_of_many_megabytes_is_sent_in_bodies_of_5() -> None:
    database = Database("v2")
    with AnsweringServer(database.answer) as server, opened(server.url) as series:
        assert series.append(readings(200_000)).stored == 200_000
    assert len(database.kept) == 200_000
    assert len(server.asked) > 1
    assert all(len(asked.body) <= 5_000_000 for asked in server.asked)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_refusal_for_no_reason_of_the_lines_drops_no_reading(dialect: Dialect) -> None:
    with (
        AnsweringServer(lambda _: as_json(400, {"error": "database is required"})) as server,
        opened(server.url, dialect) as series,
        pytest.raises(StoreError, match="database is required") as caught,
    ):
        series.append(readings(5_000))
    assert not caught.value.retryable
    assert len(server.asked) <= 64


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        (Answer(200, b"<html>Welcome to the wrong server</html>"), False),
        (Answer(302, b"", {"Location": "http://127.0.0.1:1/login"}), False),
        (Answer(502, b"\xe9\xff not UTF-8"), True),
        (Answer(500, b"", missing=5_000), True),
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_no_influxdb_is_not_believed(dialect: Dialect, answer: Answer, passes: bool) -> None:
    with AnsweringServer(lambda _: answer) as server, opened(server.url, dialect) as series:
        with pytest.raises(StoreError) as caught:
            series.append(readings(10))
        assert caught.value.retryable is passes
        for call in (lambda: series.read([METER], *ALWAYS), lambda: series.last([METER]), series.ping):
            with pytest.raises(StoreError):
                call()


@pytest.mark.fault(19)
def test_an_answer_that_is_cut_by_the_network_is_no_short_answer() -> None:
    whole = f"name,tags,time,value\nreading,meter={METER},{START_US},1.5\n".encode()
    answers = [Answer(200, whole, missing=99), Answer(200, whole), Answer(200, whole[:-9])]
    with AnsweringServer(lambda _: answers[0]) as server, opened(server.url) as series:
        while answers:
            with pytest.raises(StoreError) as caught:
                series.read([METER], *ALWAYS)
            assert caught.value.retryable
            answers.pop(0)


def test_the_reason_for_a_missing_answer_is_asked_for_in_json() -> None:
    def answer(asked: Asked) -> Answer:
        if asked.headers["Accept"] == "application/csv":
            return Answer(200)
        return as_json(200, {"results": [{"statement_id": 0, "error": "database not found: plant"}]})

    with (
        AnsweringServer(answer) as server,
        opened(server.url) as series,
        pytest.raises(StoreError, match="database not found: plant") as caught,
    ):
        series.read([METER], *ALWAYS)
    assert not caught.value.retryable


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nobody_listening_is_worth_another_try(dialect: Dialect) -> None:
    with opened(f"http://127.0.0.1:{free_port()}", dialect) as series:
        for call in (lambda: series.append(readings(1)), lambda: series.read([METER], *ALWAYS), series.ping):
            with pytest.raises(StoreError, match="cannot be reached") as caught:
                call()
            assert caught.value.retryable


@pytest.mark.parametrize("url", ["http://", "ftp://127.0.0.1", "http://no host", "nonsense"])
def test_an_address_that_is_none_is_not_worth_another_try(url: str) -> None:
    with pytest.raises(StoreError) as caught, opened(url) as series:
        series.append(readings(1))
    assert not caught.value.retryable


def test_plain_http_is_no_tls() -> None:
    with AnsweringServer(lambda _: KEPT) as server:
        with opened(server.url.replace("http:", "https:")) as series, pytest.raises(StoreError) as caught:
            series.append(readings(1))
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_server_that_says_nothing_is_given_up_in_time(dialect: Dialect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with opened(url, dialect, timeout_s=0.3) as series:
            calls: list[Callable[[], object]] = [
                lambda: series.append(readings(60_000)),  # more than the sockets' buffers hold
                lambda: series.read([METER], *ALWAYS),
                lambda: series.append_intervals(intervals([0])),
                series.ping,
            ]
            for call in calls:
                began = time.monotonic()
                with pytest.raises(StoreError) as caught:
                    call()
                assert caught.value.retryable
                assert time.monotonic() - began < 5  # far beyond 0.3 s, far below "for ever"


# -- InfluxDB 3, by its documented answers only


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
