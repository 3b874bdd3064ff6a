"""SqliteSeries in trouble: full disk, lock, damage, kill -9, other processes, the ledger in the same file."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from domain.errors import StoreError
from store import sqlite_file
from store.ledger import SqlLedger
from store.sqlite import CHUNK, SqliteSeries
from tests.store import child
from tests.store.builders import ALWAYS, a_hotspot, a_reading, intervals, readings

METER = "dye_line_2.water"


@contextmanager
def opened(path: Path) -> Iterator[SqliteSeries]:
    with closing(SqliteSeries(path)) as series:
        yield series


def test_the_file_and_its_folder_are_made_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "series.db"
    with opened(path) as series:
        series.append(readings(3))
    with opened(path) as series:
        assert series.read([METER], *ALWAYS).height == 3
        series.append(readings(3, "another"))
        assert series.last([METER, "another"]).height == 2


def test_those_that_open_a_new_file_together_take_turns(tmp_path: Path) -> None:
    together = threading.Barrier(4)

    def start(path: Path) -> None:
        together.wait(10)
        with opened(path) as series:
            series.append(readings(1))

    with ThreadPoolExecutor(4) as pool:
        for number in range(30):
            list(pool.map(start, [tmp_path / f"{number}.db"] * 4))


def test_every_commit_reaches_the_disk_before_append_returns(tmp_path: Path) -> None:
    with opened(tmp_path / "series.db") as series, series._file.transaction() as writer:
        assert writer.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_append_larger_than_a_transaction_is_whole(tmp_path: Path) -> None:
    with opened(tmp_path / "series.db") as series:
        assert series.append(readings(2 * CHUNK + 1)).stored == 2 * CHUNK + 1
        assert series.read([METER], *ALWAYS).height == 2 * CHUNK + 1


def test_a_locked_file_is_waited_for_and_then_worth_another_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_S", 0.2)
    path = tmp_path / "series.db"
    with opened(path) as series, closing(sqlite3.connect(path, isolation_level=None)) as other:
        series.append(readings(3))
        other.execute("BEGIN IMMEDIATE")
        for call in (lambda: series.append([a_reading(9, 9.0, "fresh")]), series.ping):
            with pytest.raises(StoreError, match="SQLITE_BUSY") as caught:
                call()
            assert caught.value.retryable
        assert series.read([METER], *ALWAYS).height == 3  # readers wait for nobody
        other.execute("ROLLBACK")
        assert series.append([a_reading(9, 9.0, "fresh")]).stored == 1
        assert series.last(["fresh"])["value"].to_list() == [9.0]


def test_a_full_disk_is_worth_another_try_and_the_store_recovers(tmp_path: Path) -> None:
    with opened(tmp_path / "series.db") as series:
        series.append(readings(10))
        with series._file.transaction() as writer:
            pages = writer.execute("PRAGMA page_count").fetchone()[0]
            writer.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StoreError, match="SQLITE_FULL") as caught:
            series.append([a_reading(n, 1.0, f"new meter {n}") for n in range(5_000)])
        assert caught.value.retryable
        with series._file.transaction() as writer:
            writer.execute("PRAGMA max_page_count = 1000000")
        assert series.append([a_reading(n, 1.0, f"new meter {n}") for n in range(5_000)]).stored == 5_000
        assert series.last([f"new meter {n}" for n in range(5_000)]).height == 5_000


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A real file system of that size, where the kernel lets us mount one."""
    folder.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("no right to mount a small file system")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_disk_that_is_really_full_is_worth_another_try(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m"), opened(tmp_path / "disk" / "series.db") as series:

        def fill() -> None:
            for first in range(0, 10**6, 5_000):
                series.append(readings(5_000, first=first))

        with pytest.raises(StoreError) as caught:
            fill()
        assert caught.value.retryable
        assert series.read([METER], *ALWAYS).height % 5_000 == 0


@pytest.mark.parametrize(
    "content", [b"this is no database, only words " * 200, b"SQLite format 3\x00" + b"\xff" * 9_000]
)
def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "series.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        SqliteSeries(path)
    assert not caught.value.retryable
    assert path.read_bytes() == content


def test_a_damaged_page_is_an_error_not_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "series.db"
    with opened(path) as series:
        series.append(readings(20_000))
    with path.open("r+b") as file:
        for page in range(4, 60):
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)
    with opened(path) as series, pytest.raises(StoreError) as caught:
        series.read([METER], *ALWAYS)
    assert not caught.value.retryable


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "series.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer version") as caught:
        SqliteSeries(path)
    assert not caught.value.retryable


