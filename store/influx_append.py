"""The writing end of an InfluxDB series store, for a process that only collects."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from domain.errors import StoreError
from domain.ports import Appended
from domain.reading import Reading
from store.influx_http import Address
from store.influx_points import ReadingLines
from store.influx_write import InfluxWriter
from store.readings import sift


def checked(address: Address) -> Address:
    """Return the address; raise StoreError, not retryable, if its URL is none."""
    if urlsplit(address.url).scheme not in ("http", "https") or not urlsplit(address.url).hostname:
        raise StoreError("the InfluxDB address must be http://host or https://host", retryable=False)
    return address


class InfluxReadings:
    """Appends readings, and does nothing else: without frames a collector is a fifth smaller."""

    def __init__(self, address: Address, write_token: str) -> None:
        self._lines = ReadingLines()
        self._writer = InfluxWriter(checked(address), write_token)

    def append(self, readings: Sequence[Reading]) -> Appended:
        """Keep readings; see `domain.ports.SeriesStore.append`."""
        kept, refused = sift(readings)
        refused += [(kept[index], words) for index, words in self._writer.write(self._lines.of(kept))]
        return Appended(len(readings) - len(refused), tuple(refused))

    def close(self) -> None:
        """Let go of the connections."""
        self._writer.close()
