"""Many readings as columns: what moves from the collector to a series store in one piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Self, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from domain.reading import Reading

Codes: TypeAlias = npt.NDArray[np.int32]
Micros: TypeAlias = npt.NDArray[np.int64]
Values: TypeAlias = npt.NDArray[np.float64]


class ReadingBlock(Sequence[Reading]):
    """Readings in the order they came; reads like a list of `Reading`, is kept and moved as arrays.

    A tuple costs ten times what its share of an array does, and every reading passes five hands. Whoever
    needs speed takes the columns, all of one length:

    - `meters`: ids, distinct, not all of which need occur; `codes`: which of them each reading is of.
    - `time_us`, `received_us`: microseconds since 1970, UTC.
    - `value`: canonical unit.
    """

    __slots__ = ("codes", "meters", "received_us", "time_us", "value")

    def __init__(
        self, meters: Sequence[str], codes: Codes, time_us: Micros, value: Values, received_us: Micros
    ) -> None:
        self.meters = tuple(meters)
        self.codes, self.time_us, self.value, self.received_us = codes, time_us, value, received_us

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> ReadingBlock:
        """Return the readings as columns; a block is returned as it is.

        >>> block = ReadingBlock.of([Reading("a", 1, 2.5, 3), Reading("b", 1, 7, 3), Reading("a", 2, 2.6, 3)])
        >>> block.meters, block.codes.tolist(), block[2]
        (('a', 'b'), [0, 1, 0], Reading(meter='a', time_us=2, value=2.6, received_us=3))
        """
        if isinstance(readings, cls):
            return readings
        meters, times, values, received = zip(*readings, strict=True) if readings else ((), (), (), ())
        numbers = {meter: number for number, meter in enumerate(dict.fromkeys(meters))}
        return cls(
            tuple(numbers),
            np.array([numbers[meter] for meter in meters], dtype=np.int32),
            np.array(times, dtype=np.int64),
            np.array(values, dtype=np.float64),
            np.array(received, dtype=np.int64),
        )

    @classmethod
    def together(cls, blocks: Iterable[Self]) -> ReadingBlock:
        """Return the readings of several blocks as one, in their order."""
        parts = [block for block in blocks if len(block)]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return cls.of(())
        numbers: dict[str, int] = {}
        codes = [
            np.array([numbers.setdefault(m, len(numbers)) for m in p.meters], np.int32)[p.codes]
            for p in parts
        ]
        return cls(
            tuple(numbers),
            np.concatenate(codes),
            np.concatenate([part.time_us for part in parts]),
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.received_us for part in parts]),
        )

    def take(self, which: npt.NDArray[np.int64] | npt.NDArray[np.bool_] | slice) -> ReadingBlock:
        """Return the chosen readings, by position, mask or slice; `meters` stay."""
        return ReadingBlock(
            self.meters, self.codes[which], self.time_us[which], self.value[which], self.received_us[which]
        )

    def __len__(self) -> int:
        """Return how many readings there are."""
        return len(self.codes)

    @overload
    def __getitem__(self, index: int) -> Reading: ...
    @overload
    def __getitem__(self, index: slice) -> ReadingBlock: ...
    def __getitem__(self, index: int | slice) -> Reading | ReadingBlock:
        """Return one reading, or a stretch of them."""
        if isinstance(index, slice):
            return self.take(index)
        return Reading(
            self.meters[self.codes[index]],
            int(self.time_us[index]),
            float(self.value[index]),
            int(self.received_us[index]),
        )

    def __iter__(self) -> Iterator[Reading]:
        """Return the readings one by one."""
        columns = self.time_us.tolist(), self.value.tolist(), self.received_us.tolist()
        meters = [self.meters[code] for code in self.codes.tolist()]
        return map(Reading._make, zip(meters, *columns, strict=True))
