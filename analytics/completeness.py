"""How much of each day a meter's data cover, from kept consumption and from readings not kept yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

Span = tuple[datetime, datetime]  # half-open, UTC


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one meter.

    Args:
        kept: start: Datetime[us, UTC], coverage: Float64, interval_s: Int64; kept consumption.
        times: time: Datetime[us, UTC]; readings from `live_from` on.
        live_from: from when on readings are looked at; None = not at all.
        since: of its first data; None = it has none.
        every_s: its cadence [s]; None = it has none, so readings alone do not say what is missing.
    """

    kept: pl.DataFrame
    times: pl.DataFrame
    live_from: datetime | None
    since: datetime | None
    every_s: float | None


def completeness(known: Known, days: Sequence[Span], interval_s: int, now: datetime) -> list[float | None]:
    """Return the covered share of each day, 0..1; None where nothing can be said.

    A day before the meter's first data, and what is neither kept nor looked at, is unknown and not zero.
    An instant counts as covered by readings when one falls into its bucket: an interval, or two periods of a
    meter that is slower than that.
    """
    return [_share(known, (start, min(end, now)), interval_s) for start, end in days]


def _share(known: Known, day: Span, interval_s: int) -> float | None:
    start, end = day
    if known.since is None or known.since >= end or start >= end:
        return None
    kept_end = start if known.kept.is_empty() else _end(known.kept)
    spans: list[tuple[float, float]] = []  # covered [s], looked at [s]
    if start < kept_end:
        until = min(end, kept_end)
        spans.append((_kept_s(known.kept, start, until), (until - start).total_seconds()))
    if known.live_from is not None and known.every_s is not None:
        begin = max(start, kept_end, known.live_from)
        if begin < end:
            spans.append((_live_s(known, begin, end, interval_s), (end - begin).total_seconds()))
    looked_s = sum(span[1] for span in spans)
    return min(1.0, sum(span[0] for span in spans) / looked_s) if looked_s > 0 else None


def _end(kept: pl.DataFrame) -> datetime:
    last = kept.select((pl.col("start") + pl.duration(seconds=pl.col("interval_s"))).max()).item()
    assert isinstance(last, datetime)
    return last


def _kept_s(kept: pl.DataFrame, start: datetime, end: datetime) -> float:
    part = kept.filter(pl.col("start") >= start, pl.col("start") < end)
    return float(part.select((pl.col("coverage") * pl.col("interval_s")).sum()).item() or 0.0)


def _live_s(known: Known, start: datetime, end: datetime, interval_s: int) -> float:
    assert known.every_s is not None
    bucket_s = max(float(interval_s), 2.0 * known.every_s)
    us = round(bucket_s * 1e6)
    part = known.times.filter(pl.col("time") >= start, pl.col("time") < end)
    hit = part.select((pl.col("time").dt.epoch("us") - _us(start)) // us).n_unique() if part.height else 0
    return min(hit * bucket_s, (end - start).total_seconds())


def _us(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000 + at.microsecond
