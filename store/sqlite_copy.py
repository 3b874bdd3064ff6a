"""A copy of an SQLite file while others write to it, and whether a copy can be used."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from domain.errors import StoreError
from store.sqlite_errors import can_retry, words
from store.sqlite_schema import FORMAT
from store.tables import METADATA

_JOURNALS = ("-wal", "-shm")


def copy_file(source: Path, dest: Path) -> None:
    """Copy a file as it is at one instant, durably, into a new one without a journal beside it.

    Raises:
        StoreError: the file cannot be read, or the copy not be written.
    """
    try:
        there = f"{source.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(there, uri=True)) as old, closing(sqlite3.connect(dest)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")
        with dest.open("rb") as file:
            os.fsync(file.fileno())
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{source} cannot be copied: {words(error)}", retryable=can_retry(error)) from error


def put_in_place(draft: Path, target: Path) -> Path | None:
    """Move a whole file to where a process will open it; return where the one before it is kept now.

    Killed anywhere, it leaves the old file whole or the new one: the old one takes its journal in first.

    Raises:
        StoreError: another process has the old one open, or the disk refuses.
    """
    try:
        settle(draft)
        _sync(draft)
        kept = _keep_beside(target) if target.exists() else None
        for journal in _JOURNALS:  # of a file that is gone
            target.with_name(target.name + journal).unlink(missing_ok=True)
        draft.replace(target)
        _sync(target.parent)
    except (sqlite3.Error, OSError) as error:
        message = f"{target} cannot be replaced: {words(error)}"
        raise StoreError(message, retryable=can_retry(error)) from error
    return kept


def drop_ledger(file: Path) -> None:
    """Take the ledger's tables out of a copy, so that another ledger can be put into it."""
    with closing(sqlite3.connect(file)) as copy, copy:
        for name in ("alembic_version", *METADATA.tables):
            copy.execute(f'DROP TABLE IF EXISTS "{name}"')


def settle(file: Path) -> None:
    """Take a file's journal into it; raise StoreError if another process has it open.

    Leaving WAL needs the file for oneself. A file that is damaged is left as it is.
    """
    if not file.exists():
        return
    try:
        with closing(sqlite3.connect(file, timeout=1.0, isolation_level=None)) as own:
            own.execute("PRAGMA journal_mode = DELETE").fetchall()
    except sqlite3.OperationalError as error:
        message = f"stop Wastenot first: {file} is in use by another process ({words(error)})"
        raise StoreError(message, retryable=False) from error
    except sqlite3.DatabaseError:
        return  # damaged: what a restore is for


def _keep_beside(target: Path) -> Path:
    """Give the old file a second name that nothing has yet, with its journal if it could not be settled."""
    settle(target)
    kept = target.with_name(f"{target.name}.before-restore")
    number = 2
    while kept.exists():
        kept = target.with_name(f"{target.name}.before-restore-{number}")
        number += 1
    os.link(target, kept)
    for journal in _JOURNALS:
        beside = target.with_name(target.name + journal)
        if beside.exists():
            beside.replace(kept.with_name(kept.name + journal))
    return kept


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_copy(file: Path) -> None:
    """Return if a file is whole, and of a format that this version knows; raise StoreError if not."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as copy:
            (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            (found,) = copy.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"{file.name} is damaged: {words(error)}", retryable=False) from error
    if verdict != "ok":
        raise StoreError(f"{file.name} is damaged: {verdict}", retryable=False)
    if found > FORMAT:
        message = f"{file.name} was written by a newer version (format {found}, ours {FORMAT})"
        raise StoreError(message, retryable=False)
