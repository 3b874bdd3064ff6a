"""Laws that consumption obeys for any readings: totals, splits, order of arrival, and the unknown."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.consumption import consume, context_s
from domain.consumption import RANK, Quality
from domain.meter import Meter
from tests.analytics.consumption_builders import QUARTER_S, START, a_meter, at, readings

N = 8  # intervals in the window
GAPS_S = st.sampled_from([1, 59.9, 60, 61, 75, 290, 300, 450, 899, 900, 901, 1350, 1800, 1801, 2700, 4000])
STEPS = st.one_of(st.just(0.0), st.floats(0.0, 50.0).map(lambda step: round(step, 3)))
CADENCES = st.sampled_from([None, 10.0, 60.0, 300.0, 900.0, 3600.0])
KINDS = st.sampled_from(["counter", "gauge", "delta"])
BUSY = settings(deadline=None, max_examples=60)  # the machine may have other work

Points = list[tuple[float, float]]


class Case(NamedTuple):
    """A meter and its readings."""

    meter: Meter
    points: Points


@st.composite
def instants(draw: st.DrawFn) -> list[float]:
    """Return rising instants that begin up to two hours before the window and may end after it."""
    seconds = [draw(st.integers(-7200, 1800)) + draw(st.sampled_from([0.0, 0.25]))]
    for gap in draw(st.lists(GAPS_S, min_size=1, max_size=40)):
        seconds.append(seconds[-1] + gap)
    return seconds


@st.composite
def rising(draw: st.DrawFn) -> Case:
    """Return a counter that only rises."""
    value, points = draw(st.floats(0.0, 1e6)), []
    for second in draw(instants()):
        points.append((second, value))
        value += draw(STEPS)
    return Case(a_meter(every_s=draw(CADENCES)), points)


@st.composite
def unruly(draw: st.DrawFn) -> Case:
    """Return any kind of meter with anything a plant may send: restarts, wraps, zeros, corrections."""
    meter = a_meter(
        draw(KINDS),
        every_s=draw(CADENCES),
        rollover=draw(st.sampled_from([None, 1000.0])),
        zero_is_missing=draw(st.booleans()),
        stamp=draw(st.sampled_from(["start", "end"])),
    )
    value = draw(st.sampled_from([0.0, 5.0, 970.0, 999.0]))
    points = []
    for second in draw(instants()):
        points.append((second, value))
        jump = draw(st.sampled_from(["on", "on", "on", "zero", "back", "noise", "wrap", "glitch"]))
        value = {
            "on": value + draw(STEPS),
            "zero": 0.0,
            "back": value * 0.97,
            "noise": value * (1 - 1e-8),
            "wrap": max(value - 950.0, 0.0),
            "glitch": points[max(0, len(points) - 2)][1] + 1.0,
        }[jump]
    return Case(meter, points)


def window(case: Case, first: int = 0, n: int = N, frame: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the consumption of the intervals [first, first + n)."""
    start, end = at(first * QUARTER_S), at((first + n) * QUARTER_S)
    return consume(readings(*case.points) if frame is None else frame, [case.meter], QUARTER_S, start, end)


def as_a_caller_reads(case: Case, start: datetime, end: datetime) -> pl.DataFrame:
    """Return what has to be passed for [start, end): context, the latest before it, the next after it."""
    context = timedelta(seconds=context_s(case.meter, QUARTER_S))
    frame = readings(*case.points)
    before = frame.filter(pl.col("time") < start - context).tail(1)
    inside = frame.filter(pl.col("time").is_between(start - context, end + context, closed="left"))
    after = frame.filter(pl.col("time") >= end + context).head(1)
    return pl.concat([before, inside, after])


