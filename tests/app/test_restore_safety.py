"""A restore that is refused or killed leaves what was there; one that replaces it keeps it beside."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from ingest.spool import Spool
from store.sqlite import SqliteSeries
from tests.app.archives import ALWAYS, a_machine, archive, embedded, here
from tests.e2e.commands import clean_env, run
from tests.store.builders import readings

__all__ = ["archive", "here"]


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
