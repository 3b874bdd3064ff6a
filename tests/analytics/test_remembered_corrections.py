"""A variable that is corrected, or late, changes what is expected as long as a baseline remembers it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from analytics.amending import amend
from analytics.baseline.inertia import DAYS_BEFORE, HOUR_BEFORE, remembered
from analytics.frames import Stream, stream_of
from analytics.pipeline import UNAMENDED, advance
from app.nightly import recompute_late
from domain.amendment import Amendment, AmendmentKind, Journal
from domain.baseline import Baseline, BaselineStatus
from domain.hotspot import Hotspot
from domain.plant import Plant
from store.ledger import SqlLedger
from store.memory import MemorySeries
from tests.analytics.baseline_builders import (
    MONDAY,
    OUTPUT,
    OUTSIDE,
    a_frame,
    a_plant,
    fitted,
    noise,
    temperatures,
    week,
)

HOUR = timedelta(hours=1)
LIVED = 20 * 24  # hours after the baseline's period
#: the readings that are wrong, or late: on the tenth day, at every minute 0 and 30
WRONG = (9 * 24 + 6, 9 * 24 + 18)


@dataclass(frozen=True)
class Remembering:
    """A stream whose baseline in force remembers a variable."""

    plant: Plant
    baseline: Baseline
    variable: str
    hours: int  # remembered
    readings: pl.DataFrame
    error: float  # of the wrong readings
    begin: datetime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "begin", self.baseline.period_end)

    def at(self, hour: float) -> datetime:
        return self.begin + hour * HOUR

    def is_wrong(self) -> pl.Expr:
        first, last = self.at(WRONG[0]), self.at(WRONG[1])
        return (pl.col("meter") == self.variable) & pl.col("time").is_between(first, last, closed="left")

    def correction(self) -> Amendment:
        return Amendment(
            1, self.at(LIVED), "Lan", "sensor in the sun", self.variable, AmendmentKind.SHIFTED,
            self.at(WRONG[0]), self.at(WRONG[1]), value=-self.error,
        )  # fmt: skip


def remembering(frame: pl.DataFrame, learned: int, variable: str, hours: int, error: float) -> Remembering:
    plant = a_plant(variable)
    baseline = fitted(frame.head(learned), plant)
    late = pl.col("start") + pl.duration(minutes=59)
    kept = frame.slice(learned - 100, LIVED + 101)
    halves = [pl.col("start") + pl.duration(minutes=minute) for minute in (5, 35)]
    share = 1.0 if variable == OUTSIDE else 0.5
    known = [kept.select(meter=pl.lit(variable), time=at, value=pl.col(variable) * share) for at in halves]
    meter = kept.select(meter=pl.lit("line.electricity"), time=late, value="actual")
    return Remembering(plant, baseline, variable, hours, pl.concat([meter, *known]), error)


@pytest.fixture(scope="module")
def three_days() -> Remembering:
    """A building whose heating answers to the last three days more than to the present hour."""
    n = 365 * 24 + LIVED + 1
    outside = temperatures(n)
    past = remembered(np.arange(n) * 3_600_000_000, outside, DAYS_BEFORE.hours)
    use = week(n) + np.maximum(0, 16 - past) + 0.5 * np.maximum(0, 16 - outside) + noise(n, 0.5)
    world = remembering(a_frame(use, {OUTSIDE: outside}), 365 * 24, OUTSIDE, DAYS_BEFORE.hours, 9.0)
    assert world.baseline.model == "towt_memory"
    return world


@pytest.fixture(scope="module")
def one_hour() -> Remembering:
    """A line that heats up when a batch begins: the hour after takes less for each kg."""
    n = 50 * 24 + LIVED + 1
    rng = np.random.default_rng(4)
    is_on = np.repeat(rng.random(n // 4 + 1) < 0.6, 4)[:n]
    is_on[50 * 24 + WRONG[0] : 50 * 24 + WRONG[1]] = True
    made = is_on * rng.uniform(60.0, 140.0, n)
    past = np.concatenate(([made[0]], made[:-1]))
    frame = a_frame(30.0 + 2.0 * made - 0.5 * past + noise(n, 3.0), {OUTPUT: made})
    world = remembering(frame, 50 * 24, OUTPUT, HOUR_BEFORE.hours, 40.0)
    assert world.baseline.model == "batch_output"
    return world


@pytest.fixture(params=["three_days", "one_hour"])
def world(request: pytest.FixtureRequest) -> Remembering:
    """Both, one after the other."""
    remembers: Remembering = request.getfixturevalue(request.param)
    return remembers


@dataclass
class Lived:
    """A stream that is judged as time passes."""

    world: Remembering
    store: MemorySeries
    ledger: SqlLedger
    stream: Stream

    def until(self, *hours: int, journal: Journal = UNAMENDED) -> None:
        for hour in hours:
            advance(
                self.world.plant, self.store, self.ledger, self.stream, self.world.baseline,
                self.world.at(hour), journal,
            )  # fmt: skip

    def intervals(self) -> pl.DataFrame:
        return self.store.read_intervals("line", "electricity", MONDAY, self.world.at(LIVED))

    def hotspots(self) -> list[Hotspot]:
        with self.ledger.begin() as tx:
            return tx.hotspots()

    def state(self) -> object:
        with self.ledger.begin() as tx:
            return tx.snapshot("line", "electricity")


@contextmanager
def living(world: Remembering, readings: pl.DataFrame) -> Iterator[Lived]:
    store, ledger = MemorySeries(), SqlLedger("sqlite://")
    store.load(readings)
    with ledger.begin() as tx:
        saved = tx.save_baseline(replace(world.baseline, status=BaselineStatus.APPROVED))
    try:
        here = replace(world, baseline=saved)
        yield Lived(here, store, ledger, stream_of(world.plant, "line", "electricity"))
    finally:
        ledger.close()


def with_error(world: Remembering) -> pl.DataFrame:
    wrong = pl.when(world.is_wrong()).then(pl.col("value") + world.error).otherwise("value")
    return world.readings.with_columns(value=wrong)


def changed_hours(world: Remembering, before: pl.DataFrame, after: pl.DataFrame) -> list[float]:
    """Return the hours after the baseline's period in which something else is expected, in order."""
    both = before.join(after, on="start", suffix="_after").filter(
        pl.col("expected").ne_missing(pl.col("expected_after"))
    )
    return [(start - world.begin) / HOUR for start in both["start"].sort()]


