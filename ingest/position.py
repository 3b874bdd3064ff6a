"""How far a spool is shipped, kept so that a crash or a full disk cannot spoil it."""

from __future__ import annotations

import os
from pathlib import Path
from struct import Struct
from typing import NamedTuple
from zlib import crc32

_SLOT = Struct("<QQQQ")  # turn, segment, offset, record; a crc32 of them follows
_SUM = Struct("<I")
_SLOT_BYTES = 512  # a sector each: a torn write spoils one of the two at most


class Position(NamedTuple):
    """A place in a spool."""

    segment: int  # number of the segment's first record: its name
    offset: int  # bytes of the segment that are shipped
    record: int  # number of the next record


class PositionFile:
    """Two slots that are written in turns, in place: the disk need not have room for a new file.

    A full disk is when the position must move on, or nothing could ever be deleted.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, or make it; raise OSError if that fails."""
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        data = os.pread(self._handle, 2 * _SLOT_BYTES, 0)
        slots = [slot for slot in (_slot(data, 0), _slot(data, 1)) if slot is not None]
        self.loaded: Position | None  # what the file held when it was opened
        self._turn, self.loaded = max(slots) if slots else (0, None)
        if len(data) < 2 * _SLOT_BYTES:
            os.pwrite(self._handle, data.ljust(2 * _SLOT_BYTES, b"\0"), 0)

    def save(self, position: Position) -> None:
        """Keep a position durably; when that raises OSError, the one before still holds."""
        turn = self._turn + 1
        slot = _SLOT.pack(turn, *position)
        os.pwrite(self._handle, slot + _SUM.pack(crc32(slot)), turn % 2 * _SLOT_BYTES)
        os.fdatasync(self._handle)
        self._turn = turn

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)


def _slot(data: bytes, index: int) -> tuple[int, Position] | None:
    start = index * _SLOT_BYTES
    slot = data[start : start + _SLOT.size]
    if data[start + _SLOT.size : start + _SLOT.size + _SUM.size] != _SUM.pack(crc32(slot)):
        return None
    turn, segment, offset, record = _SLOT.unpack(slot)
    return turn, Position(segment, offset, record)
