"""The ledger in trouble: killed processes, restarted and stopped servers, locks, wrong addresses."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from domain.errors import LedgerError
from store import ledger as ledger_module
from store.ledger import SqlLedger
from store.schema import _head
from tests.servers.postgres import PASSWORD, Postgres
from tests.store import child
from tests.store.builders import START, a_hotspot, a_message, a_snapshot

IN_THE_MIDDLE = """
import sys
from store.ledger import SqlLedger
from store.schema import _head
from tests.store.builders import START, a_hotspot, a_message, a_snapshot
ledger = SqlLedger(sys.argv[1])
with ledger.begin() as tx:
    tx.save_snapshot(a_snapshot(1))
    tx.save_hotspot(a_hotspot("whole"))
with ledger.begin() as tx:
    tx.save_snapshot(a_snapshot(2))
    tx.save_hotspot(a_hotspot("half"))
    tx.enqueue(a_message())
    tx.audit(at=START, who="x", what="x", about="x", why="x", details={})
    print("in the middle", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty ledger."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path}/ledger.db"
    else:
        server = request.getfixturevalue("postgres")
        address = server.url(server.new_database())
    with closing(SqlLedger(address)) as ledger:
        ledger.migrate()
    return address


@pytest.fixture
def ledger(url: str) -> Iterator[SqlLedger]:
    with closing(SqlLedger(url)) as opened:
        yield opened


def test_kill_9_inside_a_transaction_leaves_nothing_of_it(url: str, ledger: SqlLedger) -> None:
    process = child.start(IN_THE_MIDDLE, url)
    assert process.stdout is not None
    assert process.stdout.readline() == "in the middle\n"
    child.end(process)
    with ledger.begin() as tx:
        assert tx.snapshot("dye_line_2", "water") == a_snapshot(1)
        assert [hotspot.id for hotspot in tx.hotspots()] == ["whole"]
        assert tx.outbox_unsent() == []
        assert tx.audit_trail() == []
        tx.save_snapshot(a_snapshot(3))


def test_a_transaction_that_is_held_open_does_not_hold_up_others_for_ever(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "WAIT_S", 0.3)
    monkeypatch.setitem(ledger_module._POSTGRES, "options", "-c lock_timeout=300ms")
    process = child.start(IN_THE_MIDDLE, url)
    assert process.stdout is not None
    assert process.stdout.readline() == "in the middle\n"
    with closing(SqlLedger(url)) as ledger:
        with pytest.raises(LedgerError) as caught, ledger.begin() as tx:
            tx.save_snapshot(a_snapshot(3))
        assert caught.value.retryable
        process.communicate("go on\n", timeout=10)
        with ledger.begin() as tx:
            assert tx.snapshot("dye_line_2", "water") == a_snapshot(2)


@pytest.mark.servers
def test_after_a_restart_of_the_server_the_next_transaction_works(postgres: Postgres) -> None:
    with closing(SqlLedger(postgres.url(postgres.new_database()))) as ledger:
        ledger.migrate()
        with ledger.begin() as tx:
            tx.save_hotspot(a_hotspot())
        postgres.stop()
        for call in (ledger.ping, ledger.migrate):
            with pytest.raises(LedgerError) as caught:
                call()
            assert caught.value.retryable
        postgres.server.start()
        with ledger.begin() as tx:
            assert tx.hotspots() == [a_hotspot()]
        ledger.ping()


@pytest.mark.servers
def test_a_server_that_is_killed_inside_a_transaction_is_worth_another_try(postgres: Postgres) -> None:
    with closing(SqlLedger(postgres.url(postgres.new_database()))) as ledger:
        ledger.migrate()

        def work() -> None:
            with ledger.begin() as tx:
                tx.save_hotspot(a_hotspot())
                postgres.server.kill()
                tx.save_snapshot(a_snapshot())

        with pytest.raises(LedgerError) as caught:
            work()
        assert caught.value.retryable
        postgres.server.start()
        with ledger.begin() as tx:
            assert tx.hotspots() == []


@pytest.mark.servers
def test_wrong_credentials_and_missing_databases_are_not_worth_another_try(postgres: Postgres) -> None:
    name = postgres.new_database()
    wrong = {
        "password authentication failed": postgres.url(name, password="guessed"),
        "does not exist": postgres.url("nowhere"),
    }
    for words, url in wrong.items():
        with closing(SqlLedger(url)) as ledger:
            for call in (ledger.ping, ledger.migrate):
                with pytest.raises(LedgerError, match=words) as caught:
                    call()
                assert not caught.value.retryable
                assert "guessed" not in str(caught.value)


@pytest.mark.servers
def test_a_password_may_be_given_beside_the_address(postgres: Postgres) -> None:
    name = postgres.new_database()
    with closing(SqlLedger(postgres.url(name, password=""), PASSWORD)) as ledger:
        ledger.migrate()
        ledger.ping()


@pytest.mark.servers
def test_rights_that_are_missing_are_not_worth_another_try(postgres: Postgres) -> None:
    name = postgres.new_database()
    with closing(SqlLedger(postgres.url(name))) as ledger:
        ledger.migrate()
    postgres.sql("CREATE ROLE reader LOGIN PASSWORD 'r'")
    postgres.sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", name)
    with closing(SqlLedger(postgres.url(name, user="reader", password="r"))) as ledger:
        ledger.ping()
        with pytest.raises(LedgerError, match="permission denied") as caught, ledger.begin() as tx:
            tx.save_hotspot(a_hotspot())
        assert not caught.value.retryable


@pytest.mark.parametrize(
    "address", ["mysql://a:s3cret@b/c", "no address", "", "sqlite:////proc/no/ledger.db"]
)
def test_an_address_that_is_none_is_said_without_its_secrets(address: str) -> None:
    with pytest.raises(LedgerError) as caught:
        SqlLedger(address)
    assert not caught.value.retryable
    assert "s3cret" not in str(caught.value)


def test_what_was_to_be_written_is_not_in_the_words_of_an_error(ledger: SqlLedger) -> None:
    with pytest.raises(LedgerError) as caught, ledger.begin() as tx:
        tx.save_hotspot(a_hotspot(process=None, evidence={"name": "a person's name"}))
    assert "a person's name" not in str(caught.value)


def test_a_file_that_is_no_database_is_not_worth_another_try(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"this is no database, only words " * 200)
    with closing(SqlLedger(f"sqlite:///{path}")) as ledger:
        for call in (ledger.ping, ledger.migrate):
            with pytest.raises(LedgerError, match="SQLITE_NOTADB") as caught:
                call()
            assert not caught.value.retryable


def test_a_ledger_in_memory_is_ready_and_its_own() -> None:
    with closing(SqlLedger("sqlite://")) as one, closing(SqlLedger("sqlite://")) as other:
        one.ping()
        with one.begin() as tx:
            tx.enqueue(a_message())
        with one.begin() as tx:
            assert len(tx.outbox_due(START)) == 1
        with other.begin() as tx:
            assert tx.outbox_due(START) == []


def test_a_file_ledger_survives_a_power_cut_and_waits_for_others(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(SqlLedger(f"sqlite:///{path}")) as ledger:
        ledger.migrate()
        with ledger._engine.connect() as connection:
            pragmas = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15_000}
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("SELECT version_num FROM alembic_version").fetchall() == [(_head(),)]
