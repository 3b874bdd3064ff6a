"""Backup while everything runs, restore onto an empty machine: the same readings, the same ledger."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import create_engine, select

from domain.notice import Quota
from domain.photo import Photo, photo_id
from ingest.spool import Spool
from store.ledger import SqlLedger
from store.sqlite import SqliteSeries
from store.tables import METADATA
from tests.contract.test_ledger_alerts import a_change, a_notice, a_silence, some_feedback
from tests.contract.test_ledger_users import LAN, TOKEN, a_session
from tests.e2e.commands import clean_env, run
from tests.e2e.installation import WATER_WORKS, write_plant, write_settings
from tests.servers.fixtures import postgres
from tests.servers.postgres import Postgres
from tests.store.builders import (
    a_baseline,
    a_hotspot,
    a_message,
    a_snapshot,
    a_status,
    an_alert,
    an_amendment,
    consumption,
    intervals,
    readings,
)

__all__ = ["postgres"]
ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
PHOTO = bytes(range(256))


def a_machine(folder: Path, **sections: dict[str, object]) -> Path:
    """Return the settings of an installation in a folder of its own."""
    folder.mkdir()
    write_plant(folder, WATER_WORKS)
    return write_settings(folder, **sections)


def fill(url: str) -> None:
    """Put something into every table of a ledger."""
    with closing(SqlLedger(url)) as ledger:
        ledger.migrate()
        with ledger.begin() as tx:
            tx.save_baseline(a_baseline())
            tx.save_snapshot(a_snapshot())
            tx.save_checkpoint(a_snapshot())
            tx.save_hotspot(a_hotspot())
            tx.save_alert(an_alert())
            tx.enqueue(a_message())
            tx.save_amendment(an_amendment())
            tx.add_change(a_change())
            tx.save_silence(a_silence())
            tx.add_feedback(some_feedback())
            tx.save_photo(Photo(photo_id(PHOTO), ALWAYS[0], "Lan", PHOTO))
            tx.hold(a_notice())
            tx.save_quota(Quota("phone", 3.0, ALWAYS[0]))
            tx.save_meter_status(a_status())
            tx.save_user(LAN)
            tx.save_api_token(TOKEN)
            tx.save_session(a_session("d"))
            tx.audit(
                at=ALWAYS[0], who="Lan", what="approved", about="supply/water", why="", details={"x": [1.5]}
            )


def fill_series(file: Path) -> None:
    with closing(SqliteSeries(file)) as series:
        series.append(readings(500))
        series.append_intervals(intervals([0, 1, 2]))
        series.append_consumption(consumption([0, 1, 2]))


def rows(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that a ledger holds, by table."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in METADATA.sorted_tables
        }
    engine.dispose()
    return found


def embedded(settings: Path) -> Path:
    return settings.parent / "var" / "wastenot.sqlite"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """An installation on the embedded defaults with something of everything."""
    settings = a_machine(tmp_path / "here")
    embedded(settings).parent.mkdir()
    fill_series(embedded(settings))
    fill(f"sqlite:///{embedded(settings)}")
    return settings


@pytest.fixture
def archive(here: Path, tmp_path: Path) -> Path:
    done = run("backup", tmp_path / "a.tar", "--settings", here)
    assert done.returncode == 0, done.stderr
    return tmp_path / "a.tar"


def same_series(one: Path, other: Path) -> None:
    with closing(SqliteSeries(one)) as first, closing(SqliteSeries(other)) as second:
        names = ["dye_line_2.water"]
        assert_frame_equal(first.read(names, *ALWAYS), second.read(names, *ALWAYS))
        assert first.read(names, *ALWAYS).height == 500
        assert_frame_equal(first.read_consumption(names, *ALWAYS), second.read_consumption(names, *ALWAYS))
        asked = ("dye_line_2", "water", *ALWAYS)
        assert_frame_equal(first.read_intervals(*asked), second.read_intervals(*asked))


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


def test_a_damaged_archive_changes_nothing(archive: Path, tmp_path: Path) -> None:
    there, whole = a_machine(tmp_path / "there"), archive.read_bytes()
    size = len(whole)
    flipped = bytearray(whole)
    flipped[size // 2] ^= 1
    for number, content in enumerate([whole[: size // 3], whole[:700], b"", bytes(flipped)]):
        broken = tmp_path / f"{number}.tar"
        broken.write_bytes(content)
        done = run("restore", broken, "--settings", there)
        assert done.returncode == 2, done.stderr
        assert "damaged" in done.stderr or "no whole archive" in done.stderr
        assert not embedded(there).exists()


def test_another_file_a_newer_format_and_a_place_that_is_taken_are_refused(
    here: Path, archive: Path, tmp_path: Path
) -> None:
    there = a_machine(tmp_path / "there")
    for change, said in (({"format": 2}, "newer version"), ({"files": {"../x": {}}}, "holds other files")):
        made = tmp_path / "made"
        made.mkdir()
        with tarfile.open(archive) as packed:
            packed.extractall(made, filter="data")
        manifest = json.loads((made / "manifest.json").read_text()) | change
        (made / "manifest.json").write_text(json.dumps(manifest))
        with tarfile.open(tmp_path / "made.tar", "w") as packed:
            for file in made.iterdir():
                packed.add(file, file.name)
        shutil.rmtree(made)
        assert said in run("restore", tmp_path / "made.tar", "--settings", there).stderr
    before = embedded(here).read_bytes()
    taken = run("restore", archive, "--settings", here)
    assert (taken.returncode, "is there already" in taken.stderr) == (2, True)
    assert embedded(here).read_bytes() == before
    assert run("backup", archive, "--settings", here).returncode == 2
    assert run("restore", archive, "--settings", here, "--force").returncode == 0
    assert embedded(here).with_name("wastenot.sqlite.before-restore").exists()


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


def test_every_file_that_was_replaced_is_kept_a_damaged_one_too(archive: Path, tmp_path: Path) -> None:
    there = a_machine(tmp_path / "there")
    embedded(there).parent.mkdir()
    embedded(there).write_bytes(b"no database" * 1000)
    for _ in range(2):
        done = run("restore", archive, "--settings", there, "--force")
        assert done.returncode == 0, done.stderr
    kept = embedded(there).with_name("wastenot.sqlite.before-restore")
    assert kept.read_bytes() == b"no database" * 1000
    assert kept.with_name(f"{kept.name}-2").exists()


def test_nothing_is_restored_under_another_process(archive: Path, tmp_path: Path) -> None:
    there = a_machine(tmp_path / "there")
    with closing(SqliteSeries(embedded(there))) as series:
        series.append(readings(10))
        done = run("restore", archive, "--settings", there, "--force")
        assert (done.returncode, "stop Wastenot" in done.stderr) == (1, True), done.stderr
        series.append(readings(20))
    with closing(SqliteSeries(embedded(there))) as series:
        assert series.read(["dye_line_2.water"], *ALWAYS).height == 20


@pytest.mark.parametrize("spool", ["spool", "spool-north"])
def test_nothing_is_restored_under_a_running_collector(archive: Path, tmp_path: Path, spool: str) -> None:
    there = a_machine(tmp_path / "there")
    with closing(Spool(there.parent / "var" / spool)):
        done = run("restore", archive, "--settings", there)
    assert done.returncode == 1
    assert "stop Wastenot before restoring" in done.stderr
    assert not embedded(there).exists()


KILLED = """
import os, signal, sys
from pathlib import Path
import app.backup, store.sqlite_copy

