"""Records, and spools that are filled and drained, for the tests of the spool."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import SpoolError
from ingest.position import Position, PositionFile
from ingest.spool import Spool

SMALL = 64 * 1024


def record(number: int) -> bytes:
    """Return the number-th of records that are 100 bytes on disk."""
    return b"%092d" % number


def drained(spool: Spool, limit: int = 1000) -> list[bytes]:
    """Return all that waits, committing batch by batch."""
    found: list[bytes] = []
    while (batch := spool.read(limit)).records or batch.damaged:
        found += batch.records
        spool.commit(batch)
    return found


def filled(spool: Spool) -> tuple[int, SpoolError]:
    """Append until nothing goes in; return how many records are in, and the trouble."""
    sent = 0
    while True:
        try:
            spool.append([record(sent + n) for n in range(10)])
        except SpoolError as error:
            return sent, error
        sent += 10


def put_offset(folder: Path, position: Position) -> None:
    """Write the shipped position as a spool does."""
    file = PositionFile(folder / "offset")
    file.save(position)
    file.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(folder: Path) -> Iterator[Spool]:
    opened = Spool(folder)
    yield opened
    opened.close()