@BUSY
@given(rising())
def test_without_restarts_the_total_is_last_minus_first(case: Case) -> None:
    wide = range(-7200 // QUARTER_S - 1, 400)
    frame = window(case, wide[0], len(wide))
    inner = frame.filter(pl.col("coverage") == 1.0)
    if inner.is_empty():
        return
    first, last = inner["start"][0], inner["start"][-1] + timedelta(seconds=QUARTER_S)
    assert inner.height == (last - first) // timedelta(seconds=QUARTER_S)
    assert sum(inner["amount"]) == pytest.approx(_register(case, last) - _register(case, first), abs=1e-6)


@BUSY
@given(rising())
def test_amounts_and_covered_time_are_exact_shares_of_the_increments(case: Case) -> None:
    frame = window(case)
    for i, row in enumerate(frame.iter_rows(named=True)):
        amount, covered, longest = _shares(case, i)
        assert row["coverage"] == pytest.approx(float(covered / QUARTER_S), abs=1e-12)
        assert row["quality"] == _expected_quality(case, covered, longest)
        if row["quality"] == Quality.MISSING:
            assert row["amount"] is None
        else:
            assert row["amount"] == pytest.approx(float(amount), rel=1e-9, abs=1e-9)


@BUSY
@given(unruly())
def test_the_unknown_is_never_zero_and_nothing_is_ever_used_negatively(case: Case) -> None:
    frame = window(case)
    assert frame.height == N
    missing = frame["quality"] == str(Quality.MISSING)
    assert (frame["amount"].is_null() == missing).all()
    assert ((frame["coverage"] < 0.9) == missing).all()
    assert frame["coverage"].is_between(0.0, 1.0).all()
    assert (frame["amount"].drop_nulls() >= 0.0).all()
    measured = frame.filter(pl.col("quality") == str(Quality.MEASURED))
    assert (measured["coverage"] == 1.0).all()
    assert set(frame["quality"]) <= {str(quality) for quality in RANK}


@BUSY
@given(unruly(), st.randoms(use_true_random=False))
@pytest.mark.fault(25)
def test_late_and_repeated_readings_give_the_same_bits_as_sorted_ones(case: Case, random: object) -> None:
    shuffled = [*case.points, *case.points[::3]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert window(case, frame=readings(*shuffled)).equals(window(case))


@BUSY
@given(unruly(), st.lists(st.integers(1, N - 1), max_size=4, unique=True))
def test_any_split_of_a_window_gives_the_same_bits(case: Case, cuts: list[int]) -> None:
    borders = [0, *sorted(cuts), N]
    parts = []
    for first, last in pairwise(borders):
        frame = as_a_caller_reads(case, at(first * QUARTER_S), at(last * QUARTER_S))
        parts.append(window(case, first, last - first, frame))
    assert pl.concat(parts).equals(window(case))


@BUSY
@given(st.lists(unruly(), min_size=2, max_size=4))
def test_meters_do_not_disturb_each_other(cases: list[Case]) -> None:
    named = [(f"m{i}", case) for i, case in enumerate(cases)]
    meters = [
        a_meter(str(case.meter.kind), name, every_s=case.meter.every_s, rollover=case.meter.rollover)
        for name, case in named
    ]
    frame = pl.concat([readings(*case.points, meter=name) for name, case in named])
    end = at(N * QUARTER_S)
    together = consume(frame, meters, QUARTER_S, START, end)
    assert together.equals(pl.concat([consume(frame, [meter], QUARTER_S, START, end) for meter in meters]))


def _register(case: Case, instant: datetime) -> float:
    """Return the register at an instant, on the line between the readings around it."""
    second = (instant - START).total_seconds()
    for (t0, v0), (t1, v1) in pairwise(case.points):
        if t0 <= second <= t1:
            return v0 + (v1 - v0) * (second - t0) / (t1 - t0)
    raise AssertionError("a fully covered interval reaches beyond the readings")


def _shares(case: Case, i: int) -> tuple[Fraction, Fraction, float]:
    """Return one interval's amount, covered seconds and longest gap, by plain rational arithmetic."""
    begin, end = i * QUARTER_S, (i + 1) * QUARTER_S
    amount, covered, longest = Fraction(0), Fraction(0), 0.0
    for (t0, v0), (t1, v1) in pairwise(case.points):
        t0_us, t1_us = Fraction(round(t0 * 1e6), 10**6), Fraction(round(t1 * 1e6), 10**6)
        overlap = min(t1_us, Fraction(end)) - max(t0_us, Fraction(begin))
        if overlap > 0:
            amount += (Fraction(v1) - Fraction(v0)) * overlap / (t1_us - t0_us)
            covered += overlap
            longest = max(longest, float(t1_us - t0_us))
    return amount, covered, longest


def _expected_quality(case: Case, covered: Fraction, longest_s: float) -> str:
    """Return the quality that the rules give to an interval of a rising counter."""
    every_s = case.meter.every_s
    hold_s = max(2 * QUARTER_S, 3 * (every_s or 0))
    usual_s = max(QUARTER_S, 1.5 * (every_s or QUARTER_S))
    if covered < Fraction(9, 10) * QUARTER_S:
        return Quality.MISSING
    if longest_s > hold_s:
        return Quality.CATCH_UP
    return Quality.ESTIMATED if longest_s > usual_s or covered < QUARTER_S else Quality.MEASURED
