"""Readings and judged intervals as InfluxDB line protocol, in microseconds.

    reading,meter=<id> value=<float> <time>
    interval,process=<id>,resource=<id> quality="<text>",known="actual cost",actual=1.5,cost=3.0 <start>

Values are always floats, so a field never gets two types. `received_us` is not written: nothing is
computed from the time of arrival, and as a second field it would double the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from domain.reading import Reading
from store.frames import AMOUNTS

READING, INTERVAL = "reading", "interval"


def escape_tag(value: str) -> str:
    """Return a tag value as line protocol writes it; backslashes and control characters must not come here.

    Source: InfluxDB line protocol reference, "Special characters"; store.readings.name_problem.

    >>> escape_tag("kiln 1,a=b")
    'kiln\\\\ 1\\\\,a\\\\=b'
    """
    return value.replace(",", "\\,").replace(" ", "\\ ").replace("=", "\\=")


def reading_lines(readings: Iterable[Reading]) -> list[str]:
    """Return one line per reading, in order; the readings have passed store.readings.sift."""
    heads: dict[str, str] = {}
    lines = []
    for meter, time_us, value, _ in readings:
        head = heads.get(meter)
        if head is None:
            head = heads[meter] = f"{READING},meter={escape_tag(meter)} value="
        lines.append(f"{head}{float(value)!r} {time_us}")
    return lines


def interval_lines(intervals: pl.DataFrame) -> list[str]:
    """Return one line per row of a store.frames.checked_intervals frame.

    A point that is written again keeps the old point's fields where the new one has none, so an amount
    that became unknown would come back from the dead: `known` names the amounts that count.
    """
    rows = intervals.with_columns(pl.col("start").to_physical()).iter_rows(named=True)
    return [_interval_line(row) for row in rows]


def _interval_line(row: dict[str, object]) -> str:
    known = [name for name in AMOUNTS if row[name] is not None]
    fields = [f"quality={_text(str(row['quality']))}", f"known={_text(' '.join(known))}"]
    fields += [f"{name}={row[name]!r}" for name in known]
    tags = f"process={escape_tag(str(row['process']))},resource={escape_tag(str(row['resource']))}"
    return f"{INTERVAL},{tags} {','.join(fields)} {row['start']}"


def _text(value: str) -> str:
    """Return a string field's value, quoted."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def parts(lines: Sequence[str], max_bytes: int) -> Iterator[range]:
    """Yield ranges of lines, in order, whose joined body is at most `max_bytes` long (or is one line).

    >>> [(part.start, part.stop) for part in parts(["aaaa", "bbbb", "cc"], 10)]
    [(0, 2), (2, 3)]
    """
    start = size = 0
    for index, line in enumerate(lines):
        # a character takes at most 4 bytes; counting them exactly is only worth it for other alphabets
        length = (len(line) if line.isascii() else len(line.encode())) + 1
        if size + length > max_bytes and index > start:
            yield range(start, index)
            start, size = index, 0
        size += length
    if start < len(lines):
        yield range(start, len(lines))
