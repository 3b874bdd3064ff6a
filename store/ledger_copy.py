"""All of one ledger into another: the same tables on either back end, row by row."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select, text

from domain.errors import LedgerError
from store.schema import schema_problem
from store.tables import METADATA

_ROWS = 1000  # at a time


def copy_tables(source: Connection, target: Connection) -> dict[str, int]:
    """Return how many rows of each table were copied; see `SqlLedger.copy_to`."""
    for connection, name in ((source, "copied"), (target, "copied into")):
        if problem := schema_problem(connection):
            raise LedgerError(f"the ledger to be {name}: {problem}", retryable=False)
    if held := [table.name for table in METADATA.sorted_tables if _count(target, table.name)]:
        message = f"the ledger to be copied into is not empty: {', '.join(held)} hold something"
        raise LedgerError(message, retryable=False)
    counts = {}
    for table in METADATA.sorted_tables:
        counts[table.name] = 0
        rows = source.execution_options(yield_per=_ROWS).execute(select(table))
        for part in rows.mappings().partitions(_ROWS):
            target.execute(insert(table), [dict(row) for row in part])
            counts[table.name] += len(part)
    if target.dialect.name == "postgresql":
        _go_on_counting(target)
    return counts


def _count(connection: Connection, table: str) -> int:
    return int(connection.scalar(select(func.count()).select_from(METADATA.tables[table])) or 0)


def _go_on_counting(connection: Connection) -> None:
    """Let the numbers that PostgreSQL gives out go on behind those that were copied."""
    for table in METADATA.sorted_tables:
        for column in table.columns:
            if column.autoincrement is True:
                name = {"table": table.name, "column": column.name}
                last = connection.scalar(select(func.max(column)))
                if last is not None:
                    found = text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)")
                    connection.execute(found, name | {"last": last})
