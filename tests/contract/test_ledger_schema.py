"""The ledger's schema: what Alembic makes is what the code expects, and it holds by itself."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Table, insert, text
from sqlalchemy.exc import DatabaseError

from domain.alert import Alert, OutboxMessage
from domain.alert_change import AlertChange
from domain.amendment import Amendment
from domain.baseline import Baseline, BaselineStatus
from domain.credential import ApiToken, Session
from domain.errors import LedgerError
from domain.feedback import Feedback
from domain.hotspot import Hotspot, Snapshot
from domain.notice import Notice, Quota
from domain.presence import MeterStatus
from domain.silence import Silence
from domain.user import User
from store.codec import baseline_row
from store.ledger import SqlLedger
from store.tables import (
    ALERT,
    ALERT_CHANGE,
    AMENDMENT,
    API_TOKEN,
    BASELINE,
    CHECKPOINT,
    FEEDBACK,
    HOTSPOT,
    METADATA,
    METER_STATUS,
    NOTICE,
    OUTBOX,
    QUOTA,
    SESSION,
    SILENCE,
    SNAPSHOT,
    USER,
)
from tests.contract.conftest import OpenLedger
from tests.servers.postgres import Postgres
from tests.store.builders import START, a_baseline, a_hotspot, a_snapshot, an_amendment

NEW_IN_0009 = ("photo",)
NEW_IN_0007 = ("user_account", "api_token", "session")
NEW_IN_0004 = ("alert_change", "silence", "feedback", "notice", "quota")
#: columns that later versions added to tables of the first
ADDED = (
    ("snapshot", "amended"),
    ("alert", "snoozed_until"),
    ("alert", "snoozed_by"),
    ("alert", "assigned_to"),
    ("outbox", "receiver"),
    ("outbox", "failing_since"),
    ("outbox", "answer"),
    ("outbox", "reference"),
    ("baseline", "acceptance"),
    ("baseline", "decision"),
)


def test_the_migrations_make_exactly_the_tables_of_the_code(ledger: SqlLedger) -> None:
    with ledger._engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (Baseline, BASELINE),
        (Snapshot, SNAPSHOT),
        (Snapshot, CHECKPOINT),
        (Hotspot, HOTSPOT),
        (Alert, ALERT),
        (OutboxMessage, OUTBOX),
        (Amendment, AMENDMENT),
        (MeterStatus, METER_STATUS),
        (AlertChange, ALERT_CHANGE),
        (Feedback, FEEDBACK),
        (Silence, SILENCE),
        (Notice, NOTICE),
        (Quota, QUOTA),
        (User, USER),
        (ApiToken, API_TOKEN),
        (Session, SESSION),
    ],
)
def test_a_table_has_a_column_for_every_field_of_its_record(record: type, table: Table) -> None:
    assert [column.name for column in table.columns] == [field.name for field in fields(record)]


@pytest.mark.parametrize("forgery", ["UPDATE amendment SET who = 'nobody'", "DELETE FROM amendment"])
def test_the_tables_themselves_let_nobody_rewrite_the_journal(ledger: SqlLedger, forgery: str) -> None:
    with ledger.begin() as tx:
        tx.save_amendment(an_amendment())
    with pytest.raises(DatabaseError, match="can only grow"), ledger._engine.begin() as connection:
        connection.execute(text(forgery))


def test_a_ledger_of_the_first_version_keeps_its_snapshots(open_ledger: OpenLedger) -> None:
    ledger = open_ledger()
    with ledger.begin() as tx:
        tx.save_snapshot(a_snapshot(3))
        tx.save_hotspot(a_hotspot())
    with ledger._engine.begin() as connection:
        for table in ("amendment", "checkpoint", "meter_status", *NEW_IN_0004, *NEW_IN_0007, *NEW_IN_0009):
            connection.execute(text(f"DROP TABLE {table}"))
        if connection.dialect.name == "postgresql":
            for table in ("amendment", "alert_change", "feedback"):
                connection.execute(text(f"DROP FUNCTION {table}_only_grows"))
        connection.execute(text("DROP INDEX outbox_by_channel"))
        for table, column in ADDED:
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    ledger.migrate()
    with ledger.begin() as tx:
        assert tx.snapshot("dye_line_2", "water") == a_snapshot(3)
        assert (tx.amendments(), tx.checkpoints("dye_line_2", "water")) == ([], [])
        assert tx.hotspots() == [a_hotspot()]


def test_the_tables_themselves_allow_one_approved_baseline(ledger: SqlLedger) -> None:
    row = baseline_row(a_baseline(status=BaselineStatus.APPROVED, version=1))
    with ledger._engine.begin() as connection:
        connection.execute(insert(BASELINE).values(row))
        connection.execute(insert(BASELINE).values(row | {"process": "kiln"}))
        connection.execute(insert(BASELINE).values(row | {"version": 2, "status": "superseded"}))
    with pytest.raises(DatabaseError), ledger._engine.begin() as connection:
        connection.execute(insert(BASELINE).values(row | {"version": 3}))


@pytest.mark.parametrize("forgery", ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit"])
def test_the_tables_themselves_let_nobody_rewrite_the_audit_trail(ledger: SqlLedger, forgery: str) -> None:
    with ledger.begin() as tx:
        tx.audit(at=START, who="Lan", what="approved", about="b", why="seen", details={})
    with pytest.raises(DatabaseError, match="can only grow"), ledger._engine.begin() as connection:
        connection.execute(text(forgery))
    with ledger.begin() as tx:
        assert [line["who"] for line in tx.audit_trail()] == ["Lan"]


def test_a_ledger_without_tables_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = SqlLedger(f"sqlite:///{tmp_path_factory.mktemp('empty')}/ledger.db")
    with pytest.raises(LedgerError, match=r"not there, \d{4} is needed") as caught:
        empty.ping()
    assert not caught.value.retryable
    with pytest.raises(LedgerError) as caught, empty.begin() as tx:
        tx.alerts()
    assert not caught.value.retryable
    empty.close()


def test_a_schema_of_a_newer_version_is_left_alone(ledger: SqlLedger) -> None:
    with ledger._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refused in (ledger.migrate, ledger.ping):
        with pytest.raises(LedgerError, match="9999") as caught:
            refused()
        assert not caught.value.retryable


def _migrate_together(urls: list[str]) -> None:
    together = threading.Barrier(len(urls))

    def start(url: str) -> None:
        ledger = SqlLedger(url)
        together.wait(10)
        ledger.migrate()
        ledger.ping()
        ledger.close()

    with ThreadPoolExecutor(len(urls)) as pool:
        list(pool.map(start, urls))


def test_processes_that_start_together_take_turns_on_a_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    _migrate_together([f"sqlite:///{tmp_path_factory.mktemp('new')}/deep/ledger.db"] * 4)


@pytest.mark.servers
def test_processes_that_start_together_take_turns_on_a_server(postgres: Postgres) -> None:
    _migrate_together([postgres.url(postgres.new_database())] * 4)


def test_opening_connects_to_nothing(open_ledger: OpenLedger) -> None:
    away = SqlLedger("postgresql://somebody:secret@127.0.0.1:1/ledger")
    with pytest.raises(LedgerError) as caught:
        away.ping()
    assert caught.value.retryable
    assert "secret" not in str(caught.value)
    away.close()
