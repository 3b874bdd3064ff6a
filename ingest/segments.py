"""The files of a spool: segments and the lock. Every change is durable when it returns."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from domain.errors import SpoolError

_SUFFIX = ".spool"
_HOPELESS = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR}  # a person has to change something


@dataclass(slots=True)
class Segment:
    """One file of records. `size` counts durable bytes only."""

    first: int  # number of its first record
    path: Path
    size: int
    writer: int = -1  # file descriptor of the segment that is written to
    doubtful: bool = False  # a write or a sync failed: go on in another file

    def append(self, data: bytes) -> None:
        """Write durably; when that fails, cut back to what was there and raise OSError."""
        try:
            done = 0
            while done < len(data):
                done += os.pwrite(self.writer, data[done:], self.size + done)
            os.fdatasync(self.writer)
        except OSError:
            self.doubtful = True
            with suppress(OSError):
                os.ftruncate(self.writer, self.size)
            raise
        self.size += len(data)

    def read(self, offset: int, size: int) -> bytes:
        """Return up to `size` bytes from `offset` on."""
        with self.path.open("rb", buffering=0) as file:
            return os.pread(file.fileno(), size, offset)

    def close(self) -> None:
        """Stop writing."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def delete(self) -> None:
        """Remove the file, if it is still there."""
        self.close()
        self.path.unlink(missing_ok=True)


def list_segments(folder: Path) -> list[Segment]:
    """Return the segments of a folder, oldest first."""
    found = [path for path in folder.glob(f"*{_SUFFIX}") if path.stem.isdecimal()]
    return sorted((Segment(int(p.stem), p, p.stat().st_size) for p in found), key=lambda s: s.first)


def create_segment(folder: Path, first: int) -> Segment:
    """Return a new empty segment to write to."""
    path = folder / f"{first:020d}{_SUFFIX}"
    writer = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    sync_folder(folder)
    return Segment(first, path, 0, writer)


def sync_folder(folder: Path) -> None:
    """Make created, replaced and removed names durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def lock_folder(folder: Path) -> int:
    """Return the lock's file descriptor; raise SpoolError if another process holds it."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise SpoolError(
            f"{folder} is in use by another process: one collector per spool folder", retryable=False
        ) from None
    return handle


@contextmanager
def spool_trouble(doing: str) -> Iterator[None]:
    """Turn an OSError into a SpoolError that says what was being done and whether a retry can help."""
    try:
        yield
    except OSError as error:
        message = f"{doing}: {error.strerror or error}"
        raise SpoolError(message, retryable=error.errno not in _HOPELESS) from error
