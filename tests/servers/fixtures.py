"""Servers that live as long as the test run; import the ones you need into a conftest.py."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.influxd import Influxd, start_influxd
from tests.servers.nginx import start_nginx
from tests.servers.postgres import Postgres, start_postgres
from tests.servers.process import ServerProcess


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """A running influxd 1.6.7 that asks nobody's name. Take a database of your own."""
    running = start_influxd(tmp_path_factory.mktemp("influxd"))
    yield running
    running.server.kill()  # its orderly end takes 10 s after some 100 databases


@pytest.fixture(scope="session")
def influxd_with_users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """A running influxd 1.6.7 with an administrator."""
    running = start_influxd(tmp_path_factory.mktemp("influxd_users"), auth=True)
    yield running
    running.server.kill()


@pytest.fixture(scope="session")
def nginx(influxd: Influxd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A running nginx that gives that influxd the write path of 2.x."""
    running = start_nginx(tmp_path_factory.mktemp("nginx"), influxd.server.port)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL. Take a database of your own (`new_database`)."""
    with tempfile.TemporaryDirectory(prefix="wastenot-postgres-") as folder:
        running = start_postgres(Path(folder))
        yield running
        running.stop()
