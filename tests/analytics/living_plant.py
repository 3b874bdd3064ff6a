"""A plant that lives through its days with the real analyst, on stores in memory."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from app.analyst import Analyst
from domain.amendment import Amendment, AmendmentKind
from domain.meter import Meter, MeterKind, PayloadRule, Variable
from domain.plant import BaselineRule, Plant, Process
from domain.resource import Price, Resource, ResourceKind
from domain.units import UNITS
from store.ledger import SqlLedger
from store.memory import MemorySeries

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
STEP_S = 1800
LEARNED, LIVED = 21, 49  # days
FAULT = (30.0, 33.0)  # days
PAIR = ("p", "water")


def day(number: float) -> datetime:
    return BEGIN + timedelta(days=number)


def a_plant() -> Plant:
    """Return a plant with one counter of water, whose use follows an output that is known per half hour."""
    last = (BEGIN + timedelta(days=LEARNED - 1)).date()
    return Plant(
        name="works",
        timezone=ZoneInfo("Asia/Ho_Chi_Minh"),
        country="VN",
        currency="VND",
        language="en",
        interval_s=STEP_S,
        resources={
            "water": Resource("water", "Water", ResourceKind.WATER, "m3", (Price(BEGIN.date(), None, 10.0),))
        },
        processes={"p": Process("p", "P", variables=("output",))},
        meters={
            "m": Meter("m", "p", "water", MeterKind.COUNTER, UNITS["m3"], PayloadRule(""), every_s=STEP_S)
        },
        variables={
            "output": Variable("output", MeterKind.DELTA, UNITS["kg"], PayloadRule(""), every_s=STEP_S)
        },
        baseline=BaselineRule((BEGIN.date() + timedelta(days=1), last), min_days=14, provisional=False),
    )


def a_history(
    factor: float = 1.0,
    reset_day: float | None = None,
    rough: float = 0.0,
    since: float = 0.0,
    fault: tuple[float, float] = FAULT,
) -> pl.DataFrame:
    """Return readings; in the fault the register counts `factor` times too much, at `reset_day` it restarts.

    `rough`: use that nothing explains, as a share of the usual; `since`: the day of the first reading.
    """
    rng = random.Random(5)
    rows: list[tuple[str, datetime, float]] = []
    register = 1000.0
    for i in range(LIVED * 86_400 // STEP_S + 3):
        at = BEGIN + timedelta(seconds=i * STEP_S)
        days, hour = i * STEP_S / 86_400, i * STEP_S / 3600 % 24
        output = 40.0 * (1.0 if 6 <= hour < 22 else 0.1) * (1.0 + 0.2 * math.sin(2.3 * days))
        if reset_day is not None and abs(days - reset_day) < 1e-9:
            register = 0.0
        rows += [("m", at, register), ("output", at, output)]
        used = 1.0 + 0.05 * output + 0.08 * math.sin(i * 1.7) + 0.06 * math.sin(i * 0.37)
        used += rough * rng.choice((0.0, 0.0, 0.0, 4.0))
        register += used * (factor if fault[0] <= days < fault[1] else 1.0)
    rows = [row for row in rows if row[1] >= day(since)]
    schema = {"meter": pl.String(), "time": pl.Datetime("us", "UTC"), "value": pl.Float64()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def an_entry(kind: str, begin: float, end: float, **given: Any) -> Amendment:
    facts: dict[str, Any] = {"meter": "m"} | given
    return Amendment(
        0,
        day(LIVED),
        "Lan",
        "pulse factor",
        kind=AmendmentKind(kind),
        start=day(begin),
        end=day(end),
        **facts,
    )


class StillClock:
    """Shows one instant."""

    at = BEGIN

    def now(self) -> datetime:
        return self.at


@dataclass
class Site:
    """A plant with its stores, and the analyst that has lived through its days."""

    store: MemorySeries
    ledger: SqlLedger
    clock: StillClock
    analyst: Analyst

    def live(self, *days: float) -> None:
        for number in days:
            self.clock.at = day(number)
            seen = {name: min(day(number), day(LIVED)) for name in ("m", "output")}
            self.analyst.run_once(seen)

    def enter(self, entry: Amendment) -> Amendment:
        with self.ledger.begin() as tx:
            return tx.save_amendment(entry)

    def intervals(self) -> pl.DataFrame:
        return self.store.read_intervals(*PAIR, BEGIN, day(99))

    def everything(self) -> list[object]:
        """Return all that the analysis has kept, but for when it was made."""
        with self.ledger.begin() as tx:
            baselines = [replace(one, created_at=BEGIN) for one in tx.baselines()]
            return [tx.snapshot(*PAIR), tx.hotspots(), baselines]


DAYS = (22, 25, 28, 29.5, 31, 32, 33.5, 36, 40, 44, 49)


@contextmanager
def site(
    history: pl.DataFrame,
    *entries: Amendment,
    days: tuple[float, ...] = DAYS,
    plant: Plant | None = None,
) -> Iterator[Site]:
    """Return a plant that has lived through its days, with entries known from the beginning."""
    store, ledger, clock = MemorySeries(), SqlLedger("sqlite://"), StillClock()
    store.load(history)
    lived = Site(store, ledger, clock, Analyst(plant or a_plant(), store, ledger, clock, lateness_s=120.0))
    for entry in entries:
        lived.enter(entry)
    lived.live(*days)
    try:
        yield lived
    finally:
        ledger.close()
