"""Records in a file: each framed by a mark, its length and a checksum, so that damage costs only itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from zlib import crc32

from ingest.records import readings_in

_MARK = b"\xf5\x9e"
_HEAD = Struct("<2sHI")  # mark, length, crc32 of the record
_SIZE = _HEAD.size
MAX_RECORD = 65535
MAX_FRAME = _SIZE + MAX_RECORD


@dataclass(frozen=True, slots=True)
class Scan:
    """What a stretch of a file holds."""

    records: list[bytes]
    readings: int  # in those records
    size: int  # bytes understood, damaged ones included: where to go on
    damaged: int  # records lost


def frames(records: Sequence[bytes]) -> bytes:
    """Return records as they stand in a file; raise ValueError for an empty or an over-long one.

    >>> scan(frames([b"one", b"two"]), limit=9, final=True).records
    [b'one', b'two']
    """
    parts: list[bytes] = []
    for record in records:
        if not 0 < len(record) <= MAX_RECORD:
            raise ValueError(f"a record has 1 to {MAX_RECORD} bytes, not {len(record)}")
        parts += (_HEAD.pack(_MARK, len(record), crc32(record)), record)
    return b"".join(parts)


def scan(data: bytes, *, limit: int, final: bool) -> Scan:
    """Return the intact records from the start of `data` on.

    Args:
        data: a stretch of a file that begins where a record begins.
        limit: stop at the record that makes it so many readings.
        final: the file ends where `data` ends; else the last record may be cut and is left for later.
    """
    records: list[bytes] = []
    position = damaged = readings = 0
    while position < len(data) and readings < limit:
        end = _end_of_intact(data, position)
        if end:
            records.append(data[position + _SIZE : end])
            readings += readings_in(records[-1])
        elif not final and len(data) - position < MAX_FRAME:
            break
        else:
            damaged += 1
            end = _after_damage(data, position, final=final)
        position = end
    return Scan(records, readings, position, damaged)


def _end_of_intact(data: bytes, position: int) -> int:
    """Return where the record that begins here ends, 0 if no intact one begins here."""
    if position + _SIZE > len(data):
        return 0
    mark, length, checksum = _HEAD.unpack_from(data, position)
    end: int = position + _SIZE + length
    if mark != _MARK or not length or end > len(data):
        return 0
    return end if crc32(memoryview(data)[position + _SIZE : end]) == checksum else 0


def _after_damage(data: bytes, position: int, *, final: bool) -> int:
    """Return where to go on: at the next intact record, or before it at another damaged one."""
    intact = data.find(_MARK, position + 1)
    while intact >= 0 and not _end_of_intact(data, intact):
        intact = data.find(_MARK, intact + 1)
    if intact < 0:  # the last bytes may be the beginning of one
        intact = len(data) if final else max(position + 1, len(data) - MAX_FRAME + 1)
    if data.startswith(_MARK, position) and position + _SIZE <= len(data):
        end: int = position + _SIZE + _HEAD.unpack_from(data, position)[1]
        if end < intact and data.startswith(_MARK, end):
            return end
    return intact