def test_after_a_correction_all_that_remembers_it_is_what_a_fresh_judgement_gives(
    world: Remembering,
) -> None:
    journal = Journal((world.correction(),))
    with living(world, with_error(world)) as lived, living(world, with_error(world)) as fresh:
        lived.until(*range(24, LIVED + 1, 24))
        before = lived.intervals()
        done = amend(world.plant, lived.store, lived.ledger, lived.stream, journal, world.at(LIVED))
        assert done is not None
        fresh.until(LIVED, journal=journal)
        hours = changed_hours(world, before, lived.intervals())
        assert WRONG[0] - 2 <= hours[0] <= WRONG[0]
        assert 0 <= hours[-1] + 1 - (WRONG[1] + world.hours) <= 1, "no longer, and no shorter"
        assert lived.intervals().equals(fresh.intervals())
        assert lived.hotspots() == fresh.hotspots()
        assert lived.state() == fresh.state()


def test_where_nothing_can_be_judged_again_the_intervals_that_remember_it_become_right_all_the_same(
    world: Remembering,
) -> None:
    journal = Journal((world.correction(),))
    with living(world, with_error(world)) as lived, living(world, with_error(world)) as fresh:
        lived.until(LIVED)
        with lived.ledger.begin() as tx:
            tx.drop_checkpoints("line", "electricity", MONDAY)
        done = amend(world.plant, lived.store, lived.ledger, lived.stream, journal, world.at(LIVED))
        assert done is not None
        assert done.replayed_from is None
        fresh.until(LIVED, journal=journal)
        assert lived.intervals().equals(fresh.intervals())


def test_after_a_night_all_that_remembers_late_readings_is_as_if_they_had_come_in_time(
    world: Remembering,
) -> None:
    until = WRONG[1] + 5 * 24
    late = world.readings.filter(world.is_wrong())
    with (
        living(world, world.readings.filter(~world.is_wrong())) as lived,
        living(world, world.readings) as fresh,
    ):
        lived.until(*range(24, until + 1, 24), until)
        fresh.until(until)
        before = lived.intervals()
        lived.store.load(late)
        changed = recompute_late(world.plant, lived.store, lived.ledger, lived.stream, world.at(until), ())
        hours = changed_hours(world, before, lived.intervals())
        assert changed == len(hours)
        assert 0 <= hours[-1] + 1 - (WRONG[1] + world.hours) <= 1, "no longer, and no shorter"
        assert lived.intervals().equals(fresh.intervals())
