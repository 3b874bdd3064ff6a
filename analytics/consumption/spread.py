"""Spans shared out over the intervals they touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

#: share of an interval that must be known for its amount to be one; below it the interval is missing
MIN_COVERAGE = 0.9

SPANS_SCHEMA: dict[str, type[pl.DataType]] = {
    "code": pl.UInt32,
    "begin": pl.Int64,
    "end": pl.Int64,
    "amount": pl.Float64,
}
MARKS_SCHEMA: dict[str, type[pl.DataType]] = {
    "code": pl.UInt32,
    "begin": pl.Int64,
    "end": pl.Int64,
    "rank": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class Window:
    """Intervals [first, first + n) since 1970 of several meters. A bin is one interval of one meter."""

    first: int
    n: int
    interval_us: int
    meters: int

    @property
    def bins(self) -> int:
        """Return how many intervals there are in all."""
        return self.n * self.meters


@dataclass(frozen=True, slots=True)
class Spans:
    """What is known: `spans` carry amounts and never overlap within a meter; `marks` carry doubts.

    spans: code, begin, end [us, half-open, end > begin], amount over the whole span.
    marks: code, begin, end, rank (domain.consumption.RANK): no interval that a mark touches is better.
    """

    spans: pl.DataFrame
    marks: pl.DataFrame

    @staticmethod
    def together(parts: Sequence[Spans]) -> Spans:
        """Return the spans and marks of several kinds of meters as one."""
        return Spans(
            pl.concat([pl.DataFrame(schema=SPANS_SCHEMA), *(part.spans for part in parts)]),
            pl.concat([pl.DataFrame(schema=MARKS_SCHEMA), *(part.marks for part in parts)]),
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """Amount, covered time [us] and worst rank of each bin, by meter, then interval."""

    amount: npt.NDArray[np.float64]
    covered_us: npt.NDArray[np.float64]  # whole microseconds: exact
    rank: npt.NDArray[np.int64]


def spread(spans: Spans, window: Window) -> Totals:
    """Return the sums per bin; a span that crosses borders is shared pro rata.

    A bin's bits depend only on the spans that touch it, so shares and sums are numpy's: bincount adds in
    row order, where polars' group_by may add in another order from call to call, and the rounding of polars'
    division depends on the number of rows (a constant divisor becomes its reciprocal, but not in one row).
    Source: pola-rs/polars issues 25163 and 6157; tests/property/test_consumption_laws.py.
    """
    whole, cut = _cut(spans.spans, "amount", window)
    shared = cut["amount"].to_numpy() * (cut["length"].to_numpy() / cut["of"].to_numpy())
    return Totals(
        _sums(whole, whole["amount"].to_numpy(), window) + _sums(cut, shared, window),
        _sums(whole, whole["length"].to_numpy(), window) + _sums(cut, cut["length"].to_numpy(), window),
        _worst(spans.marks, window),
    )


def _sums(
    pieces: pl.DataFrame, weights: npt.NDArray[np.float64] | npt.NDArray[np.int64], window: Window
) -> npt.NDArray[np.float64]:
    """Return the sum of the weights per bin, added in row order."""
    sums = np.bincount(pieces["bin"].to_numpy(), weights=weights, minlength=window.bins)
    return sums.astype(np.float64, copy=False)  # numpy gives counts, not sums, when there are no rows


def _worst(marks: pl.DataFrame, window: Window) -> npt.NDArray[np.int64]:
    """Return the highest rank that touches each bin; 0 (measured) where none does."""
    rank = np.zeros(window.bins, dtype=np.int64)
    if marks.is_empty():
        return rank
    pieces = pl.concat([piece.select("bin", "rank") for piece in _cut(marks, "rank", window)])
    worst = pieces.group_by("bin").agg(pl.col("rank").max())
    rank[worst["bin"].to_numpy()] = worst["rank"].to_numpy()
    return rank


def _cut(spans: pl.DataFrame, keep: str, window: Window) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (spans inside one interval, pieces of those that cross borders): `keep`, bin, length [us].

    A piece also tells the length `of` its span. Both are in the order of the spans; what lies outside the
    window is dropped.
    """
    width, first, last = window.interval_us, window.first, window.first + window.n - 1
    placed = spans.with_columns(low=pl.col("begin") // width, high=(pl.col("end") - 1) // width).filter(
        (pl.col("high") >= first) & (pl.col("low") <= last)
    )
    base = pl.col("code").cast(pl.Int64) * window.n - first
    length = pl.col("end") - pl.col("begin")
    inside = pl.col("low") == pl.col("high")
    whole = placed.filter(inside).select(keep, bin=base + pl.col("low"), length=length)
    at = pl.int_ranges(pl.col("low").clip(lower_bound=first), pl.col("high").clip(upper_bound=last) + 1)
    begin = pl.max_horizontal("begin", pl.col("at") * width)
    end = pl.min_horizontal("end", (pl.col("at") + 1) * width)
    cut = (
        placed.filter(~inside)
        .with_columns(at=at)
        .explode("at", empty_as_null=False)
        .select(keep, bin=base + pl.col("at"), length=end - begin, of=length)
    )
    return whole, cut
