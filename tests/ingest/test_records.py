"""Readings as spool records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reading import Reading
from domain.readings import ReadingBlock
from ingest.frames import MAX_RECORD
from ingest.records import BLOCK_READINGS, decode_records, encode_block, readings_in

_instants = st.integers(-(2**63), 2**63 - 1)
_ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}", fullmatch=True)
_readings = st.lists(st.builds(Reading, _ids, _instants, st.floats(allow_nan=False), _instants))

OLD = b"\x01" + (7).to_bytes(8, "little") + (9).to_bytes(8, "little") + b"\0" * 6 + b"\xf0\x3f" + b"a.water"


@given(_readings)
def test_readings_come_back_as_they_were(readings: list[Reading]) -> None:
    records = encode_block(ReadingBlock.of(readings))
    found, unknown = decode_records(records)
    assert (list(found), unknown) == (readings, 0)
    assert sum(map(readings_in, records)) == len(readings)


def test_a_record_is_bounded_in_readings_and_in_bytes() -> None:
    short = [Reading(f"m{n}", n, float(n), 0) for n in range(3 * BLOCK_READINGS + 1)]
    assert [readings_in(record) for record in encode_block(ReadingBlock.of(short))] == [256, 256, 256, 1]
    long = [Reading(f"{n:04}" + "\u1ea1" * 900, n, float(n), 0) for n in range(BLOCK_READINGS)]
    records = encode_block(ReadingBlock.of(long))
    assert max(map(len, records)) <= MAX_RECORD
    assert list(decode_records(records)[0]) == long


def test_a_record_of_version_0_1_is_read() -> None:
    assert decode_records([OLD])[0][0] == Reading("a.water", 7, 1.0, 9)
    assert readings_in(OLD) == 1


@pytest.mark.parametrize(
    "record",
    [b"", b"\x01", b"\x02", b"\x02" + bytes(30), b"\x01" + bytes(24), OLD[:25] + b"\xff", b"\x03" + OLD],
)
def test_what_is_no_reading_of_a_known_format_is_counted(record: bytes) -> None:
    found, unknown = decode_records([OLD, record, OLD])
    assert (len(found), unknown) == (2, 1)


@given(st.binary(max_size=200))
def test_no_bytes_at_all_are_a_crash(junk: bytes) -> None:
    block = encode_block(ReadingBlock.of([Reading("a", 1, 2.0, 3), Reading("b", 1, 2.0, 3)]))[0]
    for record in (junk, b"\x02" + junk, block[: len(junk)], block[:9] + junk):
        decode_records([record])
        readings_in(record)
