"""Durations as a person writes them ("10s", "15min", "1h"), in seconds."""

from __future__ import annotations

import re

SECONDS = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
LONGEST_S = 100 * 366 * 86400.0
_WRITTEN = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?(ms|s|min|h|d)")
HINT = 'write a number and a unit (ms, s, min, h, d), such as "10s", "15min" or "1h"'


def parse_duration(written: object) -> float:
    """Return the seconds that a text such as "15min" means.

    Raises:
        ValueError: it is not a number with a unit, or longer than a century.

    >>> parse_duration("15min"), parse_duration("1.5h"), parse_duration("500ms")
    (900.0, 5400.0, 0.5)
    """
    found = _WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError(f"not a duration: {HINT}")
    seconds = float(found[1]) * SECONDS[found[2]]
    if seconds > LONGEST_S:
        raise ValueError("longer than a century")
    return seconds


def parse_cadence(written: object) -> float:
    """Return a duration that is longer than nothing, in seconds."""
    seconds = parse_duration(written)
    if seconds <= 0:
        raise ValueError("must be longer than 0s")
    return seconds


def parse_interval(written: object) -> int:
    """Return a consumption interval in seconds: 1min .. 1h, and a whole number of them in an hour.

    >>> parse_interval("15min")
    900
    """
    seconds = parse_duration(written)
    if not 60 <= seconds <= 3600 or 3600 % seconds:
        raise ValueError(
            "must be between 1min and 1h and divide an hour: 1min, 5min, 10min, 15min, 30min, 1h"
        )
    return int(seconds)
