"""The spool: durable, bounded, damage costs only itself, one process at a time."""

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import SpoolError
from ingest.frames import frames
from ingest.position import Position, PositionFile
from ingest.spool import Spool

RECORD = b"r" * 92  # 100 bytes on disk
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


def test_records_come_out_in_the_order_they_went_in(spool: Spool) -> None:
    spool.append([b"one", b"two"])
    spool.append([b"three"])
    assert drained(spool, limit=2) == [b"one", b"two", b"three"]
    assert spool.status().records == 0


def test_a_batch_is_read_again_until_it_is_committed(spool: Spool) -> None:
    spool.append([b"one", b"two"])
    assert spool.read(1).records == [b"one"]
    batch = spool.read(1)
    assert batch.records == [b"one"]
    spool.commit(batch)
    assert spool.read(9).records == [b"two"]


def test_what_is_not_committed_is_there_after_reopening(folder: Path) -> None:
    first = Spool(folder)
    first.append([record(n) for n in range(10)])
    first.commit(first.read(4))
    first.close()
    second = Spool(folder)
    second.append([record(10)])
    assert second.status().records == 7
    assert drained(second) == [record(n) for n in range(4, 11)]
    second.close()


def test_numbers_and_sizes_go_on_over_many_openings(folder: Path) -> None:
    for opening in range(5):
        spool = Spool(folder)
        spool.append([record(2 * opening), record(2 * opening + 1)])
        spool.commit(spool.read(1))
        assert spool.status().records == opening + 1
        spool.close()
    spool = Spool(folder)
    assert drained(spool) == [record(n) for n in range(5, 10)]
    assert [path.stat().st_size for path in folder.glob("*.spool")] == [0]
    spool.close()


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


@pytest.mark.fault(5)
def test_the_torn_end_of_a_crash_is_one_lost_record_at_every_byte(tmp_path: Path) -> None:
    intact = frames([record(0), record(1)])
    torn = frames([record(2)])
    for end in range(len(torn)):
        folder = tmp_path / str(end)
        folder.mkdir()
        (folder / f"{0:020d}.spool").write_bytes(intact + torn[:end])
        spool = Spool(folder)
        spool.append([record(3)])
        assert drained(spool) == [record(0), record(1), record(3)]
        assert spool.status().damaged == (end > 0)
        assert spool.status().records == 0
        spool.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(bits=st.lists(st.integers(0, 299), min_size=1, max_size=3, unique=True), seed=st.integers(0, 9999))
