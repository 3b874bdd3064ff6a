"""InfluxSeries against the answers of servers that cannot be installed here: 2.x and 3, proxies, liars.

Source of the answers: the servers' code at 2.7 and 3, influxdata/docs-v2 issue 6071, and 1.6.7 where it
says so. What a real 1.6.7 does is in test_influx_server.py.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from domain.errors import StoreError
from store.influx_http import Dialect
from tests.servers.answers import Answer, AnsweringServer, Asked
from tests.servers.process import free_port
from tests.store.answered import DIALECTS, KEPT, METER, as_json, opened
from tests.store.builders import ALWAYS, START_US, a_reading, intervals, readings

WRITE_PATH = {"v1": "/write", "v2": "/api/v2/write", "v3": "/api/v3/write_lp"}


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
