"""The ledger's schema versions: upgraded by Alembic, whose scripts ship in store/migrations."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from domain.errors import LedgerError

#: name of the lock under which schemas are changed (any number that nobody else uses)
_LOCK = 0x77617374656E6F74  # "wastenot"


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest version, within the transaction that `connection` is in.

    Processes that start together take turns: SQLite's transaction is exclusive, PostgreSQL gets a lock.

    Raises:
        LedgerError: not retryable; the schema is newer than this program.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        found = MigrationContext.configure(connection).get_current_revision()
        message = f"the ledger's schema {found} was made by a newer version: {error}"
        raise LedgerError(message, retryable=False) from error


def schema_problem(connection: Connection) -> str:
    """Return what is wrong with the schema's version; "" when it is current."""
    found = MigrationContext.configure(connection).get_current_revision()
    head = _head()
    return "" if found == head else f"the ledger's schema is {found or 'not there'}, {head} is needed"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def _head() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()
