"""A plant with one stream whose judged intervals are known, for tests of the trends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from app.trends import TrendSource
from domain.baseline import Baseline, BaselineStatus
from domain.plant import Plant
from store.ledger import SqlLedger
from store.memory import MemorySeries
from tests.config.builders import PLANT, plant_of
from tests.store.builders import a_baseline
from web.span import Span

MORE = """
[[shift]]
name = "day"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
start = "06:00"
end = "14:00"

[[resource]]
id = "water"
[[resource.price]]
from = "2020-01-01"
amount = 10
"""
HANOI, LONDON = "Asia/Ho_Chi_Minh", "Europe/London"
QUARTER = timedelta(minutes=15)
#: instant -> actual, or None = missing
Use = Callable[[datetime], float | None]


def a_dye_works(zone: str = HANOI) -> Plant:
    """Return a plant of one process, quarter hours, one shift and a price."""
    return plant_of(PLANT.replace(HANOI, zone) + MORE)


def a_span(first: str, last: str, zone: str = HANOI, **more: Any) -> Span:
    """Return a span of dyeing's water."""
    days = date.fromisoformat(first), date.fromisoformat(last)
    return Span("dyeing", "water", *days, ZoneInfo(zone), **more)


def scattered(at: datetime) -> float:
    """Return a number in [0, 1) that looks random and is the same every time."""
    return (int(at.timestamp()) // 900 * 2654435761 % 2**32) / 2**32


def judged(
    start: datetime,
    end: datetime,
    use: Use,
    expected: float | None = 1.0,
    quality: str = "measured",
    pair: tuple[str, str] = ("dyeing", "water"),
) -> pl.DataFrame:
    """Return the judged intervals of a stream in [start, end); money is ten times the excess."""
    starts = [start + n * QUARTER for n in range((end - start) // QUARTER)]
    actual = [use(at) for at in starts]
    frame = pl.DataFrame(
        {"start": starts, "actual": actual},
        schema={"start": pl.Datetime("us", "UTC"), "actual": pl.Float64()},
    )
    excess = pl.col("actual") - pl.lit(expected, dtype=pl.Float64)
    told = pl.when(pl.col("actual").is_null()).then(pl.lit("missing")).otherwise(pl.lit(quality))
    return frame.with_columns(
        process=pl.lit(pair[0]), resource=pl.lit(pair[1]), expected=pl.lit(expected, dtype=pl.Float64),
        excess=excess, cost=excess * 10.0, kg_co2e=pl.lit(None, dtype=pl.Float64), quality=told,
    )  # fmt: skip


class Clock:
    """A clock that stands."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Works:
    """The plant with store and ledger, and what its trends say."""

    def __init__(self, zone: str = HANOI, now: datetime = datetime(2027, 1, 1, tzinfo=UTC)) -> None:
        self.plant, self.store, self.ledger = a_dye_works(zone), MemorySeries(), SqlLedger("sqlite://")
        self.source = TrendSource(self.plant, self.store, self.ledger, Clock(now))

    def judge(self, span: Span, use: Use, **more: Any) -> None:
        """Keep judged intervals for a whole span."""
        self.store.append_intervals(judged(span.start, span.end, use, **more))

    def approve(self, sigma: float) -> Baseline:
        """Approve a baseline that strays so far at every hour [unit per interval]."""
        coefficients = {"sigma": [sigma] * 48}
        made = replace(
            a_baseline(), process="dyeing", resource="water", status=BaselineStatus.APPROVED,
            coefficients=coefficients,
        )  # fmt: skip
        with self.ledger.begin() as tx:
            return tx.save_baseline(made)