def die(*_args, **_options):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv.pop(1) == "early":
    app.backup._put_back = die
else:
    Path.replace = die
from app.cli import main
sys.argv[0] = "wastenot"
main()
"""
LEFT_IN_JOURNAL = """
import os, sys
from pathlib import Path
from store.sqlite import SqliteSeries
from tests.store.builders import readings
SqliteSeries(Path(sys.argv[1])).append(readings(10))
os._exit(0)
"""


def python(code: str, *arguments: str | Path) -> int:
    argv = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(argv, env=clean_env(), check=False, timeout=60).returncode


def test_a_restore_that_was_killed_left_nothing_and_can_be_done_again(archive: Path, tmp_path: Path) -> None:
    there = a_machine(tmp_path / "there")
    assert python(KILLED, "early", "restore", archive, "--settings", there) == -9
    assert not embedded(there).exists()
    assert run("restore", archive, "--settings", there).returncode == 0
    assert embedded(there).exists()


def test_a_restore_that_was_killed_before_the_exchange_left_the_old_file_whole(
    archive: Path, tmp_path: Path
) -> None:
    there = a_machine(tmp_path / "there")
    assert python(LEFT_IN_JOURNAL, embedded(there)) == 0
    assert embedded(there).with_name("wastenot.sqlite-wal").stat().st_size > 0
    assert python(KILLED, "late", "restore", archive, "--settings", there, "--force") == -9
    with closing(SqliteSeries(embedded(there))) as series:
        assert series.read(["dye_line_2.water"], *ALWAYS).height == 10
    assert run("restore", archive, "--settings", there, "--force").returncode == 0
    with closing(SqliteSeries(embedded(there))) as series:
        assert series.read(["dye_line_2.water"], *ALWAYS).height == 500
