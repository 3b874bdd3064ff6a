"""Readings as spool records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reading import Reading
from ingest.records import decode_reading, encode_reading

_instants = st.integers(-(2**63), 2**63 - 1)
_ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}", fullmatch=True)
_readings = st.builds(Reading, _ids, _instants, st.floats(allow_nan=False), _instants)


@given(_readings)
def test_a_reading_comes_back_as_it_was(reading: Reading) -> None:
    assert decode_reading(encode_reading(reading)) == reading


@pytest.mark.parametrize(
    "record", [b"", b"\x01", b"\x02" + bytes(30), b"\x01" + bytes(24), b"\x01" + bytes(24) + b"\xff"]
)
def test_what_is_no_reading_of_this_format_is_a_value_error(record: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - or its subclass UnicodeDecodeError
        decode_reading(record)
