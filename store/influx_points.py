"""Readings as InfluxDB line protocol: what a collector needs of it, without loading a frame library.

reading,meter=<id> value=<float> <time in microseconds>
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.readings import ReadingBlock

READING = "reading"
_MOST_HEADS = 100_000


def escape_tag(value: str) -> str:
    """Return a tag value as line protocol writes it; backslashes and control characters must not come here.

    Source: InfluxDB line protocol reference, "Special characters"; store.readings.name_problem.

    >>> escape_tag("kiln 1,a=b")
    'kiln\\\\ 1\\\\,a\\\\=b'
    """
    return value.replace(",", "\\,").replace(" ", "\\ ").replace("=", "\\=")


class ReadingLines:
    """Writes readings as lines; remembers how each meter's line begins. Used by one thread at a time."""

    def __init__(self) -> None:
        self._heads: dict[str, str] = {}

    def of(self, readings: ReadingBlock) -> list[str]:
        """Return one line per reading, in order; the readings have passed store.readings.sift."""
        if len(self._heads) > _MOST_HEADS:
            self._heads.clear()
        heads = [self._heads.get(meter) or self._head(meter) for meter in readings.meters]
        columns = readings.codes.tolist(), readings.value.tolist(), readings.time_us.tolist()
        return [f"{heads[code]}{value!r} {time_us}" for code, value, time_us in zip(*columns, strict=True)]

    def _head(self, meter: str) -> str:
        head = self._heads[meter] = f"{READING},meter={escape_tag(meter)} value="
        return head


def parts(lines: Sequence[str], max_bytes: int) -> Iterator[range]:
    """Yield ranges of lines, in order, whose joined body is at most `max_bytes` long (or is one line).

    >>> [(part.start, part.stop) for part in parts(["aaaa", "bbbb", "cc"], 10)]
    [(0, 2), (2, 3)]
    """
    longest = sum(map(len, lines)) + len(lines)
    if longest * 4 <= max_bytes or (longest <= max_bytes and all(map(str.isascii, lines))):
        if lines:  # the usual case: not counted line by line
            yield range(len(lines))
        return
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
