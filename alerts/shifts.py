"""The plant's shifts in time: who works at an instant, when a shift ends, when one begins again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.plant import Shift

#: every weekly shift begins again within this
_WEEK = timedelta(days=8)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """One shift on one day: half-open, UTC."""

    name: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Shifts:
    """A plant's shifts and its time zone."""

    zone: ZoneInfo
    shifts: Sequence[Shift] = ()

    def on_duty(self, at: datetime) -> list[Turn]:
        """Return the shifts that work at an instant."""
        return [turn for turn in self.turns(at, at + timedelta(microseconds=1)) if turn.start <= at]

    def turns(self, start: datetime, end: datetime) -> list[Turn]:
        """Return every shift that works at some time in [start, end), by its beginning."""
        found = [turn for turn in self._around(start, end) if turn.start < end and turn.end > start]
        return sorted(found, key=lambda turn: (turn.start, turn.end, turn.name))

    def next_start(self, names: Collection[str], after: datetime) -> datetime | None:
        """Return when one of these shifts begins next; None if there is none of them."""
        starts = (
            turn.start
            for turn in self.turns(after, after + _WEEK)
            if turn.name in names and turn.start > after
        )
        return min(starts, default=None)

    def end_of_shift(self, at: datetime) -> datetime | None:
        """Return when the shift that works now ends; between shifts, when the next begins."""
        ends = [turn.end for turn in self.on_duty(at)]
        if ends:
            return min(ends)
        return self.next_start({shift.name for shift in self.shifts}, at)

    def _around(self, start: datetime, end: datetime) -> Iterator[Turn]:
        first, last = start.astimezone(self.zone).date() - _DAY, end.astimezone(self.zone).date()
        for shift in self.shifts:
            for day in _days(first, last):
                if day.weekday() in shift.days:
                    yield Turn(shift.name, *span(day, shift.start, shift.end, self.zone))


def span(day: date, start: time, end: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants of a stretch that begins on a local day; it may run over midnight.

    >>> [at.hour for at in span(date(2026, 3, 1), time(22), time(6), ZoneInfo("Asia/Ho_Chi_Minh"))]
    [15, 23]
    """
    last = day + _DAY if end <= start else day
    begun, ended = datetime.combine(day, start, zone), datetime.combine(last, end, zone)
    return begun.astimezone(UTC), ended.astimezone(UTC)


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
