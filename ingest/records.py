"""A reading as the spool keeps it: 25 bytes and the meter's id."""

from __future__ import annotations

from struct import Struct

from domain.reading import Reading

_FORMAT = 1
_FIXED = Struct("<Bqqd")  # format, time_us, received_us, value
_SIZE = _FIXED.size


def encode_reading(reading: Reading) -> bytes:
    """Return a reading as bytes.

    >>> decode_reading(encode_reading(Reading("a", 1, 2.5, 3)))
    Reading(meter='a', time_us=1, value=2.5, received_us=3)
    """
    meter, time_us, value, received_us = reading
    return _FIXED.pack(_FORMAT, time_us, received_us, value) + meter.encode()


def decode_reading(record: bytes) -> Reading:
    """Return the reading of a record; raise ValueError if it is none that this version wrote."""
    if len(record) <= _SIZE or record[0] != _FORMAT:
        raise ValueError(f"not a reading of format {_FORMAT}: {record[:8].hex()}")
    _, time_us, received_us, value = _FIXED.unpack_from(record)
    return Reading(record[_SIZE:].decode(), time_us, value, received_us)
