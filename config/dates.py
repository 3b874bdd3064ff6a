"""Local dates, date ranges, clock times and weekdays as a person writes them."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from config.suggest import unknown

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")


def parse_date(written: object) -> date:
    """Return the local date that "2026-01-31", or TOML's own 2026-01-31, names."""
    if isinstance(written, date) and not isinstance(written, datetime):
        return written
    if isinstance(written, str) and _DATE.fullmatch(written):
        try:
            return date.fromisoformat(written)
        except ValueError as error:
            raise ValueError(f"no such date: {error}") from None
    raise ValueError('not a date: write "YYYY-MM-DD", such as "2026-01-31"')


def parse_range(written: object) -> tuple[date, date]:
    """Return the first and last date (inclusive) of "2026-02-16/2026-02-21", or of a single date.

    >>> parse_range("2026-02-16/2026-02-21")[1]
    datetime.date(2026, 2, 21)
    """
    first, slash, last = written.partition("/") if isinstance(written, str) else (written, "", "")
    try:
        start = parse_date(first)
        end = parse_date(last) if slash else start
    except ValueError as error:
        raise ValueError(f'{error}; a range is written "2026-02-16/2026-02-21"') from None
    if end < start:
        raise ValueError(f"the range is reversed: it ends on {end} before it starts on {start}")
    return start, end


def parse_clock(written: object) -> time:
    """Return the local time of day that "06:00", or TOML's own 06:00:00, names."""
    if isinstance(written, time) and not written.microsecond:
        return written
    if isinstance(written, str) and _CLOCK.fullmatch(written):
        try:
            return time.fromisoformat(written)
        except ValueError as error:
            raise ValueError(f"no such time of day: {error}") from None
    raise ValueError('not a time of day: write "HH:MM", such as "06:00"')


def parse_clock_end(written: object) -> time:
    """Return the time of day at which something ends; "24:00" is midnight."""
    return time(0) if written == "24:00" else parse_clock(written)


def parse_weekdays(written: object) -> frozenset[int]:
    """Return weekdays, Monday = 0, of a list such as ["mon", "tue"]."""
    if not isinstance(written, list) or not written:
        raise ValueError(f"must be a list of days out of {', '.join(WEEKDAYS)}")
    return frozenset(_weekday(day) for day in written)


def _weekday(day: object) -> int:
    if not isinstance(day, str) or day not in WEEKDAYS:
        raise ValueError(unknown(f"day {str(day)[:20]!r}", str(day)[:3], WEEKDAYS))
    return WEEKDAYS.index(day)
