"""Sums per day as they were read, a week of a stream at a time, and how long each is believed.

Days that can still change are read again after a minute, all others after some hours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from domain.ports import Clock
from web.span import midnight

WEEK_DAYS = 7
#: days before today that late readings still change
OPEN_DAYS = 3
#: how long what was read is believed [s]
OPEN_S, SETTLED_S = 60.0, 6 * 3600.0

Pair = tuple[str, str]
#: (pair, start, end) -> a row per day, column `day`
ReadDays = Callable[[Pair, datetime, datetime], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Week:
    """A week of a stream."""

    days: pl.DataFrame
    read_s: float  # by the clock that only rises
    as_of: datetime


class Weeks:
    """Keeps the weeks of streams by their numbers. Not safe for several threads."""

    def __init__(self, read: ReadDays, zone: ZoneInfo, clock: Clock, seconds: Callable[[], float]) -> None:
        """Prepare.

        Args:
            read: what reads the days of a stream.
            zone: whose days they are.
            seconds: a clock that only rises.
        """
        self._read, self._zone, self._clock, self._seconds = read, zone, clock, seconds
        self._kept: dict[tuple[Pair, int], Week] = {}

    def today(self) -> date:
        """Return the local day."""
        return self._clock.now().astimezone(self._zone).date()

    def first_open(self) -> int:
        """Return the number of the first week that still changes."""
        return (self.today().toordinal() - OPEN_DAYS) // WEEK_DAYS

    def of(self, pair: Pair, numbers: Iterable[int]) -> list[Week]:
        """Return weeks of a stream; what is missing or too old is read, each run of weeks at once.

        Raises:
            StoreError, LedgerError: it cannot be read.
        """
        numbers = list(numbers)
        for begin, end in _runs([number for number in numbers if self.is_wanted(pair, number)]):
            self._keep(pair, begin, end)
        return [self._kept[pair, number] for number in numbers]

    def is_wanted(self, pair: Pair, number: int) -> bool:
        """Return whether a week would have to be read."""
        kept = self._kept.get((pair, number))
        if kept is None:
            return True
        return self._seconds() - kept.read_s > (OPEN_S if number >= self.first_open() else SETTLED_S)

    def forget(self) -> None:
        """Let everything be read again."""
        self._kept.clear()

    def _keep(self, pair: Pair, begin: int, end: int) -> None:
        """Read the weeks of [begin, end)."""
        read_s, as_of = self._seconds(), self._clock.now()
        start, stop = (midnight(date.fromordinal(number * WEEK_DAYS), self._zone) for number in (begin, end))
        days = self._read(pair, start, stop)
        numbered = days.with_columns(number=_number(pl.col("day")))
        parts = {
            number: part.drop("number")
            for (number,), part in numbered.partition_by("number", as_dict=True).items()
        }
        for number in range(begin, end):
            self._kept[pair, number] = Week(parts.get(number, days.clear()), read_s, as_of)


def week_of(day: date) -> int:
    """Return the number of the week in which a day lies."""
    return day.toordinal() // WEEK_DAYS


def weeks_of(first: date, last: date) -> range:
    """Return the numbers of the weeks that hold the days from first to last."""
    return range(week_of(first), week_of(last) + 1)


def _number(day: pl.Expr) -> pl.Expr:
    """Return the number of a day's week, as `week_of`."""
    return (day.cast(pl.Int32) + date(1970, 1, 1).toordinal()) // WEEK_DAYS


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
