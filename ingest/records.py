"""Readings as the spool keeps them: blocks of up to 256, and the single ones of version 0.1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import Struct

import numpy as np

from domain.reading import Reading
from domain.readings import ReadingBlock

_ONE, _BLOCK = 1, 2  # formats: the first byte of a record
_FIXED = Struct("<Bqqd")  # format, time_us, received_us, value; the meter's id follows
_HEAD = Struct("<BHH")  # format, readings, ids; then codes, times, arrivals, values, ids parted by NUL
_CODE, _MICROS, _VALUE = np.dtype("<u2"), np.dtype("<i8"), np.dtype("<f8")
_EACH = _CODE.itemsize + 2 * _MICROS.itemsize + _VALUE.itemsize  # bytes
BLOCK_READINGS = 256  # what one damaged sector of a disk can cost
_BLOCK_BYTES = 60_000  # below ingest.frames.MAX_RECORD, whatever the ids


def encode_block(block: ReadingBlock) -> list[bytes]:
    """Return readings as records, in their order.

    >>> decode_records(encode_block(ReadingBlock.of([Reading("a", 1, 2.5, 3)])))[0][0]
    Reading(meter='a', time_us=1, value=2.5, received_us=3)
    """
    return [record for at in range(0, len(block), BLOCK_READINGS) for record in _records(block, at)]


def decode_records(records: Sequence[bytes]) -> tuple[ReadingBlock, int]:
    """Return the readings of intact records, and how many records no version up to ours wrote."""
    blocks, unknown = [], 0
    for record in records:
        try:
            blocks.append(_decoded(record))
        except ValueError:
            unknown += 1
    return ReadingBlock.together(blocks), unknown


def readings_in(record: bytes) -> int:
    """Return how many readings a record holds; 1 for one that is no reading."""
    if len(record) >= _HEAD.size and record[0] == _BLOCK:
        return int.from_bytes(record[1:3], "little")
    return 1


def _records(block: ReadingBlock, start: int) -> Iterator[bytes]:
    """Yield one record, or as many as very long ids need."""
    codes = block.codes[start : start + BLOCK_READINGS]
    used, places = np.unique(codes, return_inverse=True)
    names = "\0".join([block.meters[code] for code in used.tolist()]).encode()
    if len(codes) > 1 and len(codes) * _EACH + len(names) > _BLOCK_BYTES:
        part = block[start : start + len(codes)]
        yield from _records(part[: len(part) // 2], 0)
        yield from _records(part[len(part) // 2 :], 0)
        return
    stretch = slice(start, start + len(codes))
    columns = (
        places.astype(_CODE),
        block.time_us[stretch].astype(_MICROS),
        block.received_us[stretch].astype(_MICROS),
        block.value[stretch].astype(_VALUE),
    )
    head = _HEAD.pack(_BLOCK, len(codes), len(used))
    yield b"".join([head, *(column.tobytes() for column in columns), names])


def _decoded(record: bytes) -> ReadingBlock:
    """Return a record's readings; raise ValueError for one that is none."""
    if record[:1] == bytes([_ONE]) and len(record) > _FIXED.size:
        _, time_us, received_us, value = _FIXED.unpack_from(record)
        return ReadingBlock.of([Reading(record[_FIXED.size :].decode(), time_us, value, received_us)])
    if len(record) < _HEAD.size or record[0] != _BLOCK:
        raise ValueError(f"not a reading of format {_ONE} or {_BLOCK}: {record[:8].hex()}")
    _, count, distinct = _HEAD.unpack_from(record)
    at = _HEAD.size
    codes = np.frombuffer(record, _CODE, count, at).astype(np.int32)
    at += count * _CODE.itemsize
    times = np.frombuffer(record, _MICROS, count, at).astype(np.int64)
    at += count * _MICROS.itemsize
    received = np.frombuffer(record, _MICROS, count, at).astype(np.int64)
    at += count * _MICROS.itemsize
    values = np.frombuffer(record, _VALUE, count, at).astype(np.float64)
    names = record[at + count * _VALUE.itemsize :].decode().split("\0")
    if not count or len(names) != distinct or int(codes.max()) >= distinct:
        raise ValueError("a block without all of its readings and ids")
    return ReadingBlock(names, codes, times, values, received)
