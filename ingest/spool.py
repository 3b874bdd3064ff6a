"""A durable queue of records on disk, between the broker's acknowledgement and the series store.

A record holds readings, and is counted by how many. A folder of segment files, each named by the number of
its first reading; `offset` says how far they are
shipped; `lock` is held by the one process that may touch them. Records go to the end of the last
segment, and a segment is deleted once all of it is shipped. Opening begins a new segment, so nothing is
ever written behind what a crash left at the end of the old one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import SpoolError
from ingest.frames import Scan, frames, scan
from ingest.position import Position, PositionFile
from ingest.records import readings_in
from ingest.segments import (
    Segment,
    create_segment,
    list_segments,
    lock_folder,
    spool_trouble,
    sync_folder,
)

_MIN_BYTES = 65536
_CHUNK = 1 << 20
_ALL = 1 << 62


@dataclass(frozen=True, slots=True)
class Batch:
    """The next records to ship; `Spool.commit` it when they are kept elsewhere."""

    records: list[bytes]
    end: Position
    damaged: int  # records on the way that could not be read


@dataclass(frozen=True, slots=True)
class SpoolStatus:
    """How full a spool is."""

    records: int  # readings that wait to be shipped; a damaged record counts as one until it is passed
    bytes: int  # on disk, with what is shipped but not deleted yet
    max_bytes: int
    damaged: int  # records lost to damage, seen since it was opened
    full: bool  # the last append was refused


class Spool:
    """One open spool folder. Any thread appends, one reads and commits; the rest is open to any."""

    def __init__(self, folder: Path, *, max_bytes: int = 2 << 30, segment_bytes: int = 16 << 20) -> None:
        """Open the folder; raise SpoolError if another process has it or it cannot be written."""
        if max_bytes < _MIN_BYTES:
            raise ValueError(f"max_bytes is {max_bytes}: at least {_MIN_BYTES} are needed")
        self._folder = folder
        self._max_bytes = max_bytes
        self._segment_bytes = min(segment_bytes, max_bytes // 4)
        self._changed = threading.Condition(threading.RLock())  # guards what follows
        self._damaged = 0
        self._full = False
        self._closed = False
        with spool_trouble(f"opening the spool {folder}"):
            folder.mkdir(parents=True, exist_ok=True)
            sync_folder(folder.parent)
            self._lock = lock_folder(folder)
            try:
                self._open()
            except BaseException:
                os.close(self._lock)
                raise

    def append(self, records: Sequence[bytes]) -> None:
        """Return when all records are durable; raise SpoolError when none of them is kept."""
        data = frames(records)
        with self._changed, spool_trouble("writing the spool"):
            self._refuse_if_closed()
            self._full = True
            self._make_room(len(data))
            self._segments[-1].append(data)
            self._full = False
            self._end += sum(map(readings_in, records))
            self._changed.notify_all()

    def read(self, limit: int) -> Batch:
        """Return the next records that are not committed: the fewest that hold `limit` readings, or all.

        The same again until `commit`.
        """
        with self._changed:
            self._refuse_if_closed()
            position = self._position
            stretches = [(segment, segment.size) for segment in self._segments]
        records: list[bytes] = []
        damaged, wanted = 0, limit
        for segment, size in stretches:
            if segment.first < position.segment:
                continue
            if segment.first > position.segment:
                position = Position(segment.first, 0, segment.first)
            while position.offset < size and wanted > 0:
                found = _scan_on(segment, position.offset, size, wanted)
                records += found.records
                damaged += found.damaged
                wanted -= found.readings
                number = position.record + found.readings + found.damaged
                position = Position(segment.first, position.offset + found.size, number)
            if wanted <= 0:
                break
        return Batch(records, position, damaged)

    def commit(self, batch: Batch) -> None:
        """Take a batch as shipped: durable when this returns, and segments behind it are deleted."""
        with self._changed:
            self._refuse_if_closed()
            position = self._settled(batch.end)
        with spool_trouble("saving the spool's position"):
            self._saved.save(position)
            with self._changed:
                self._position = self._settled(position)  # an append may have gone on in a new segment
                self._damaged += batch.damaged
                self._drop_shipped()

    def wait(self, timeout_s: float, readings: int = 1) -> int:
        """Return how many readings wait to be shipped, once there are so many or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting() >= readings, timeout_s)
            return self._waiting()

    def status(self) -> SpoolStatus:
        """Return how full the spool is."""
        with self._changed:
            return SpoolStatus(self._waiting(), self._bytes(), self._max_bytes, self._damaged, self._full)

    def close(self) -> None:
        """Let go of the folder. What is not shipped stays for the next opening."""
        with self._changed:
            if not self._closed:
                self._closed = True
                self._segments[-1].close()
                self._saved.close()
                os.close(self._lock)
                self._changed.notify_all()

    def _open(self) -> None:
        self._segments = list_segments(self._folder)
        self._saved = PositionFile(self._folder / "offset")
        saved = self._saved.loaded
        if saved is None or (
            self._segments and saved.segment > self._segments[-1].first
        ):  # not of this spool
            saved = Position(self._segments[0].first, 0, self._segments[0].first) if self._segments else None
        self._end = max(self._count(), saved.record if saved else 0)
        self._segments.append(create_segment(self._folder, self._end))
        self._position = self._settled(saved or Position(self._end, 0, self._end))
        self._drop_shipped()

    def _count(self) -> int:
        """Return the number that follows the last record; a last segment without any is let go."""
        if not self._segments:
            return 0
        last = self._segments[-1]
        held = scan(last.read(0, last.size), limit=_ALL, final=True)
        if held.records:
            return last.first + held.readings + held.damaged
        self._damaged += held.damaged
        self._segments.pop().delete()
        return last.first

    def _settled(self, position: Position) -> Position:
        """Return the same place as a position in a segment that exists, at its end only in the last one."""
        for segment in self._segments:
            if segment.first > position.segment:
                position = Position(segment.first, 0, segment.first)
            if segment.first == position.segment and position.offset < segment.size:
                return position
        last = self._segments[-1]
        return Position(last.first, last.size, self._end)

    def _make_room(self, size: int) -> None:
        last = self._segments[-1]
        if last.doubtful or (last.size and last.size + size > self._segment_bytes):
            self._roll()
        if self._bytes() + size <= self._max_bytes:
            return
        self._roll()
        if self._bytes() + size > self._max_bytes:
            raise SpoolError(f"the spool is full: {self._bytes()} of {self._max_bytes} bytes")

    def _roll(self) -> None:
        """Go on in a new segment (an empty one is made anew), so that the old one goes when it is shipped."""
        last = self._segments[-1]
        if last.size or last.doubtful:
            fresh = create_segment(self._folder, self._end)
            last.close()
            self._segments = [s for s in self._segments if s.first != fresh.first] + [fresh]
            self._position = self._settled(self._position)
            self._drop_shipped()

    def _drop_shipped(self) -> None:
        shipped = [segment for segment in self._segments if segment.first < self._position.segment]
        for segment in shipped:
            segment.delete()
        if shipped:
            self._segments = self._segments[len(shipped) :]
            sync_folder(self._folder)

    def _waiting(self) -> int:
        return self._end - self._position.record

    def _bytes(self) -> int:
        return sum(segment.size for segment in self._segments)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise SpoolError("the spool is closed", retryable=False)


def _scan_on(segment: Segment, offset: int, size: int, limit: int) -> Scan:
    """Return what the next piece of a segment holds; bytes that are gone from the file count as damage."""
    wanted = min(_CHUNK, size - offset)
    with spool_trouble("reading the spool"):
        data = segment.read(offset, wanted)
    cut = len(data) < wanted
    found = scan(data, limit=limit, final=cut or offset + wanted == size)
    if cut and found.size == len(data):
        return Scan(found.records, found.readings, size - offset, found.damaged + 1)
    return found
