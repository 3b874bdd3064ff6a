"""What happens to a register, at any moment: the right amount, the right quality, and nothing elsewhere."""

from __future__ import annotations

import math
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analytics.consumption import consume
from analytics.consumption.streaming import consume_in_groups
from domain.consumption import Quality
from domain.meter import Meter
from tests.analytics.amendment_builders import a_replacement
from tests.analytics.consumption_builders import QUARTER_S, START, a_meter, at, readings

BUSY = settings(deadline=None, max_examples=40)
N = 16  # quarter hours
EVERY_S = 60.0
TICKS = N * QUARTER_S // 60
#: what a register counts per minute, and the minute in which something happens to it
STEPS = st.lists(st.integers(1, 40).map(lambda n: n / 8), min_size=TICKS, max_size=TICKS)
MINUTES = st.integers(3, TICKS - 3)

Points = list[tuple[float, float]]


def register(steps: list[float], first: float = 500.0) -> list[float]:
    """Return what an undisturbed register shows at each minute."""
    shown = [first]
    for step in steps:
        shown.append(shown[-1] + step)
    return shown


def points_of(shown: list[float]) -> Points:
    return [(minute * EVERY_S, value) for minute, value in enumerate(shown)]


def used(steps: list[float]) -> list[float]:
    """Return what was truly used in each quarter hour."""
    return [math.fsum(steps[i * 15 : i * 15 + 15]) for i in range(N)]


def frame_of(
    points: Points, meter: Meter | None = None, interval_s: int = QUARTER_S, **more: object
) -> pl.DataFrame:
    meter = meter or a_meter(every_s=EVERY_S)
    end = at(N * QUARTER_S)
    return consume(readings(*points), [meter], interval_s, START, end, **more)  # type: ignore[arg-type]


def others_are_untouched(frame: pl.DataFrame, steps: list[float], touched: set[int]) -> None:
    """Assert that all other intervals hold what was used, measured."""
    for i, (amount, quality) in enumerate(zip(frame["amount"], frame["quality"], strict=True)):
        if i not in touched:
            assert quality == Quality.MEASURED
            assert amount == pytest.approx(used(steps)[i], rel=1e-9)


@BUSY
@given(STEPS, MINUTES)
def test_a_restart_counts_from_zero_is_a_lower_bound_and_says_so(steps: list[float], minute: int) -> None:
    shown = register(steps)
    lost = shown[minute] - shown[minute - 1]  # what was counted in the minute of the restart
    after = [value - shown[minute] for value in shown[minute:]]
    frame = frame_of(points_of([*shown[:minute], *after]))
    hit = (minute - 1) // 15
    others_are_untouched(frame, steps, {hit})
    assert frame["quality"][hit] == Quality.RESET
    assert frame["amount"][hit] == pytest.approx(used(steps)[hit] - lost, abs=1e-9)
    assert frame["amount"][hit] <= used(steps)[hit]


@BUSY
@given(STEPS, MINUTES)
def test_a_register_that_rolls_over_loses_nothing_and_is_measured(steps: list[float], minute: int) -> None:
    shown = register(steps)
    shift = 100_000.0 - shown[minute]  # it wraps exactly in that minute
    wrapped = [(value + shift) % 100_000.0 for value in shown]
    frame = frame_of(points_of(wrapped), a_meter(every_s=EVERY_S, rollover=100_000.0))
    others_are_untouched(frame, steps, set())


@BUSY
@given(STEPS, MINUTES, st.sampled_from([0.0, 7.5, 4000.0]))
def test_a_replaced_meter_loses_nothing_and_is_no_reset(
    steps: list[float], minute: int, fresh: float
) -> None:
    shown = register(steps)
    half = shown[minute - 1] + steps[minute - 1] / 2  # exchanged in the middle of a minute
    new = [fresh + (value - half) for value in shown[minute:]]
    entry = a_replacement((minute - 0.5) * EVERY_S, half, fresh)
    frame = frame_of(points_of([*shown[:minute], *new]), amendments=(entry,))
    others_are_untouched(frame, steps, set())


