"""The spool's room: bounded, freed by what is shipped, and a disk that takes no more."""

import errno
import os
import subprocess
from pathlib import Path

import pytest

from domain.errors import SpoolError
from ingest.position import Position, PositionFile
from ingest.spool import Spool
from tests.ingest.spools import SMALL, drained, filled, record


def test_shipped_segments_are_deleted(folder: Path) -> None:
    spool = Spool(folder, segment_bytes=1000)
    for n in range(100):
        spool.append([record(n)])
    assert len(list(folder.glob("*.spool"))) == 10
    spool.commit(spool.read(55))
    assert len(list(folder.glob("*.spool"))) == 5
    assert drained(spool) == [record(n) for n in range(55, 100)]
    assert spool.status().bytes <= 1000
    spool.close()


def test_a_full_spool_takes_nothing_of_a_batch_and_goes_on_when_there_is_room(folder: Path) -> None:
    spool = Spool(folder, max_bytes=SMALL)
    sent, error = filled(spool)
    assert "the spool is full" in str(error)
    assert error.retryable
    assert spool.status().full
    assert sent == SMALL // 1000 * 10
    spool.commit(spool.read(200))
    spool.append([record(sent)])
    assert not spool.status().full
    assert drained(spool) == [record(n) for n in range(200, sent + 1)]
    spool.close()


def test_a_full_spool_whose_every_record_is_shipped_has_room_again(folder: Path) -> None:
    spool = Spool(folder, max_bytes=SMALL, segment_bytes=SMALL)
    for _ in range(6):
        for n in range(45):  # what fits beside one segment that is shipped but still open
            spool.append([record(n)] * 10)
        drained(spool)
    assert spool.status().bytes < SMALL
    spool.close()


def test_a_segment_that_is_left_while_its_last_records_are_shipped_is_deleted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nobody ever makes room: nothing waits to be shipped, and what is to be spooled waits for room."""
    spool, group = Spool(folder, max_bytes=SMALL), [record(n) for n in range(400)]
    spool.append(group)
    batch, save = spool.read(1000), PositionFile.save

    def append_meanwhile(file: PositionFile, position: Position) -> None:
        with pytest.raises(SpoolError, match="the spool is full"):
            spool.append(group)
        save(file, position)

    with monkeypatch.context() as saving:
        saving.setattr(PositionFile, "save", append_meanwhile)
        spool.commit(batch)
    assert (spool.status().records, spool.status().bytes) == (0, 0)
    spool.append(group)
    assert drained(spool) == group
    spool.close()


@pytest.mark.parametrize("failing", ["write", "fdatasync", "short"])
def test_a_disk_that_fails_keeps_nothing_of_the_batch(
    folder: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    spool = Spool(folder)
    spool.append([record(0)])
    write, fdatasync, calls = os.pwrite, os.fdatasync, []

    def fails(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def short(handle: int, data: bytes, at: int) -> int:
        calls.append(1)
        return write(handle, data[:150], at) if len(calls) == 1 else fails()

    monkeypatch.setattr(
        os, "fdatasync" if failing == "fdatasync" else "pwrite", short if failing == "short" else fails
    )
    with pytest.raises(SpoolError, match="No space left") as caught:
        spool.append([record(n) for n in range(1, 9)])
    assert caught.value.retryable
    assert spool.status().records == 1
    monkeypatch.setattr(os, "pwrite", write)
    monkeypatch.setattr(os, "fdatasync", fdatasync)
    spool.append([record(9)])
    assert drained(spool) == [record(0), record(9)]
    spool.close()
    again = Spool(folder)
    assert again.status().records == again.status().damaged == 0
    again.close()


@pytest.mark.skipif(
    not Path("/dev/shm").is_dir() or os.geteuid() != 0, reason="needs root to mount a small tmpfs"
)
@pytest.mark.fault(4)
def test_a_really_full_disk_blocks_and_frees_itself(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", disk], check=False).returncode:
        pytest.skip("this container may not mount")
    try:
        spool = Spool(disk / "spool", segment_bytes=1 << 20)
        sent, error = filled(spool)
        assert "No space left" in str(error)
        assert error.retryable
        first = drained(spool)
        assert first == [record(n) for n in range(sent)]
        for _ in range(2):  # the first may still find the shipped segment on the disk
            try:
                spool.append([record(sent)])
                break
            except SpoolError:
                continue
        assert drained(spool) == [record(sent)]
        spool.close()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
