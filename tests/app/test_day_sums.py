"""Sums per day: exact whatever the parts, read once, and read again as soon as something can have changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Event
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.enpi.days import AMOUNTS, COUNTS, add_up, day_sums
from app.day_sums import DaySums
from app.weeks import OPEN_S, SETTLED_S
from store.ledger import SqlLedger
from store.memory import MemorySeries
from tests.app.trends_builders import HANOI, LONDON, Clock, a_dye_works, judged, scattered
from tests.store.builders import an_amendment
from web.span import midnight

PAIR = ("dyeing", "water")
NOW = datetime(2026, 3, 20, 5, tzinfo=UTC)
FIRST, LAST = date(2026, 1, 5), date(2026, 3, 20)


class Counting(MemorySeries):
    """A store that counts how often judged intervals of PAIR are read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    def read_intervals(self, *args: Any) -> pl.DataFrame:
        self.reads += args[:2] == PAIR
        return super().read_intervals(*args)


class Bench:
    """Sums on a store, with clocks that are set."""

    def __init__(self, zone: str = HANOI) -> None:
        self.plant, self.store, self.ledger = a_dye_works(zone), Counting(), SqlLedger("sqlite://")
        self.clock, self.second, self.stopping = Clock(NOW), 0.0, Event()
        self.sums = DaySums(
            self.plant, self.store, self.ledger, self.clock, self.stopping, lambda: self.second
        )

    def keep(self, use: float, first: date = FIRST, last: datetime = NOW) -> None:
        start = midnight(first, self.plant.timezone)
        self.store.append_intervals(judged(start, last, lambda at: use + scattered(at), expected=1.0))

    def excess(self, first: date, last: date) -> float:
        rows = self.sums.days([PAIR], first, last).rows
        return float(rows["actual_judged"].sum() - rows["expected_judged"].sum())


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    made.keep(1.0)
    yield made
    made.stopping.set()
    made.ledger.close()


@settings(max_examples=30, deadline=None)
@given(
    zone=st.sampled_from([HANOI, LONDON]),
    cut=st.integers(1, 40),
    known=st.floats(0.0, 1.0),
    reset=st.booleans(),
)
def test_days_add_up_to_what_the_intervals_are(zone: str, cut: int, known: float, reset: bool) -> None:
    plant = a_dye_works(zone)
    start, end = datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)
    frame = judged(
        start, end, lambda at: scattered(at) if scattered(at + timedelta(hours=1)) <= known else None,
        quality="reset" if reset else "measured",
    )  # fmt: skip
    days = day_sums(frame, plant, plant.resources["water"], ())
    parts = [days.head(cut), days.tail(-cut)]
    whole = add_up(days.with_columns(all=pl.lit(1)), ["all"]).row(0, named=True)
    counted = frame["actual"].drop_nulls()
    assert whole["intervals"] == frame.height
    assert whole["n_missing"] == frame["actual"].null_count()
    assert whole["n_reset"] == (counted.len() if reset else 0)
    assert whole["n_used"] == (0 if reset else counted.len())
    if reset or counted.is_empty():
        assert whole["actual_used"] is None, "a sum over nothing is unknown, not zero"
    else:
        assert whole["actual_used"] == pytest.approx(counted.sum())
        assert whole["paid"] == pytest.approx(10.0 * counted.sum())
    for name in COUNTS:
        assert sum(part[name].sum() for part in parts) == whole[name]
    for name in AMOUNTS:
        assert sum(part[name].sum() for part in parts) == pytest.approx(whole[name] or 0.0)


@pytest.mark.parametrize(
    ("first", "last"),
    [(FIRST, LAST), (date(2026, 2, 1), date(2026, 2, 1)), (date(2026, 2, 3), date(2026, 3, 9))],
)
def test_any_span_is_what_its_intervals_are(bench: Bench, first: date, last: date) -> None:
    zone = bench.plant.timezone
    rows = bench.store.read_intervals(*PAIR, midnight(first, zone), midnight(last + timedelta(days=1), zone))
    assert bench.excess(first, last) == pytest.approx(rows["excess"].sum())
    assert bench.excess(first, last) == pytest.approx(rows["excess"].sum()), "from memory the same"


def test_what_is_settled_is_read_once_and_what_is_open_again_after_a_minute(bench: Bench) -> None:
    bench.excess(FIRST, LAST)
    assert bench.store.reads == 2, "all settled weeks at once, and those that still change"
    bench.keep(2.0)
    before = bench.excess(FIRST, LAST)
    assert bench.store.reads == 2
    bench.second = OPEN_S + 1.0
    after = bench.excess(FIRST, LAST)
    assert bench.store.reads == 3
    assert after > before
    settled = bench.excess(FIRST, date(2026, 2, 28))
    bench.second = SETTLED_S + OPEN_S + 2.0
    assert bench.excess(FIRST, date(2026, 2, 28)) > settled, "after some hours all of it is read again"


def test_an_amendment_makes_everything_be_read_again(bench: Bench) -> None:
    before = bench.excess(FIRST, date(2026, 2, 28))
    bench.keep(2.0)
    with bench.ledger.begin() as tx:
        tx.save_amendment(replace(an_amendment(), meter="dyeing.water"))
    assert bench.excess(FIRST, date(2026, 2, 28)) > before


def test_what_is_to_come_is_not_missing(bench: Bench) -> None:
    rows = bench.sums.days([PAIR], date(2026, 3, 20), date(2026, 3, 31)).rows
    assert rows["intervals"].sum() == 12 * 4, "5 h UTC is noon in the plant"
    assert bench.sums.days([PAIR], date(2027, 1, 1), date(2027, 1, 5)).rows.is_empty()


def test_a_long_time_is_not_waited_for_where_nobody_wants_to(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.day_sums.AT_ONCE", 1000)
    assert bench.sums.days_at_hand([PAIR], FIRST, LAST) is None
    waiting = Event()
    for _ in range(200):
        found = bench.sums.days_at_hand([PAIR], FIRST, LAST)
        if found is not None:
            break
        waiting.wait(0.05)
    assert found is not None
    assert found.rows["n_judged"].sum() > 0


def test_of_a_large_plant_the_longest_span_is_read_ahead_whatever_is_asked_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.day_sums.LARGE", 1000)
    bench = Bench()
    bench.keep(1.0)
    bench.sums.days([PAIR], LAST, LAST)
    waiting = Event()
    for _ in range(200):
        if bench.store.reads > 1:
            break
        waiting.wait(0.05)
    bench.keep(2.0)
    reads = bench.store.reads
    bench.excess(FIRST, date(2026, 2, 28))
    assert bench.store.reads == reads, "it was there already"
    bench.stopping.set()
    bench.ledger.close()


def test_no_streams_have_no_days(bench: Bench) -> None:
    assert bench.sums.days([], FIRST, LAST).rows.is_empty()
