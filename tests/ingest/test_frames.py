"""Framed records: damage costs only itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.frames import MAX_FRAME, MAX_RECORD, frames, scan

_record = st.binary(min_size=1, max_size=60)
_records = st.lists(_record, min_size=1, max_size=8)
ALL = 1 << 30


@given(_records)
def test_records_come_back_as_they_were(records: list[bytes]) -> None:
    data = frames(records)
    found = scan(data, limit=ALL, final=True)
    assert (found.records, found.size, found.damaged) == (records, len(data), 0)


@given(_records, st.data())
@pytest.mark.fault(5)
def test_a_torn_end_loses_only_the_last_record(records: list[bytes], data: st.DataObject) -> None:
    whole = frames(records)
    start = len(frames(records[:-1]))
    for end in range(start, len(whole)):
        found = scan(whole[:end], limit=ALL, final=True)
        assert found.records == records[:-1]
        assert found.damaged == (end > start)


@given(_records, st.data())
@pytest.mark.fault(5)
def test_one_flipped_bit_loses_one_record_and_counts_it(records: list[bytes], data: st.DataObject) -> None:
    whole = bytearray(frames(records))
    bit = data.draw(st.integers(0, len(whole) * 8 - 1))
    whole[bit // 8] ^= 1 << bit % 8
    starts = [len(frames(records[:n])) for n in range(len(records))]
    hit = max(n for n, start in enumerate(starts) if start <= bit // 8)
    found = scan(bytes(whole), limit=ALL, final=True)
    assert found.records == records[:hit] + records[hit + 1 :]
    assert found.damaged == 1


def test_records_that_hold_what_looks_like_a_frame_survive_a_damaged_neighbour() -> None:
    records = [b"before", frames([b"inner"]) * 3, b"after"]
    assert scan(frames(records), limit=ALL, final=True).records == records


def test_two_damaged_neighbours_are_two() -> None:
    whole = bytearray(frames([b"a" * 20, b"b" * 20, b"c" * 20, b"d" * 20]))
    whole[28 + 10] ^= 1
    whole[56 + 10] ^= 1
    found = scan(bytes(whole), limit=ALL, final=True)
    assert (found.records, found.damaged) == ([b"a" * 20, b"d" * 20], 2)


@pytest.mark.parametrize("junk", [bytes(500), b"\xf5\x9e" * 300, b"x", b"\xf5\x9e\x05\x00"])
def test_junk_between_records_is_passed_over(junk: bytes) -> None:
    found = scan(frames([b"one"]) + junk + frames([b"two"]), limit=ALL, final=True)
    assert found.records == [b"one", b"two"]
    assert found.damaged >= 1


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_can_be_scanned(data: bytes, final: bool) -> None:
    found = scan(data, limit=ALL, final=final)
    assert found.size <= len(data)
    assert found.size == len(data) or not final


@given(_records, st.integers(1, 200))
def test_a_file_read_in_pieces_gives_the_same_records(records: list[bytes], piece: int) -> None:
    whole, position, found = frames(records), 0, []
    while position < len(whole):
        data = whole[position : position + MAX_FRAME + piece]
        part = scan(data, limit=2, final=position + len(data) == len(whole))
        assert part.size
        found += part.records
        position += part.size
    assert found == records


def test_a_limit_stops_at_a_record() -> None:
    part = scan(frames([b"one", b"two", b"three"]), limit=2, final=True)
    assert (part.records, part.size) == ([b"one", b"two"], len(frames([b"one", b"two"])))


@pytest.mark.parametrize("record", [b"", b"x" * (MAX_RECORD + 1)])
def test_a_record_that_cannot_be_framed_is_refused(record: bytes) -> None:
    with pytest.raises(ValueError, match="a record has 1 to 65535 bytes"):
        frames([b"fine", record])