@BUSY
@given(STEPS, st.integers(2, TICKS - 80), st.integers(31, 75))
def test_a_long_gap_is_a_catch_up_with_the_right_total(steps: list[float], first: int, minutes: int) -> None:
    shown = register(steps)
    points = points_of(shown)
    frame = frame_of(points[: first + 1] + points[first + minutes :])
    touched = set(range(first // 15, (first + minutes - 1) // 15 + 1))
    others_are_untouched(frame, steps, touched)
    assert {frame["quality"][i] for i in touched} == {Quality.CATCH_UP}
    total = math.fsum(frame["amount"][i] for i in touched)
    assert total == pytest.approx(math.fsum(used(steps)[i] for i in touched), rel=1e-9)


@BUSY
@given(STEPS, st.integers(2, TICKS - 40), st.integers(16, 30))
def test_a_gap_within_the_hold_is_estimated_with_the_right_total(
    steps: list[float], first: int, minutes: int
) -> None:
    points = points_of(register(steps))
    frame = frame_of(points[: first + 1] + points[first + minutes :])
    touched = set(range(first // 15, (first + minutes - 1) // 15 + 1))
    others_are_untouched(frame, steps, touched)
    assert {frame["quality"][i] for i in touched} == {Quality.ESTIMATED}
    total = math.fsum(frame["amount"][i] for i in touched)
    assert total == pytest.approx(math.fsum(used(steps)[i] for i in touched), rel=1e-9)


@BUSY
@given(STEPS, st.integers(1, TICKS - 1))
def test_after_the_last_reading_nothing_is_known_and_before_the_first_neither(
    steps: list[float], cut: int
) -> None:
    points = points_of(register(steps))
    for kept, known in (
        (points[: cut + 1], lambda i: i < cut // 15),
        (points[cut:], lambda i: i * 15 >= cut),
    ):
        frame = frame_of(kept)
        for i, (amount, quality) in enumerate(zip(frame["amount"], frame["quality"], strict=True)):
            if known(i):
                assert quality == Quality.MEASURED
            elif frame["coverage"][i] < 0.9:
                assert (amount, quality) == (None, Quality.MISSING)


@BUSY
@given(STEPS, st.lists(st.integers(0, TICKS), max_size=30), st.randoms(use_true_random=False))
def test_duplicates_and_late_arrivals_change_no_bit(
    steps: list[float], again: list[int], chance: object
) -> None:
    points = points_of(register(steps))
    arrived = [*points, *(points[i] for i in again)]
    chance.shuffle(arrived)  # type: ignore[attr-defined]
    assert frame_of(arrived).equals(frame_of(points))


@BUSY
@given(STEPS, st.sets(st.integers(1, TICKS - 1), max_size=60), st.sampled_from([60, 300, 900, 1800, 3600]))
def test_resampling_conserves_totals(steps: list[float], lost: set[int], fine_s: int) -> None:
    points = [point for minute, point in enumerate(points_of(register(steps))) if minute not in lost]
    fine, coarse = frame_of(points, interval_s=fine_s), frame_of(points, interval_s=3600)
    hours = (
        fine.group_by(pl.col("start").dt.truncate("1h"))
        .agg(pl.col("amount").sum(), pl.col("amount").is_null().any().alias("holes"))
        .sort("start")
    )
    assert not hours["holes"].any()  # a gap between two readings of a register leaves no hole
    assert list(hours["amount"]) == pytest.approx(list(coarse["amount"]), rel=1e-9)
    assert math.fsum(coarse["amount"]) == pytest.approx(math.fsum(steps), rel=1e-9)


@st.composite
def a_signal(draw: st.DrawFn) -> tuple[Meter, Points]:
    """Return a gauge that reports at any time, and pauses for longer than it may be held."""
    every_s = draw(st.sampled_from([None, 10.0, 60.0, 300.0]))
    seconds, points = draw(st.integers(-1800, 900)) + 0.25, list[tuple[float, float]]()
    for gap in draw(
        st.lists(st.sampled_from([0.5, 9, 29.75, 31, 180, 181, 899, 901, 1799, 1801, 4000]), max_size=40)
    ):
        points.append((seconds, draw(st.floats(0.0, 80.0))))
        seconds += gap
    assume(points)
    return a_meter("gauge", every_s=every_s), points


@BUSY
@given(a_signal())
def test_a_gauge_is_weighted_by_time_and_held_no_longer_than_the_hold(case: tuple[Meter, Points]) -> None:
    meter, points = case
    frame = frame_of(points, meter)
    hold = Fraction(3 * meter.every_s) if meter.every_s else Fraction(2 * QUARTER_S)
    for i, row in enumerate(frame.iter_rows(named=True)):
        amount, covered = _integral(points, hold, Fraction(i * QUARTER_S), Fraction((i + 1) * QUARTER_S))
        assert row["coverage"] == pytest.approx(float(covered / QUARTER_S), abs=1e-12)
        if covered < Fraction(9, 10) * QUARTER_S:
            assert (row["amount"], row["quality"]) == (None, Quality.MISSING)
            continue
        assert row["amount"] == pytest.approx(float(amount / 3600), rel=1e-9, abs=1e-12)
        assert row["mean"] == pytest.approx(float(amount / covered), rel=1e-9, abs=1e-12)
        assert covered == QUARTER_S or row["quality"] == Quality.ESTIMATED


def _integral(points: Points, hold: Fraction, begin: Fraction, end: Fraction) -> tuple[Fraction, Fraction]:
    """Return the integral of the held value, and the time that is covered [s], by rational arithmetic."""
    amount, covered = Fraction(0), Fraction(0)
    ends = [Fraction(t) for t, _ in points[1:]] + [Fraction(10**9)]
    for (t, value), following in zip(points, ends, strict=True):
        overlap = min(following, Fraction(t) + hold, end) - max(Fraction(t), begin)
        if overlap > 0:
            amount += Fraction(value) * overlap
            covered += overlap
    return amount, covered


@BUSY
@given(
    st.lists(
        st.tuples(st.integers(0, N * QUARTER_S - 1), st.floats(0.0, 50.0)),
        max_size=40,
        unique_by=lambda p: p[0],
    )
)
def test_events_add_up_and_silence_before_the_first_is_unknown(events: list[tuple[int, float]]) -> None:
    frame = frame_of([(float(t), v) for t, v in events], a_meter("delta"))
    first = min((t for t, _ in events), default=N * QUARTER_S) // QUARTER_S
    assert frame["amount"].is_null().to_list() == [i < first for i in range(N)]
    assert math.fsum(frame["amount"].drop_nulls()) == pytest.approx(math.fsum(v for _, v in events), abs=1e-9)


@BUSY
@given(STEPS, st.integers(1, 7), st.integers(1, N - 1))
def test_groups_of_meters_and_pieces_of_a_window_give_the_bits_of_the_whole(
    steps: list[float], group: int, cut: int
) -> None:
    shown = points_of(register(steps))
    meters = [a_meter(name=f"m{i}", every_s=EVERY_S) for i in range(5)]
    frame = pl.concat([readings(*shown[i:], meter=one.id) for i, one in enumerate(meters)])
    borders = [START, at(cut * QUARTER_S), at(N * QUARTER_S)]
    whole = consume(frame, meters, QUARTER_S, borders[0], borders[2])
    parts = consume_in_groups(frame.lazy(), meters[::-1], QUARTER_S, borders[0], borders[2], group=group)
    assert pl.concat(list(parts)).equals(whole)
    halves = [consume(frame, meters, QUARTER_S, *pair) for pair in pairwise(borders)]
    assert pl.concat(halves).sort("meter", "start").equals(whole)
    assert whole["start"].max() == borders[2] - timedelta(seconds=QUARTER_S)


def test_a_group_of_no_meters_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one meter"):
        next(consume_in_groups(readings().lazy(), [a_meter()], QUARTER_S, START, at(QUARTER_S), group=0))