def test_a_place_that_cannot_be_written_is_not_worth_another_try(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "series.db", tmp_path):
        with pytest.raises(StoreError) as caught:
            SqliteSeries(path)
        assert not caught.value.retryable


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    series = SqliteSeries(tmp_path / "series.db")
    series.close()
    series.close()
    for call in (lambda: series.append(readings(1)), lambda: series.read([METER], *ALWAYS), series.ping):
        with pytest.raises(StoreError) as caught:
            call()
        assert not caught.value.retryable


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_files_stay_open_for_as_many_readers_as_read_at_once(tmp_path: Path) -> None:
    with opened(tmp_path / "series.db") as series:
        series.append(readings(1_000))
        before = open_files()
        for _ in range(5):
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda _: series.read([METER], *ALWAYS).height, range(40)))
        assert open_files() - before <= 4 * 3  # file, WAL, shared memory


WRITER = """
import sys
from pathlib import Path
from typing import Any
from store.sqlite import SqliteSeries
from tests.store.builders import readings
series, name = SqliteSeries(Path(sys.argv[1])), sys.argv[2]
for number in range(10**6):
    series.append(readings(50, name, number * 50))
    print(number, flush=True)
"""


def test_kill_9_during_writes_loses_no_acknowledged_reading(tmp_path: Path) -> None:
    path = tmp_path / "series.db"
    for name in ("first", "second"):
        writer = child.start(WRITER, str(path), name)
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(40)]
        writer.kill()
        acknowledged += [int(line) for line in writer.communicate(timeout=10)[0].split()]
        with opened(path) as series:
            found = series.read([name], *ALWAYS)
        assert found.height % 50 == 0
        assert found.height >= 50 * (acknowledged[-1] + 1)
        assert found["time"].is_sorted()
        assert found["time"].n_unique() == found.height


def test_two_processes_write_the_same_new_meters(tmp_path: Path) -> None:
    path = tmp_path / "series.db"
    writers = [child.start(WRITER, str(path), "shared") for _ in range(2)]
    try:
        for writer in writers:
            assert writer.stdout is not None
            for _ in range(30):
                assert writer.stdout.readline()
        with opened(path) as series:
            assert series.append(readings(100, "ours")).stored == 100
            assert series.read(["shared"], *ALWAYS).height >= 30 * 50
    finally:
        for writer in writers:
            child.end(writer)
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("SELECT count(*) FROM series_meter").fetchone() == (2,)
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_ledger_lives_in_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "wastenot.db"
    ledger = SqlLedger(f"sqlite:///{path}")
    ledger.migrate()

    def hotspots() -> None:
        for number in range(100):
            with ledger.begin() as tx:
                tx.save_hotspot(a_hotspot(f"h{number}"))

    with opened(path) as series, closing(ledger), ThreadPoolExecutor(3) as pool:
        done: list[Future[Any]] = [pool.submit(hotspots)]
        done += [pool.submit(series.append, readings(500, first=n * 500)) for n in range(100)]
        done += [pool.submit(series.append_intervals, intervals([n])) for n in range(20)]
        for work in done:
            work.result(60)
        with ledger.begin() as tx:
            assert len(tx.hotspots()) == 100
        assert series.read([METER], *ALWAYS).height == 50_000
        assert series.read_intervals("dye_line_2", "water", *ALWAYS).height == 20
        ledger.ping()
        series.ping()
