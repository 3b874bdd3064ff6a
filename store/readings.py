"""Which readings a series store takes: one rule for every adapter, so that a plant can change stores.

What is refused here is never sent: it is given back by `SeriesStore.append` with the words below.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import isfinite

import numpy as np

from domain.reading import Reading
from domain.readings import ReadingBlock

#: instants that a float64 and InfluxDB's int64 nanoseconds both hold exactly: years 1684 to 2255
FIRST_US, LAST_US = -(2**53), 2**53
#: longest id [bytes of UTF-8]; InfluxDB 1.x takes 64 KiB for a whole series key
MAX_ID_BYTES = 256

Refused = tuple[Reading, str]


@lru_cache(maxsize=100_000)
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


def sift(readings: Sequence[Reading]) -> tuple[ReadingBlock, list[Refused]]:
    """Return the readings that can be kept, in their order, and the others with the reason.

    The good case is judged column by column; only a bad batch is looked at reading by reading.
    """
    block = readings if isinstance(readings, ReadingBlock) else _columns(readings)
    if block is not None and _all_fit(block):
        return block, []
    judged = [(reading, reading_problem(reading)) for reading in readings]
    kept = ReadingBlock.of([reading for reading, problem in judged if not problem])
    return kept, [(reading, problem) for reading, problem in judged if problem]


def _columns(readings: Sequence[Reading]) -> ReadingBlock | None:
    """Return the readings as columns; None when a time is beyond all columns."""
    try:
        return ReadingBlock.of(readings)
    except OverflowError:
        return None


def _all_fit(block: ReadingBlock) -> bool:
    if not len(block):
        return True
    times = block.time_us
    return (
        bool(np.isfinite(block.value).all())
        and bool(times.min() >= FIRST_US and times.max() <= LAST_US)
        and not any(map(name_problem, block.meters))
    )