@pytest.mark.fault(5)
def test_a_flipped_bit_per_segment_loses_one_record_each(tmp_path: Path, bits: list[int], seed: int) -> None:
    folder = tmp_path / f"{seed}-{'-'.join(map(str, bits))}"
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    expected: list[bytes] = []
    for segment, place in enumerate(bits):
        records = [record(3 * segment + n) for n in range(3)]
        data = bytearray(frames(records))
        data[place] ^= 1 << seed % 8
        (folder / f"{3 * segment:020d}.spool").write_bytes(data)
        expected += records[: place // 100] + records[place // 100 + 1 :]
    spool = Spool(folder)
    assert drained(spool, limit=2) == expected
    assert spool.status().damaged == len(bits)
    assert spool.status().records == 0
    spool.close()


@pytest.mark.fault(6)
def test_a_segment_that_is_gone_before_its_offset_was_saved_is_no_trouble(folder: Path) -> None:
    spool = Spool(folder, segment_bytes=300)
    for n in range(9):
        spool.append([record(n)])
    spool.close()
    put_offset(folder, Position(0, 100, 1))
    (folder / f"{0:020d}.spool").unlink()
    again = Spool(folder)
    assert drained(again) == [record(n) for n in range(3, 9)]
    again.close()


def test_a_saved_offset_whose_segments_are_still_there_deletes_them(folder: Path) -> None:
    spool = Spool(folder, segment_bytes=300)
    for n in range(9):
        spool.append([record(n)])
    spool.close()
    put_offset(folder, Position(6, 100, 7))
    again = Spool(folder)
    assert sorted(int(path.stem) for path in folder.glob("*.spool")) == [6, 9]
    assert drained(again) == [record(7), record(8)]
    again.close()


@pytest.mark.parametrize("size", [0, 5, 36, 700, 1024])
def test_a_damaged_offset_ships_again_rather_than_losing_a_record(folder: Path, size: int) -> None:
    spool = Spool(folder)
    spool.append([record(n) for n in range(3)])
    spool.commit(spool.read(2))
    spool.close()
    (folder / "offset").write_bytes(b"\xff" * size)
    again = Spool(folder)
    again.append([record(3)])
    assert drained(again) == [record(n) for n in range(4)]
    again.close()


@pytest.mark.parametrize(
    ("position", "left"),
    [
        (Position(0, 50, 0), [1, 2, 3]),  # in the midst of a record: that one is damage
        (Position(0, 100_000, 3), [3]),  # behind the end: all of it counts as shipped
        (Position(99, 0, 99), [0, 1, 2, 3]),  # of another spool
    ],
)
def test_an_offset_that_does_not_fit_the_files_is_no_crash(
    folder: Path, position: Position, left: list[int]
) -> None:
    spool = Spool(folder)
    spool.append([record(n) for n in range(3)])
    spool.close()
    put_offset(folder, position)
    again = Spool(folder)
    again.append([record(3)])
    assert drained(again) == [record(n) for n in left]
    again.close()


def test_a_segment_truncated_under_our_feet_is_counted(folder: Path) -> None:
    spool = Spool(folder)
    spool.append([record(n) for n in range(4)])
    segment = next(folder.glob("*.spool"))
    os.truncate(segment, 150)
    assert drained(spool) == [record(0)]
    assert spool.status().damaged >= 1
    spool.append([record(9)])
    assert drained(spool)[-1:] == [record(9)]
    spool.close()


def test_a_second_process_on_the_folder_is_refused_loudly(spool: Spool, folder: Path) -> None:
    code = f"from pathlib import Path; from ingest.spool import Spool; Spool(Path({str(folder)!r}))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert other.returncode != 0
    assert "in use by another process" in other.stderr
    with pytest.raises(SpoolError, match="in use") as caught:
        Spool(folder)
    assert not caught.value.retryable
    spool.append([b"still works"])


def test_a_closed_spool_says_so(folder: Path) -> None:
    spool = Spool(folder)
    spool.append([b"one"])
    batch = spool.read(1)
    spool.close()
    spool.close()
    for call in (lambda: spool.append([b"x"]), lambda: spool.read(1), lambda: spool.commit(batch)):
        with pytest.raises(SpoolError, match="closed"):
            call()
    again = Spool(folder)
    assert drained(again) == [b"one"]
    again.close()


def test_a_folder_that_cannot_be_written_is_a_spool_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="opening the spool"):
        Spool(tmp_path / "file" / "spool")


def test_waiting_ends_when_records_come(spool: Spool) -> None:
    assert spool.wait(0.0) == 0
    later = threading.Timer(0.05, lambda: spool.append([b"one", b"two"]))
    later.start()
    assert spool.wait(10.0, readings=2) == 2
    later.join()


def test_large_records_cross_the_pieces_a_file_is_read_in(folder: Path) -> None:
    spool = Spool(folder)
    big = [bytes([n]) * (40_000 + n) for n in range(1, 80)]
    spool.append(big)
    assert drained(spool, limit=7) == big
    spool.close()


def test_a_torn_write_of_the_offset_leaves_the_one_before(folder: Path) -> None:
    spool = Spool(folder)
    spool.append([record(n) for n in range(5)])
    spool.commit(spool.read(1))
    spool.commit(spool.read(1))
    spool.close()
    whole = (folder / "offset").read_bytes()
    for place in range(36):  # the second save went to the first slot
        torn = bytearray(whole)
        torn[place] ^= 0x40
        (folder / "offset").write_bytes(torn)
        file = PositionFile(folder / "offset")
        assert file.loaded == Position(0, 100, 1)
        file.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["append", "ship", "reopen", "read"]), st.integers(1, 9)), max_size=25
    )
)
def test_whatever_is_done_nothing_is_lost_doubled_or_reordered(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    spool, appended, shipped = Spool(folder, segment_bytes=450), 0, 0
    for step, count in steps:
        if step == "append":
            spool.append([record(appended + n) for n in range(count)])
            appended += count
        elif step == "reopen":
            spool.close()
            spool = Spool(folder, segment_bytes=450)
        else:
            batch = spool.read(count)
            assert batch.records == [record(n) for n in range(shipped, min(shipped + count, appended))]
            if step == "ship":
                spool.commit(batch)
                shipped += len(batch.records)
        assert spool.status().records == appended - shipped
    spool.close()
