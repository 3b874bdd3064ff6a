"""Refused messages: counted by reason, and the latest kept on disk for a person to look at."""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from domain.reading import Reject, RejectReason
from ingest.frequent import Frequent
from ingest.parse import KEPT_BYTES

_NOW, _BEFORE = "rejects.jsonl", "rejects.1.jsonl"
_TOPICS = 100


class RejectLog:
    """The rejects of one data folder: two files of JSON lines, the older one dropped when the newer is full.

    Between half of `max_kept` and `max_kept` rejects are kept over restarts. They are not worth an fsync
    or a failure: what the disk does not take is counted in `unkept`. Open to any thread.
    """

    def __init__(self, folder: Path, *, max_kept: int = 2000) -> None:
        self._folder = folder
        self._half = max(1, max_kept // 2)
        self._lock = threading.Lock()
        self._counts: Counter[RejectReason] = Counter()
        self._topics = Frequent(_TOPICS)
        self._lines = -1  # of the newer file; -1: not counted yet
        self._unkept = 0

    def keep(self, rejects: Sequence[Reject]) -> None:
        """Count rejects and keep them as long as there is room."""
        if not rejects:
            return
        with self._lock:
            self._counts.update(reject.reason for reject in rejects)
            for reject in rejects:
                self._topics.add(reject.topic)
            try:
                self._write(rejects[-2 * self._half :])
            except OSError:
                self._lines = -1
                self._unkept += len(rejects)

    def counts(self) -> dict[RejectReason, int]:
        """Return how many were refused since the start, by reason."""
        with self._lock:
            return dict(self._counts)

    def topics(self) -> dict[str, int]:
        """Return the topics that most refused messages came from, each with how many at least."""
        with self._lock:
            return self._topics.counts()

    @property
    def unkept(self) -> int:
        """Return how many were counted but could not be written."""
        return self._unkept

    def recent(self, limit: int = 100) -> list[Reject]:
        """Return the latest kept rejects, newest first. Lines cut by a crash are passed over."""
        found: list[Reject] = []
        for name in (_NOW, _BEFORE):
            with suppress(FileNotFoundError):
                lines = (self._folder / name).read_bytes().splitlines()
                found += _parsed(reversed(lines), limit - len(found))
        return found

    def _write(self, rejects: Sequence[Reject]) -> None:
        """Append, half a log at a time, changing files in between."""
        while rejects:
            if self._lines < 0:
                self._count_lines()
            if self._lines >= self._half:
                (self._folder / _NOW).replace(self._folder / _BEFORE)
                self._lines = 0
            part, rejects = rejects[: self._half - self._lines], rejects[self._half - self._lines :]
            with (self._folder / _NOW).open("ab") as file:
                file.write(b"".join(_line(reject) for reject in part))
            self._lines += len(part)

    def _count_lines(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _NOW).open("a+b") as file:
            file.seek(0)
            content = file.read()
            cut = bool(content) and not content.endswith(b"\n")
            if cut:
                file.write(b"\n")  # a crash ended the last line: do not write on in it
            self._lines = content.count(b"\n") + cut


def _line(reject: Reject) -> bytes:
    kept = {
        "received_us": reject.received_us,
        "reason": reject.reason,
        "topic": reject.topic,
        "detail": reject.detail,
        "payload": base64.b64encode(reject.payload[:KEPT_BYTES]).decode(),
    }
    return json.dumps(kept).encode() + b"\n"  # ASCII: nothing a message holds can break a line


def _parsed(lines: Iterable[bytes], limit: int) -> list[Reject]:
    found: list[Reject] = []
    for line in lines:
        if len(found) >= limit:
            break
        with suppress(ValueError, KeyError, TypeError):
            kept = json.loads(line)
            payload = base64.b64decode(kept["payload"])
            reason = RejectReason(kept["reason"])
            found.append(Reject(reason, kept["topic"], payload, kept["received_us"], kept["detail"]))
    return found
