"""Sums per day of every stream, kept in memory: what pages about the whole plant are added up from.

A year of a hundred meters is three million intervals: too many to read for a page, and the same ones for
everybody. They are read once, in whole weeks (`app.weeks`), and again after every amendment.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Event, Lock, Thread

import polars as pl
import structlog

from analytics.balance.mains import main_meters
from analytics.enpi.days import day_sums
from analytics.enpi.outputs import outputs_of
from app.main_days import main_days
from app.trends_frame import Pick, interval_rows
from app.weeks import SETTLED_S, WEEK_DAYS, Pair, Weeks, week_of, weeks_of
from domain.errors import WorldError
from domain.plant import Plant
from domain.ports import Clock, Ledger, SeriesStore
from web.span import MOST_DAYS, midnight

log = structlog.get_logger()

#: intervals that are read while somebody waits; of more, those that are not asked for are read ahead
AT_ONCE = 150_000
AHEAD_EVERY_S = 3600.0
#: intervals of the longest span of the whole plant from which on it is read ahead whatever is asked first
LARGE = 1_500_000
#: spans whose settled weeks are kept as one frame
MOST_SETTLED = 12


@dataclass(frozen=True, slots=True)
class _Settled:
    """Some weeks of some streams in one frame."""

    rows: pl.DataFrame
    oldest_s: float  # when the oldest part of it was read
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Days:
    """Sums per stream, day and shift."""

    rows: pl.DataFrame  # process, resource, and the columns of analytics.enpi.days.day_sums
    as_of: datetime


class DaySums:
    """Adds up days of streams; safe for several threads."""

    def __init__(
        self, plant: Plant, store: SeriesStore, ledger: Ledger, clock: Clock,
        stopping: Event | None = None, seconds: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """Prepare.

        Args:
            stopping: ends reading ahead.
            seconds: a clock that only rises.
        """
        self._plant, self._store, self._ledger, self._clock = plant, store, ledger, clock
        self._stopping, self._seconds = stopping or Event(), seconds
        self._kept = Weeks(self._read, plant.timezone, clock, seconds)
        self._settled: dict[tuple[tuple[Pair, ...], range], _Settled] = {}
        self._amended = 0
        self._is_large = len(plant.streams()) * MOST_DAYS * 86_400 / plant.interval_s > LARGE
        self._lock = Lock()  # of the weeks, and held while a stream is read
        self._ahead: Thread | None = None

    def days(self, pairs: Sequence[Pair], first: date, last: date, product: str = "") -> Days:
        """Return what the days from first to last add up to.

        Args:
            product: only while it, and no other output, is made, which is asked too rarely to be kept; "" =
                whatever is made.

        Raises:
            StoreError: the store cannot be read.
            LedgerError: the ledger cannot be read.
        """
        if product:
            return self._of_product(pairs, first, last, product)
        self._forget_if_amended()
        with self._lock:
            self._read_ahead_if_long(pairs, first, last)
            return self._days(pairs, first, last)

    def days_at_hand(self, pairs: Sequence[Pair], first: date, last: date) -> Days | None:
        """Return the same; None where that would take long: it is then read ahead, for later."""
        self._forget_if_amended()
        with self._lock:
            if self._read_ahead_if_long(pairs, first, last):
                return None
            return self._days(pairs, first, last)

    def main(self, main: str, first: date, last: date) -> pl.DataFrame:
        """Return what a main meter and those under it add up to, see `app.main_days`."""
        with self._lock:
            weeks = self._kept.of(_main_key(main), weeks_of(first, last))
        return pl.concat(week.days for week in weeks).filter(pl.col("day").is_between(first, last))

    def _of_product(self, pairs: Sequence[Pair], first: date, last: date, product: str) -> Days:
        zone, as_of = self._plant.timezone, self._clock.now()
        window = midnight(first, zone), midnight(last + timedelta(days=1), zone)
        makers = [pair for pair in pairs if product in {one.id for one in outputs_of(self._plant, pair[0])}]
        frames = [_named(self._sums(pair, window, product), pair) for pair in makers]
        return Days(pl.concat(frames) if frames else pl.DataFrame(), as_of)

    def _days(self, pairs: Sequence[Pair], first: date, last: date) -> Days:
        """Return the days; the lock is held."""
        settled, still_open = self._weeks(first, last)
        if not pairs:
            return Days(pl.DataFrame(), self._clock.now())
        whole = self._settled_weeks(pairs, settled)
        frames, as_of = [whole.rows], whole.as_of if not still_open else self._clock.now()
        for pair in pairs:
            weeks = self._kept.of(pair, still_open)
            frames += [week.days for week in weeks]
            as_of = min([as_of, *(week.as_of for week in weeks)])
        return Days(pl.concat(frames).filter(pl.col("day").is_between(first, last)), as_of)

    def _settled_weeks(self, pairs: Sequence[Pair], numbers: range) -> _Settled:
        """Return weeks that hardly change any more as one frame, which is kept as such."""
        key = (tuple(pairs), numbers)
        kept = self._kept_settled(pairs, numbers)
        if kept is not None:
            return kept
        weeks = [week for pair in pairs for week in self._kept.of(pair, numbers)]
        rows = pl.concat([week.days for week in weeks]) if weeks else self._no_days(pairs[0])
        oldest_s = min((week.read_s for week in weeks), default=self._seconds())
        as_of = min((week.as_of for week in weeks), default=self._clock.now())
        while len(self._settled) >= MOST_SETTLED:
            self._settled.pop(next(iter(self._settled)))
        self._settled[key] = found = _Settled(rows, oldest_s, as_of)
        return found

    def _kept_settled(self, pairs: Sequence[Pair], numbers: range) -> _Settled | None:
        kept = self._settled.get((tuple(pairs), numbers))
        fresh = kept is not None and self._seconds() - kept.oldest_s <= SETTLED_S
        return kept if fresh else None

    def _no_days(self, pair: Pair) -> pl.DataFrame:
        now = self._clock.now()
        return _named(self._sums(pair, (now, now)), pair)

    def _weeks(self, first: date, last: date) -> tuple[range, range]:
        """Return the numbers of the weeks that are settled, and of those that still change."""
        begin, end = week_of(first), week_of(last) + 1
        border = max(begin, min(end, self._kept.first_open()))
        return range(begin, border), range(border, end)

    def _read(self, pair: Pair, start: datetime, end: datetime) -> pl.DataFrame:
        """Return the days of a stream, or of a main meter, as they are now."""
        if pair[0] == "":
            return main_days(self._plant, self._store, pair[1], start, min(end, self._clock.now()))
        return _named(self._sums(pair, (start, end)), pair)

    def _sums(self, pair: Pair, window: tuple[datetime, datetime], product: str = "") -> pl.DataFrame:
        plant, outputs = self._plant, outputs_of(self._plant, pair[0])
        frame = interval_rows(
            plant, self._store, self._ledger, Pick(*pair), outputs, *window, now=self._clock.now()
        )
        return day_sums(frame, plant, plant.resources[pair[1]], outputs, product)

    def _forget_if_amended(self) -> None:
        with self._ledger.begin() as tx:
            amended = max((entry.id for entry in tx.amendments()), default=0)
        with self._lock:
            if amended != self._amended:
                self._kept.forget()
                self._settled.clear()
                self._amended = amended

    def _read_ahead_if_long(self, pairs: Sequence[Pair], first: date, last: date) -> bool:
        """Return whether reading this takes long; then begin to read ahead. The lock is held."""
        settled, still_open = self._weeks(first, last)
        known = self._kept_settled(pairs, settled) is not None
        numbers = still_open if known else [*settled, *still_open]
        wanted = sum(self._kept.is_wanted(pair, number) for pair in pairs for number in numbers)
        is_long = wanted * WEEK_DAYS * 86_400 / self._plant.interval_s > AT_ONCE
        if (is_long or self._is_large) and self._ahead is None:
            self._ahead = Thread(target=self._keep_ahead, name="day-sums", daemon=True)
            self._ahead.start()
        return is_long

    def _keep_ahead(self) -> None:
        """Read the longest span that can be asked for, again and again, until the process stops."""
        while not self._stopping.is_set():
            today = self._kept.today()
            numbers = weeks_of(today - timedelta(days=MOST_DAYS), today)
            begun = self._seconds()
            try:
                mains = (_main_key(meter.id) for meter in main_meters(self._plant))
                for pair in (*self._plant.streams(), *mains):
                    if self._stopping.wait(0.01):  # who waits for the lock goes first
                        return
                    with self._lock:
                        self._kept.of(pair, numbers)
                log.info("pages.days_added_up", took_s=round(self._seconds() - begun, 2))
            except WorldError as away:
                log.warning("pages.days_not_added_up", why=str(away))
                if not away.retryable:
                    return
            self._stopping.wait(AHEAD_EVERY_S)


def _main_key(main: str) -> Pair:
    """Return what the weeks of a main meter are kept under: no process is called ""."""
    return "", main


def _named(days: pl.DataFrame, pair: Pair) -> pl.DataFrame:
    return days.select(pl.lit(pair[0]).alias("process"), pl.lit(pair[1]).alias("resource"), pl.all())
