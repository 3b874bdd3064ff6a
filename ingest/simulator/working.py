"""When the plant works: shifts of the days that are neither closed nor holidays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from domain.plant import Plant, Shift
from ingest.simulator.paging import DAY_US, STEP_US, US, Floats, Pages, edges, joined_by_lines

Span = tuple[int, int]  # [start, end) in microseconds since 1970, UTC


@dataclass(frozen=True)
class WorkingTime:
    """The plant's working time by production day: the local date on which a shift starts."""

    plant: Plant
    _holidays: dict[int, frozenset[date]] = field(default_factory=dict, init=False)
    _spans: dict[date, list[Span]] = field(default_factory=dict, init=False)
    _shares: Pages[Floats] = field(default_factory=lambda: Pages(8), init=False)

    def is_closed(self, day: date) -> bool:
        """Return whether nothing is produced on a local date."""
        if any(first <= day <= last for first, last in self.plant.closed) or day in self.plant.extra_holidays:
            return True
        return day not in self.plant.not_holidays and day in self._public_holidays(day.year)

    def spans(self, day: date) -> list[Span]:
        """Return the disjoint spans of work that start on a local date, in order.

        A plant without shifts works around the clock. What the day before already covers is left out.
        """
        if day not in self._spans:
            before = self._raw_spans(day - timedelta(days=1))
            free_us = before[-1][1] if before else _instant_us(day, time(0), self.plant)
            clipped = ((max(start, free_us), end) for start, end in self._raw_spans(day))
            self._spans[day] = [(start, end) for start, end in clipped if start < end]
        return self._spans[day]

    def days_of(self, page: int) -> list[date]:
        """Return the local dates whose spans can touch a page: a shift is at most a day long."""
        bounds = edges(page)
        first = _local_date(int(bounds[0]) - DAY_US, self.plant)
        count = (_local_date(int(bounds[-1]), self.plant) - first).days + 1
        return [first + timedelta(days=i) for i in range(count)]

    def share(self, page: int) -> Floats:
        """Return the share of each step of a page in which the plant works, 0 .. 1."""
        return self._shares.get("share", page, lambda: self._share(page))

    def _share(self, page: int) -> Floats:
        spans = [span for day in self.days_of(page) for span in self.spans(day)]
        return covered(spans, page)

    def _raw_spans(self, day: date) -> list[Span]:
        if self.is_closed(day):
            return []
        if not self.plant.shifts:
            return [self._span(day, time(0), time(0))]
        shifts = [shift for shift in self.plant.shifts if day.weekday() in shift.days]
        return merged([self._shift_span(day, shift) for shift in shifts])

    def _shift_span(self, day: date, shift: Shift) -> Span:
        return self._span(day, shift.start, shift.end)

    def _span(self, day: date, start: time, end: time) -> Span:
        last = day if end > start else day + timedelta(days=1)
        return _instant_us(day, start, self.plant), _instant_us(last, end, self.plant)

    def _public_holidays(self, year: int) -> frozenset[date]:
        if year not in self._holidays:
            self._holidays[year] = _public_holidays(self.plant, year)
        return self._holidays[year]


def merged(spans: list[Span]) -> list[Span]:
    """Return the union of spans as disjoint spans in order.

    >>> merged([(5, 9), (0, 3), (3, 4), (8, 12)])
    [(0, 4), (5, 12)]
    """
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def covered(spans: list[Span], page: int) -> Floats:
    """Return the share of each step of a page that disjoint, ordered spans cover, 0 .. 1."""
    bounds = edges(page)
    if not spans:
        return np.zeros(len(bounds) - 1)
    lengths = np.array([end - start for start, end in spans], dtype=np.float64)
    marks = np.array(spans, dtype=np.float64).ravel()
    heights = np.repeat(np.concatenate([[0.0], np.cumsum(lengths)]), 2)[1:-1]
    return np.diff(joined_by_lines(bounds.astype(np.float64), marks, heights)) / STEP_US


def _public_holidays(plant: Plant, year: int) -> frozenset[date]:
    import holidays  # takes a second for some countries

    try:
        found = holidays.country_holidays(plant.country, subdiv=plant.subdivision or None, years=year)
    except NotImplementedError:  # a country the library does not know: no public holidays
        return frozenset()
    return frozenset(found)


def _instant_us(day: date, at: time, plant: Plant) -> int:
    local = datetime.combine(day, at, tzinfo=plant.timezone)
    return int(local.astimezone(UTC).timestamp()) * US


def _local_date(time_us: int, plant: Plant) -> date:
    return datetime.fromtimestamp(time_us / US, tz=plant.timezone).date()
