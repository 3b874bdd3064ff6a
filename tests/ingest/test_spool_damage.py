"""A spool after a crash: what is torn, flipped or gone costs only itself."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.frames import frames
from ingest.position import Position, PositionFile
from ingest.spool import Spool
from tests.ingest.spools import drained, put_offset, record


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
