"""Every series store and every ledger, each empty, for the suites that must hold for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from domain.ports import SeriesStore
from store.influx import InfluxSeries
from store.ledger import SqlLedger
from store.memory import MemorySeries
from store.sqlite import SqliteSeries
from tests.servers.fixtures import influxd, influxd_with_users, nginx, postgres

__all__ = ["influxd", "influxd_with_users", "nginx", "postgres"]
_number = count(1)
SERIES = [
    "memory",
    "sqlite",
    pytest.param("influx_v1", marks=pytest.mark.servers),
    pytest.param("influx_v2", marks=pytest.mark.servers),
]
LEDGERS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)]
OpenSeries = Callable[[], SeriesStore]
OpenLedger = Callable[[], SqlLedger]


@pytest.fixture(params=SERIES)
def open_series(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenSeries]:
    """What opens the same empty database again and again, as several processes would; closed at the end."""
    with ExitStack() as opened:
        make = _series_maker(request, tmp_path)
        yield lambda: opened.enter_context(closing(make()))


def _series_maker(request: pytest.FixtureRequest, tmp_path: Path) -> OpenSeries:
    kind, database = request.param, f"contract_{next(_number)}"
    if kind == "memory":
        memory = MemorySeries()
        return lambda: memory
    if kind == "sqlite":
        return lambda: SqliteSeries(tmp_path / "series.db")
    server = request.getfixturevalue("influxd")
    server.query(f'CREATE DATABASE "{database}"')
    if kind == "influx_v1":
        return lambda: InfluxSeries(server.url, "v1", database)
    proxy = f"http://127.0.0.1:{request.getfixturevalue('nginx').port}"
    tokens: dict[str, Any] = {"write_token": "write", "read_token": "read"}
    return lambda: InfluxSeries(proxy, "v2", database, org="plant", packed=True, **tokens)


@pytest.fixture
def series(open_series: OpenSeries) -> SeriesStore:
    """An empty series store."""
    return open_series()


@pytest.fixture(params=LEDGERS)
def open_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenLedger]:
    """What opens the same empty ledger again and again, as several processes would; closed at the end."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/ledger.db"
    else:
        server = request.getfixturevalue("postgres")
        url = server.url(server.new_database())
    with ExitStack() as opened:

        def open_one() -> SqlLedger:
            return opened.enter_context(closing(SqlLedger(url)))

        open_one().migrate()
        yield open_one


@pytest.fixture
def ledger(open_ledger: OpenLedger) -> SqlLedger:
    """An empty ledger."""
    return open_ledger()
