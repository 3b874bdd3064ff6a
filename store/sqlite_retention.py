"""What an SQLite file forgets: readings whose consumption is kept, in small pieces, as `init` has set up."""

from __future__ import annotations

import time
from collections.abc import Callable

from store.sqlite_file import SqliteFile

#: rows per transaction, and how long others may write between two [s]
PIECE = 5_000
PAUSE_S = 0.005

_SECONDS = "SELECT seconds FROM series_retention WHERE what = ?"
_SET = "INSERT OR REPLACE INTO series_retention VALUES (?, ?)"
# The newest reading stays: a meter that has been silent for longer is still known. So does a reading whose
# consumption is not kept yet, or never was, as of a meter that is in no plant file any more.
_READINGS = """
SELECT number, min(
    ?, coalesce((SELECT max(start_us) FROM series_consumption WHERE meter = number), -9e15),
    coalesce((SELECT max(time_us) FROM series_reading WHERE meter = number), -9e15)
) FROM series_meter
"""
_NTH_READING = (
    "SELECT time_us FROM series_reading WHERE meter = ? AND time_us < ? ORDER BY time_us LIMIT 1 OFFSET ?"
)
_DROP_READINGS = "DELETE FROM series_reading WHERE meter = ? AND time_us < ?"
_DROP_CONSUMPTION = "DELETE FROM series_consumption WHERE meter = ? AND start_us < ?"
_DROP_INTERVALS = "DELETE FROM series_interval WHERE start_us < ?"


class Retention:
    """The retention of one file: `raw` and `consumption` [s]; None = for ever, as before `init`."""

    def __init__(self, file: SqliteFile, pause: Callable[[float], None] = time.sleep) -> None:
        self._file, self._pause = file, pause

    def seconds(self, what: str) -> float | None:
        """Return how long `raw` or `consumption` is kept [s]."""
        with self._file.reader() as reader:
            found = reader.execute(_SECONDS, (what,)).fetchone()
        return None if found is None else found[0]

    def set(self, what: str, seconds: float | None) -> None:
        """Keep `raw` or `consumption` that long from now on."""
        with self._file.transaction() as writer:
            writer.execute(_SET, (what, seconds))

    def forget(self, now_us: int) -> int:
        """Delete what is older; return how many rows went. Others write and read meanwhile."""
        gone = 0
        raw, consumption = self.seconds("raw"), self.seconds("consumption")
        if raw is not None:
            gone += self._forget_readings(now_us - round(raw * 1e6))
        if consumption is not None:
            gone += self._forget_consumption(now_us - round(consumption * 1e6))
        return gone

    def _forget_readings(self, limit_us: int) -> int:
        with self._file.reader() as reader:
            meters = reader.execute(_READINGS, (limit_us,)).fetchall()
        return sum(self._forget_meter(meter, int(until)) for meter, until in meters)

    def _forget_meter(self, meter: int, until_us: int) -> int:
        """Delete a meter's readings before an instant, PIECE at a time from the oldest on."""
        gone = 0
        while True:
            with self._file.transaction() as writer:
                next_us = writer.execute(_NTH_READING, (meter, until_us, PIECE)).fetchone()
                end_us = until_us if next_us is None else next_us[0]
                gone += writer.execute(_DROP_READINGS, (meter, end_us)).rowcount
            if next_us is None:
                return gone
            self._pause(PAUSE_S)

    def _forget_consumption(self, limit_us: int) -> int:
        with self._file.reader() as reader:
            meters = reader.execute("SELECT number FROM series_meter").fetchall()
        gone = 0
        for (meter,) in meters:
            with self._file.transaction() as writer:
                gone += writer.execute(_DROP_CONSUMPTION, (meter, limit_us)).rowcount
        with self._file.transaction() as writer:
            gone += writer.execute(_DROP_INTERVALS, (limit_us,)).rowcount
        return gone
