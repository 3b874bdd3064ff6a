"""Real ledgers: SQLite in a file, and PostgreSQL on a server of the test run's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.ledger import SqlLedger
from tests.servers.fixtures import postgres
from tests.servers.postgres import Postgres

__all__ = ["ledger", "ledger_url", "postgres"]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty ledger."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(server.new_database()).replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[SqlLedger]:
    """An empty ledger, its tables made."""
    made = SqlLedger(ledger_url)
    made.migrate()
    yield made
    made.close()
