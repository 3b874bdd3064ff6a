"""Backup while everything runs, restore onto an empty machine: the same readings, the same ledger."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import pytest

from store.ledger import SqlLedger
from store.sqlite import SqliteSeries
from tests.app.archives import (
    ALWAYS,
    a_machine,
    archive,
    embedded,
    fill,
    fill_series,
    here,
    rows,
    same_series,
)
from tests.e2e.commands import run
from tests.servers.fixtures import postgres
from tests.servers.postgres import Postgres
from tests.store.builders import readings

__all__ = ["archive", "here", "postgres"]


def test_an_empty_machine_gets_everything_back(here: Path, archive: Path, tmp_path: Path) -> None:
    there = a_machine(tmp_path / "there")
    done = run("restore", archive, "--settings", there)
    assert done.returncode == 0, done.stderr
    same_series(embedded(here), embedded(there))
    found = rows(f"sqlite:///{embedded(there)}")
    assert found == rows(f"sqlite:///{embedded(here)}")
    assert all(found.values()), "every table holds something"


@pytest.mark.servers
def test_a_ledger_on_postgres_is_restored_there_and_on_sqlite_and_goes_on(
    postgres: Postgres, tmp_path: Path
) -> None:
    urls = [postgres.url(postgres.new_database()) for _ in range(2)]
    fill(urls[0])
    here = a_machine(tmp_path / "here", ledger={"url": urls[0]})
    assert run("backup", tmp_path / "a.tar", "--settings", here).returncode == 0
    there = a_machine(tmp_path / "there", ledger={"url": urls[1]})
    done = run("restore", tmp_path / "a.tar", "--settings", there)
    assert done.returncode == 0, done.stderr
    driver = [url.replace("postgresql://", "postgresql+psycopg://") for url in urls]
    assert rows(driver[1]) == rows(driver[0])
    with closing(SqlLedger(urls[1])) as ledger, ledger.begin() as tx:
        tx.audit(
            at=ALWAYS[0], who="Lan", what="went on", about="x", why="", details={}
        )  # a number of its own
    again = run("restore", tmp_path / "a.tar", "--settings", there)
    assert again.returncode == 1
    assert "is not empty" in again.stderr
    small = a_machine(tmp_path / "small")
    assert run("restore", tmp_path / "a.tar", "--settings", small).returncode == 0
    assert rows(f"sqlite:///{embedded(small)}") == rows(driver[0])


def test_a_backup_while_readings_come_in_is_one_instant(here: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        with closing(SqliteSeries(embedded(here))) as series:
            batch = 0
            while not stop.is_set():
                series.append([*readings(50, "a", 50 * batch), *readings(50, "b", 50 * batch)])
                batch += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = run("backup", tmp_path / "a.tar", "--settings", here)
    finally:
        stop.set()
        writer.join()
    assert done.returncode == 0, done.stderr
    there = a_machine(tmp_path / "there")
    assert run("restore", tmp_path / "a.tar", "--settings", there).returncode == 0
    with closing(SqliteSeries(embedded(there))) as series:
        a, b = (series.read([meter], *ALWAYS).height for meter in "ab")
    assert a == b > 0
    assert a % 50 == 0


@pytest.mark.servers
def test_a_ledger_of_its_own_and_readings_go_into_one_file_and_are_refused_whole(
    postgres: Postgres, tmp_path: Path
) -> None:
    urls = [postgres.url(postgres.new_database()) for _ in range(2)]
    driver = [url.replace("postgresql://", "postgresql+psycopg://") for url in urls]
    fill(urls[0])
    here = a_machine(tmp_path / "here", ledger={"url": urls[0]})
    embedded(here).parent.mkdir()
    fill_series(embedded(here))
    with closing(SqlLedger(f"sqlite:///{embedded(here)}")) as old:  # from before it moved to PostgreSQL
        old.migrate()
        with old.begin() as tx:
            tx.audit(at=ALWAYS[0], who="Lan", what="older", about="x", why="", details={})
    assert run("backup", tmp_path / "a.tar", "--settings", here).returncode == 0
    small = a_machine(tmp_path / "small")
    done = run("restore", tmp_path / "a.tar", "--settings", small)
    assert done.returncode == 0, done.stderr
    same_series(embedded(here), embedded(small))
    assert rows(f"sqlite:///{embedded(small)}") == rows(driver[0])
    taken = a_machine(tmp_path / "taken", ledger={"url": urls[1]})
    embedded(taken).parent.mkdir()
    fill_series(embedded(taken))
    assert run("restore", tmp_path / "a.tar", "--settings", taken).returncode == 2
    assert run("restore", tmp_path / "a.tar", "--settings", taken, "--force").returncode == 0
    assert rows(driver[1]) == rows(driver[0])


def test_a_ledger_whose_address_is_the_embedded_file_is_restored(archive: Path, tmp_path: Path) -> None:
    there = a_machine(tmp_path / "there", ledger={"url": f"sqlite:///{tmp_path}/there/var/wastenot.sqlite"})
    done = run("restore", archive, "--settings", there)
    assert done.returncode == 0, done.stderr
    assert all(rows(f"sqlite:///{embedded(there)}").values())
