"""Payload times -> microseconds since 1970, UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.payload import number_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FAR = 1e25  # keeps the arithmetic below finite; the window of allowed times is judged later
_PER_SECOND = {"s": 1, "ms": 1000, "us": 1_000_000, "ns": 1_000_000_000}
TIME_UNITS = (*_PER_SECOND, "iso")


def micros(instant: datetime) -> int:
    """Return an aware instant as microseconds since 1970, UTC.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC))
    1000005
    """
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(time_us: int) -> datetime:
    """Return microseconds since 1970 as an aware UTC instant."""
    return _EPOCH + time_us * _MICROSECOND


def time_reader(time_unit: str, timezone: ZoneInfo) -> Callable[[object], int]:
    """Return a function from a raw payload time to microseconds; it raises ValueError for what is no time.

    Args:
        time_unit: one of TIME_UNITS.
        timezone: local time of the plant, for iso times without an offset. An hour that occurs twice in
            autumn is read as its first occurrence.
    """
    if time_unit == "iso":
        return lambda raw: _iso_micros(raw, timezone)
    if time_unit not in _PER_SECOND:
        raise ValueError(f"allowed: {', '.join(TIME_UNITS)}")
    per_second = _PER_SECOND[time_unit]

    def read(raw: object) -> int:
        if type(raw) is int:
            return raw * 1_000_000 // per_second
        if isinstance(raw, str):
            raw = number_of(raw)
        if isinstance(raw, bool) or not isinstance(raw, (int, float)):
            raise ValueError("not a number")  # noqa: TRY004 - the caller knows one kind of trouble
        if not abs(raw) < _FAR:
            raise ValueError("not finite")
        return round(raw * 1_000_000 / per_second)

    return read


def _iso_micros(raw: object, timezone: ZoneInfo) -> int:
    if not isinstance(raw, str):
        raise ValueError("not an ISO 8601 text")  # noqa: TRY004 - the caller knows one kind of trouble
    instant = datetime.fromisoformat(raw.strip())
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=timezone)
    return micros(instant)
