"""Sums per day of every stream, kept in memory: what pages about the whole plant are added up from.

A year of a hundred meters is three million intervals: too many to read for a page, and the same ones for
everybody. They are read once, in blocks of whole weeks. Days that can still change are read again after a
minute, all others after some hours and after every amendment.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from domain.errors import WorldError
from domain.plant import Plant
from domain.ports import Clock, Ledger, SeriesStore
from web.span import MOST_DAYS, midnight

log = structlog.get_logger()

BLOCK_DAYS = 7
#: days before today that late readings still change
OPEN_DAYS = 3
#: how long what was read is believed [s]
OPEN_S, SETTLED_S = 60.0, 6 * 3600.0
#: intervals that are read while somebody waits; of more, those that are not asked for are read ahead
AT_ONCE = 150_000
AHEAD_EVERY_S = 3600.0
#: intervals of the longest span of the whole plant from which on it is read ahead whatever is asked first
LARGE = 1_500_000
#: spans whose settled weeks are kept as one frame
MOST_SETTLED = 12

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Block:
    """A week of a stream."""

    days: pl.DataFrame
    read_s: float  # by the clock that only rises
    as_of: datetime


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
        self._blocks: dict[tuple[Pair, int], _Block] = {}
        self._settled: dict[tuple[tuple[Pair, ...], range], _Settled] = {}
        self._amended = 0
        self._is_large = len(plant.streams()) * MOST_DAYS * 86_400 / plant.interval_s > LARGE
        self._lock = Lock()  # of the blocks, and held while a stream is read
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
        numbers = range(first.toordinal() // BLOCK_DAYS, last.toordinal() // BLOCK_DAYS + 1)
        key = _main_key(main)
        with self._lock:
            self._fill(key, numbers)
            blocks = [self._blocks[key, number].days for number in numbers]
        return pl.concat(blocks).filter(pl.col("day").is_between(first, last))

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
            self._fill(pair, still_open)
            blocks = [self._blocks[pair, number] for number in still_open]
            frames += [block.days for block in blocks]
            as_of = min([as_of, *(block.as_of for block in blocks)])
        return Days(pl.concat(frames).filter(pl.col("day").is_between(first, last)), as_of)

    def _settled_weeks(self, pairs: Sequence[Pair], numbers: range) -> _Settled:
        """Return weeks that hardly change any more as one frame, which is kept as such."""
        key = (tuple(pairs), numbers)
        kept = self._kept_settled(pairs, numbers)
        if kept is not None:
            return kept
        for pair in pairs:
            self._fill(pair, numbers)
        blocks = [self._blocks[pair, number] for pair in pairs for number in numbers]
        rows = pl.concat([block.days for block in blocks]) if blocks else self._no_days(pairs[0])
        oldest_s = min((block.read_s for block in blocks), default=self._seconds())
        as_of = min((block.as_of for block in blocks), default=self._clock.now())
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
        begin, end = first.toordinal() // BLOCK_DAYS, last.toordinal() // BLOCK_DAYS + 1
        today = self._today()
        border = max(begin, min(end, (today.toordinal() - OPEN_DAYS) // BLOCK_DAYS))
        return range(begin, border), range(border, end)

    def _fill(self, pair: Pair, numbers: Iterable[int]) -> None:
        """Read what is missing or too old, each run of weeks at once. The lock is held."""
        wanted = [number for number in numbers if self._is_wanted(pair, number)]
        for begin, end in _runs(wanted):
            read_s, as_of = self._seconds(), self._clock.now()
            days = self._read(pair, begin, end)
            if pair[0]:
                days = _named(days, pair)
            numbered = days.with_columns(number=_number(pl.col("day")))
            parts = {
                number: part.drop("number")
                for (number,), part in numbered.partition_by("number", as_dict=True).items()
            }
            for number in range(begin, end):
                self._blocks[pair, number] = _Block(parts.get(number, days.clear()), read_s, as_of)

    def _is_wanted(self, pair: Pair, number: int) -> bool:
        kept = self._blocks.get((pair, number))
        if kept is None:
            return True
        is_open = number >= (self._today().toordinal() - OPEN_DAYS) // BLOCK_DAYS
        return self._seconds() - kept.read_s > (OPEN_S if is_open else SETTLED_S)

    def _read(self, pair: Pair, begin: int, end: int) -> pl.DataFrame:
        zone = self._plant.timezone
        start, stop = (midnight(date.fromordinal(number * BLOCK_DAYS), zone) for number in (begin, end))
        if pair[0] == "":
            return main_days(self._plant, self._store, pair[1], start, min(stop, self._clock.now()))
        return self._sums(pair, (start, stop))

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
                self._blocks.clear()
                self._settled.clear()
                self._amended = amended

    def _read_ahead_if_long(self, pairs: Sequence[Pair], first: date, last: date) -> bool:
        """Return whether reading this takes long; then begin to read ahead. The lock is held."""
        settled, still_open = self._weeks(first, last)
        known = self._kept_settled(pairs, settled) is not None
        numbers = still_open if known else [*settled, *still_open]
        wanted = sum(self._is_wanted(pair, number) for pair in pairs for number in numbers)
        is_long = wanted * BLOCK_DAYS * 86_400 / self._plant.interval_s > AT_ONCE
        if (is_long or self._is_large) and self._ahead is None:
            self._ahead = Thread(target=self._keep_ahead, name="day-sums", daemon=True)
            self._ahead.start()
        return is_long

    def _today(self) -> date:
        return self._clock.now().astimezone(self._plant.timezone).date()

    def _keep_ahead(self) -> None:
        """Read the longest span that can be asked for, again and again, until the process stops."""
        while not self._stopping.is_set():
            today = self._today()
            first = (today - timedelta(days=MOST_DAYS)).toordinal() // BLOCK_DAYS
            begun = self._seconds()
            try:
                mains = (_main_key(meter.id) for meter in main_meters(self._plant))
                for pair in (*self._plant.streams(), *mains):
                    if self._stopping.wait(0.01):  # who waits for the lock goes first
                        return
                    with self._lock:
                        self._fill(pair, range(first, today.toordinal() // BLOCK_DAYS + 1))
                log.info("pages.days_added_up", took_s=round(self._seconds() - begun, 2))
            except WorldError as away:
                log.warning("pages.days_not_added_up", why=str(away))
                if not away.retryable:
                    return
            self._stopping.wait(AHEAD_EVERY_S)


def _main_key(main: str) -> Pair:
    """Return what the blocks of a main meter are kept under: no process is called ""."""
    return "", main


def _named(days: pl.DataFrame, pair: Pair) -> pl.DataFrame:
    return days.select(pl.lit(pair[0]).alias("process"), pl.lit(pair[1]).alias("resource"), pl.all())


def _number(day: pl.Expr) -> pl.Expr:
    """Return the number of a day's week, as `date.toordinal() // BLOCK_DAYS`."""
    return (day.cast(pl.Int32) + date(1970, 1, 1).toordinal()) // BLOCK_DAYS


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield [begin, end) of every run of numbers that follow each other.

    >>> list(_runs([1, 2, 5]))
    [(1, 3), (5, 6)]
    """
    begin: int | None = None
    for place, number in enumerate(numbers):
        begin = number if begin is None else begin
        if place + 1 == len(numbers) or numbers[place + 1] != number + 1:
            yield begin, number + 1
            begin = None
