"""InfluxSeries and a real influxd 1.6.7 in trouble."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from domain.errors import StoreError
from domain.reading import Reading
from store.influx import InfluxSeries
from tests.servers.influxd import ADMIN, ADMIN_PASSWORD, Influxd, start_influxd
from tests.servers.proxy import TcpProxy
from tests.store.builders import ALWAYS, START_US, a_reading, intervals, readings

pytestmark = pytest.mark.servers
METER = "dye_line_2.water"
YEAR_S = 365 * 86_400
_number = count(1)


@pytest.fixture
def database(influxd: Influxd) -> str:
    """The name of an empty database."""
    name = f"server_{next(_number)}"
    influxd.query(f"CREATE DATABASE {name}")
    return name


@pytest.fixture
def series(influxd: Influxd, database: str) -> Iterator[InfluxSeries]:
    with closing(InfluxSeries(influxd.url, "v1", database)) as store:
        yield store


@pytest.fixture
def own_influxd(tmp_path: Path) -> Iterator[Callable[..., Influxd]]:
    """What starts a server that a test may kill or configure."""
    with ExitStack() as started:

        def start(**config: Any) -> Influxd:
            server = start_influxd(tmp_path, **config)
            started.callback(server.server.kill)
            return server

        yield start


def every_call(store: InfluxSeries) -> list[tuple[str, Callable[[], object]]]:
    """Return every way to ask the server for something."""
    return [
        ("append", lambda: store.append(readings(3))),
        ("read", lambda: store.read([METER], *ALWAYS)),
        ("last", lambda: store.last([METER])),
        ("append_intervals", lambda: store.append_intervals(intervals([0]))),
        ("read_intervals", lambda: store.read_intervals("p", "r", *ALWAYS)),
        ("ping", store.ping),
    ]


@pytest.mark.fault(18)
def test_one_point_of_another_type_is_refused_and_4999_are_stored(
    influxd: Influxd, database: str, series: InfluxSeries
) -> None:
    influxd.write(database, f'reading,meter=old value="text" {START_US - YEAR_S * 1_000_000}')
    batch = readings(5_000)
    batch[1_234] = a_reading(-YEAR_S, 1.0, "old")
    done = series.append(batch)
    assert done.stored == 4_999
    ((refused, words),) = done.refused
    assert refused == batch[1_234]
    assert "field type conflict" in words
    assert influxd.query(
        'SELECT count("value") FROM "reading" WHERE "meter" = \'dye_line_2.water\'', database
    )[0]["values"] == [[0, 4_999]]


@pytest.mark.fault(18)
def test_one_point_beyond_retention_is_refused_and_4999_are_stored(influxd: Influxd, database: str) -> None:
    influxd.query(f"CREATE RETENTION POLICY short ON {database} DURATION 7d REPLICATION 1 DEFAULT")
    now_us = time.time_ns() // 1_000
    batch = [Reading(METER, now_us - second * 1_000_000, 1.0, 0) for second in range(4_999)]
    batch.append(Reading(METER, now_us - YEAR_S * 1_000_000, 1.0, 0))
    with closing(InfluxSeries(influxd.url, "v1", database)) as series:
        done = series.append(batch)
        assert (done.stored, [words for _, words in done.refused]) == (
            4_999,
            ["partial write: points beyond retention policy dropped=1"],
        )
        assert series.read([METER], *ALWAYS).height == 4_999
        everything = series.append([r._replace(time_us=r.time_us - YEAR_S * 1_000_000) for r in batch])
        assert (everything.stored, len(everything.refused)) == (0, 5_000)


def test_an_interval_that_is_refused_is_an_error(
    influxd: Influxd, database: str, series: InfluxSeries
) -> None:
    influxd.write(database, f'interval,process=x actual="text" {START_US}')
    with pytest.raises(StoreError, match="field type conflict") as caught:
        series.append_intervals(intervals([0, 1]))
    assert not caught.value.retryable


@pytest.mark.fault(19)
def test_a_missing_database_is_an_error_and_never_no_data(influxd: Influxd) -> None:
    with closing(InfluxSeries(influxd.url, "v1", "nowhere")) as series:
        for name, call in every_call(series):
            with pytest.raises(StoreError, match="not found") as caught:
                call()
            assert not caught.value.retryable, name


def test_the_database_is_made_once_and_whatever_its_name(influxd: Influxd) -> None:
    name = f"strange {next(_number)}.nước, o'name"
    with closing(InfluxSeries(influxd.url, "v1", name)) as series:
        series.ensure_database()
        series.ensure_database()
        series.append(readings(2))
        assert series.read([METER], *ALWAYS).height == 2
    assert [name] in influxd.query("SHOW DATABASES")[0]["values"]


def test_a_wrong_password_is_said_and_not_worth_another_try(influxd_with_users: Influxd) -> None:
    wrong = InfluxSeries(influxd_with_users.url, "v1", "plant", username=ADMIN, password="wrong")
    nobody = InfluxSeries(influxd_with_users.url, "v1", "plant")
    token = InfluxSeries(influxd_with_users.url, "v1", "plant", write_token="a token to 1.6")
    for store in (wrong, nobody, token):
        with closing(store):
            for name, call in [*every_call(store), ("ensure_database", store.ensure_database)]:
                with pytest.raises(StoreError, match="401, it does not accept our credentials") as caught:
                    call()
                assert not caught.value.retryable, name
                assert "wrong" not in str(caught.value)


def test_the_right_password_works_and_rights_are_respected(influxd_with_users: Influxd) -> None:
    url = influxd_with_users.url
    with closing(InfluxSeries(url, "v1", "plant", username=ADMIN, password=ADMIN_PASSWORD)) as admin:
        admin.ensure_database()
        admin.append(readings(5))
    influxd_with_users.query("CREATE USER reader WITH PASSWORD 'r'")
    influxd_with_users.query("GRANT READ ON plant TO reader")
    influxd_with_users.query("CREATE USER stranger WITH PASSWORD 's'")
    with closing(InfluxSeries(url, "v1", "plant", username="reader", password="r")) as reader:
        reader.ping()
        assert reader.read([METER], *ALWAYS).height == 5
        with pytest.raises(StoreError, match="403") as caught:
            reader.append(readings(1))
        assert not caught.value.retryable
    with closing(InfluxSeries(url, "v1", "plant", username="stranger", password="s")) as stranger:
        for _, call in every_call(stranger):
            with pytest.raises(StoreError):
                call()


@pytest.mark.parametrize("limit", ["max-select-series = 2", 'query-timeout = "1ms"'])
@pytest.mark.fault(19)
def test_a_query_that_the_server_breaks_off_is_an_error_and_no_short_answer(
    own_influxd: Callable[..., Influxd], limit: str
) -> None:
    limited = own_influxd(coordinator=limit)
    meters = ["a", "b", "c"]
    with closing(InfluxSeries(limited.url, "v1", "plant")) as series:
        for _ in range(50):  # the limit of a millisecond can meet this statement, too
            with suppress(StoreError):
                series.ensure_database()
                break
        series.append([reading for meter in meters for reading in readings(30_000, meter)])
        with pytest.raises(StoreError) as caught:
            series.read(meters, *ALWAYS)
        assert caught.value.retryable


@pytest.mark.fault(20)
def test_limits_on_rows_and_bodies_lose_nothing(own_influxd: Callable[..., Influxd]) -> None:
    limited = own_influxd(http="max-row-limit = 100\n  max-body-size = 100000")
    with closing(InfluxSeries(limited.url, "v1", "plant")) as series:
        series.ensure_database()
        done = series.append(readings(10_000))
        assert (done.stored, done.refused) == (10_000, ())
        assert series.read([METER], *ALWAYS).height == 10_000


@pytest.mark.fault(13)
def test_a_connection_that_swallows_everything_is_given_up_and_nothing_is_lost(
    influxd: Influxd, database: str
) -> None:
    proxy = TcpProxy(influxd.server.port)
    try:
        with closing(InfluxSeries(f"http://127.0.0.1:{proxy.port}", "v1", database, timeout_s=0.5)) as series:
            series.append(readings(10))
            proxy.blackhole = True
            for _, call in every_call(series):
                began = time.monotonic()
                with pytest.raises(StoreError) as caught:
                    call()
                assert caught.value.retryable
                assert time.monotonic() - began < 5
            proxy.blackhole = False
            series.append(readings(10, first=10))
            proxy.cut()
            assert series.read([METER], *ALWAYS).height == 20
    finally:
        proxy.stop()


@pytest.mark.fault(2)
def test_killing_influxd_during_writes_loses_no_acknowledged_reading_and_doubles_none(
    own_influxd: Callable[..., Influxd],
) -> None:
    server = own_influxd()
    batches = [readings(500, f"meter_{n % 4}", n * 500) for n in range(200)]
    acknowledged: list[Reading] = []
    troubles: list[StoreError] = []
    with closing(InfluxSeries(server.url, "v1", "plant", timeout_s=5)) as series:
        series.ensure_database()

        def send() -> None:
            for batch in batches:
                while True:
                    try:
                        series.append(batch)
                    except StoreError as error:
                        troubles.append(error)
                        time.sleep(0.02)
                    else:
                        acknowledged.extend(batch)
                        break

        sender = threading.Thread(target=send)
        sender.start()
        for kill in (1, 2, 3):
            while len(acknowledged) < kill * 20_000:
                time.sleep(0.002)
            server.server.kill()
            server.server.start()
        sender.join(60)
        found = series.read([f"meter_{n}" for n in range(4)], *ALWAYS)
    assert all(error.retryable for error in troubles)
    assert troubles
    assert len(acknowledged) == 100_000
    assert {(m, t) for m, t, _, _ in acknowledged} == {
        (m, t) for m, t in zip(found["meter"], found["time"].to_physical(), strict=True)
    }
    assert server.count("plant") == 100_000
