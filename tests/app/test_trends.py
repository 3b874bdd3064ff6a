"""Curves, days, sums, hours: from judged intervals, on the plant's clock, unknown never zero."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.enpi.turning import turning_point
from app.trends_curve import NINE_OF_TEN, curve_of, moved
from domain.alert import AlertKind, fingerprint_of
from domain.reading import Reading
from tests.app.trends_builders import LONDON, QUARTER, Works, a_dye_works, a_span, judged, scattered
from tests.store.builders import a_hotspot

WEEK = a_span("2026-03-02", "2026-03-08")


def steady(_at: datetime) -> float | None:
    return 1.0


@pytest.fixture
def works() -> Iterator[Works]:
    made = Works()
    yield made
    made.ledger.close()


@settings(max_examples=40, deadline=None)
@given(
    days=st.integers(1, 40),
    pixels=st.integers(1, 5000),
    skip=st.integers(0, 95),
    known=st.floats(0.1, 1.0),
)
def test_a_curve_has_no_more_points_than_pixels_and_loses_no_extreme(
    days: int, pixels: int, skip: int, known: float
) -> None:
    plant = a_dye_works()
    start = datetime(2026, 3, 1, 17, tzinfo=UTC) + skip * QUARTER
    end = start + timedelta(days=days)
    frame = judged(start, end, lambda at: scattered(at) if scattered(at - QUARTER) < known else None)
    curve = curve_of(plant, "m3", frame, None, (start, end), pixels)
    assert 0 < len(curve.at) <= pixels
    columns = (curve.mean, curve.least, curve.most, curve.expected)
    assert {len(column) for column in columns} == {len(curve.at)}
    assert curve.at[0] == start.timestamp()
    assert curve.at[-1] < end.timestamp() <= curve.at[-1] + curve.step
    values = [value for value in frame["actual"] if value is not None]
    highest = [one for one in curve.most if one is not None]
    lowest = [one for one in curve.least if one is not None]
    assert bool(values) == bool(highest)
    if values:
        assert max(highest) == pytest.approx(4.0 * max(values), rel=1e-5)
        assert min(lowest) == pytest.approx(4.0 * min(values), rel=1e-5)


def test_what_is_missing_is_a_gap_and_what_was_reset_is_not_known(works: Works) -> None:
    gone = WEEK.start + timedelta(days=2), WEEK.start + timedelta(days=3)
    works.judge(WEEK, lambda at: None if gone[0] <= at < gone[1] else 2.0)
    works.store.append_intervals(judged(WEEK.start, WEEK.start + 4 * QUARTER, lambda _: 0.5, quality="reset"))
    found = works.source.whole(WEEK, False)
    day = 96
    assert found.whole.known == 6 * day - 4
    assert found.whole.intervals == 7 * day
    assert found.whole.actual == pytest.approx(2.0 * (6 * day - 4))
    curve = works.source.curve(WEEK, WEEK.start, WEEK.end, 1000)
    assert curve.mean[:5] == [None, None, None, None, 8.0]
    assert curve.mean[2 * day : 3 * day] == [None] * day
    assert found.days[2].actual is None
    assert found.days[2].total == found.days[1].total, "a day that is not known adds nothing"
    assert found.heat[2].cells == [None] * 24
    assert found.heat[2].asked == [True] * 24


def test_what_has_not_happened_yet_is_not_missing(works: Works) -> None:
    now = WEEK.start + timedelta(days=1, hours=3)
    works.source = type(works.source)(works.plant, works.store, works.ledger, _At(now))
    works.store.append_intervals(judged(WEEK.start, now - timedelta(hours=1), steady))
    found = works.source.whole(WEEK, False)
    assert (found.whole.known, found.whole.intervals) == (26 * 4, 26 * 4), "judging keeps up"
    assert found.judged_until == now - timedelta(hours=1)
    late = works.source.__class__(works.plant, works.store, works.ledger, _At(now + timedelta(hours=5)))
    assert late.whole(WEEK, False).whole.intervals == 32 * 4, "judging stands still"
    assert found.heat[1].asked == [True] * 2 + [False] * 22


class _At:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def test_the_band_is_as_wide_as_the_baseline_strays_and_use_is_never_below_zero(works: Works) -> None:
    works.judge(WEEK, steady, expected=2.0)
    assert works.source.whole(WEEK, False).curve.low[0] is None, "without a baseline there is no band"
    works.approve(0.5)
    curve = works.source.curve(WEEK, WEEK.start, WEEK.end, 100)
    assert curve.expected[0] == 8.0
    assert curve.low[0] == pytest.approx(8.0 - 4 * NINE_OF_TEN * 0.5, rel=1e-5)
    assert curve.high[0] == pytest.approx(8.0 + 4 * NINE_OF_TEN * 0.5, rel=1e-5)
    works.approve(5.0)
    assert works.source.curve(WEEK, WEEK.start, WEEK.end, 100).low[0] == 0.0


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_days_on_which_clocks_change_have_their_own_length(day: str, hours: int) -> None:
    works = Works(LONDON)
    span = a_span(day, day, LONDON)
    works.judge(span, steady, expected=0.75)
    found = works.source.whole(span, False)
    assert (found.days[0].intervals, found.days[0].known) == (4 * hours, 4 * hours)
    assert found.days[0].excess == pytest.approx(hours)
    row = found.heat[0]
    assert row.asked[1] is (hours == 25), "an hour that clocks left out was never there"
    assert row.cells[1] == (pytest.approx(1.0) if hours == 25 else None)
    assert [row.cells[hour] for hour in (0, 2, 23)] == [pytest.approx(1.0)] * 3
    works.ledger.close()


def test_the_period_before_lies_at_the_same_time_of_day_though_clocks_changed() -> None:
    works, zone = Works(LONDON), ZoneInfo(LONDON)
    span = a_span("2026-03-29", "2026-03-29", LONDON, compare="previous")

    def by_hour(at: datetime) -> float:
        return float(at.astimezone(zone).hour)

    works.judge(span.previous(), by_hour)
    works.judge(span, by_hour)
    curve = works.source.curve(span, span.start, span.end, 1000)
    assert len(curve.previous) == 23 * 4
    assert curve.previous == curve.mean
    assert moved(judged(span.start, span.end, by_hour), works.plant, 210)["start"].is_unique().all()
    before = works.source.whole(span, False).before
    assert before is not None
    assert before.intervals == 96
    works.ledger.close()


def test_a_span_that_is_not_over_is_held_against_as_much_of_the_one_before(works: Works) -> None:
    span = a_span("2026-03-02", "2026-03-08", compare="previous")
    reached = span.start + timedelta(days=3, hours=5)
    works.judge(span.previous(), lambda _: 2.0)
    works.store.append_intervals(judged(span.start, reached, steady))
    works.source = type(works.source)(works.plant, works.store, works.ledger, _At(reached))
    found = works.source.whole(span, False)
    assert found.before is not None
    assert (found.whole.actual, found.before.actual) == (77 * 4, 2 * 77 * 4)


def test_a_zoom_sees_only_its_part_and_the_period_before_it(works: Works) -> None:
    span = a_span("2026-03-02", "2026-03-08", compare="previous")
    works.judge(span, lambda at: float(at.day))
    works.judge(span.previous(), lambda at: float(at.month))
    start = datetime(2026, 3, 4, 3, 7, tzinfo=UTC)
    curve = works.source.curve(span, start, start + timedelta(hours=1), 500)
    assert curve.at[0] == datetime(2026, 3, 4, 3, tzinfo=UTC).timestamp()
    assert set(curve.mean) == {16.0}
    assert set(curve.previous) == {8.0}
    assert len(curve.at) == 5


def test_a_slope_is_told_with_the_hour_from_which_on_it_is_another(works: Works) -> None:
    span = a_span("2026-02-01", "2026-03-10")
    since = datetime(2026, 2, 20, 7, tzinfo=UTC)

    def leak(at: datetime) -> float:
        return 1.0 + 0.2 * (scattered(at) - 0.5) + (0.5 if at >= since else 0.0)

    works.judge(span, leak)
    found = works.source.slopes(span)
    assert len(found) == 2
    assert found[0].since == span.start
    assert abs(found[1].since - since) <= timedelta(hours=1)
    assert found[1].per_day == pytest.approx(48.0, rel=0.05)
    assert found[1].cost_per_day == pytest.approx(480.0, rel=0.05)
    assert (found[0].is_even, found[1].is_even) == (True, False)
    assert [one.is_change for one in found] == [False, True]
    week = a_span("2026-03-04", "2026-03-10")
    assert works.source.slopes(week) == found[1:], "a week knows since when, from the days before it"
    assert works.source.whole(week, False).days[0].total == pytest.approx(48.0, rel=0.05), (
        "its sum begins anew"
    )
    sums = works.source.whole(span, False).sums
    assert len(sums.at) <= 340
    assert sums.unit[-1] == pytest.approx(works.source.whole(span, False).whole.excess)


@given(st.lists(st.floats(-1, 1), min_size=20, max_size=60), st.integers(1, 19), st.sampled_from([-6.0, 6.0]))
def test_a_clear_step_is_found_where_it_is(noise: list[float], place: int, step: float) -> None:
    starts = [datetime(2026, 3, 1, tzinfo=UTC) + n * QUARTER for n in range(len(noise))]
    excess = [value + (step if n >= place else 0.0) for n, value in enumerate(noise)]
    frame = pl.DataFrame({"start": starts, "excess": excess})
    assert turning_point(frame, 0.0, step) == starts[place]
    assert turning_point(frame.clear(), 0.0, step) is None


def test_only_the_hours_of_a_shift_count(works: Works) -> None:
    works.judge(WEEK, steady, expected=0.5)
    found = works.source.whole(a_span("2026-03-02", "2026-03-08", shift="day"), False)
    assert found.whole.intervals == 7 * 8 * 4
    assert [hour for hour in range(24) if found.heat[0].asked[hour]] == list(range(6, 14))


def test_only_while_a_product_is_made_counts_from_what_was_kept_and_from_readings(works: Works) -> None:
    day = a_span("2026-03-02", "2026-03-03", product="dyeing.output")
    works.judge(day, steady, expected=0.5)
    noon = day.start + timedelta(hours=12)
    quarters = [day.start + n * QUARTER for n in range(96)]
    works.store.append_consumption(_kept("dyeing.output", quarters, [float(at < noon) for at in quarters]))
    morrow = day.start + timedelta(days=1)
    for n in range(192):  # made in the first six hours of the second day
        at = round((morrow + n * QUARTER / 2).timestamp() * 1e6)
        works.store.append([Reading("dyeing.output", at, 1.0 if n < 48 else 0.0, at)])
    found = works.source.days(day)
    assert [one.known for one in found] == [48, 24]


def test_what_was_never_judged_is_known_as_far_as_it_was_kept(works: Works) -> None:
    half = WEEK.start + timedelta(days=3)
    works.store.append_intervals(judged(half, WEEK.end, steady))
    quarters = [WEEK.start + n * QUARTER for n in range(4 * 96)]
    works.store.append_consumption(_kept("dyeing.water", quarters, [3.0] * len(quarters)))
    found = works.source.whole(WEEK, False)
    assert (found.whole.known, found.whole.n) == (7 * 96, 4 * 96)
    assert found.whole.actual == pytest.approx(3 * 96 * 3.0 + 4 * 96 * 1.0), "what was judged stands"
    assert found.days[0].expected is None


def test_a_year_is_told_by_weeks_and_hotspots_lie_where_they_were(works: Works) -> None:
    span = a_span("2025-03-01", "2026-02-28")
    works.judge(span, steady, expected=0.5)
    mine: dict[str, Any] = {"process": "dyeing", "resource": "water"}
    since = datetime(2025, 6, 1, tzinfo=UTC)
    over = a_hotspot("a" * 16, since=since, detected_at=since, ended_at=since + timedelta(days=2), **mine)
    before = a_hotspot(
        "b" * 16, since=since - timedelta(days=200), ended_at=since - timedelta(days=190), **mine
    )
    with works.ledger.begin() as tx:
        for one in (over, before, a_hotspot("c" * 16, since=since)):
            tx.save_hotspot(one)
    found = works.source.whole(span, True)
    assert len(found.heat) == len(found.days) == 53
    assert found.days[1].first.weekday() == 0
    assert found.heat[0].cells[0] == pytest.approx(20.0), "money per hour"
    assert [(one.since, one.until, one.is_open, one.alert) for one in found.hotspots] == [
        (since, since + timedelta(days=2), False, "")
    ]
    assert len(works.source.heat(span, False)) == 365
    assert len(fingerprint_of(AlertKind.HOTSPOT, over.id)) == 16
    assert found.days[0].first == date(2025, 3, 1)


def test_nothing_at_all_is_no_error(works: Works) -> None:
    found = works.source.whole(a_span("2099-01-01", "2099-01-07", compare="previous"), True)
    assert found.whole.actual is None
    assert (found.whole.intervals, list(found.days), list(found.heat)) == (0, [], [])
    assert set(found.curve.mean) == {None}
    assert found.judge.version == 0
    assert works.source.slopes(WEEK) == []


def _kept(meter: str, starts: list[datetime], amounts: list[float]) -> pl.DataFrame:
    many = len(starts)
    return pl.DataFrame(
        {
            "meter": [meter] * many, "start": starts, "amount": amounts, "mean": [None] * many,
            "quality": ["measured"] * many, "coverage": [1.0] * many, "interval_s": [900] * many,
        },
        schema_overrides={"start": pl.Datetime("us", "UTC"), "mean": pl.Float64},
    )  # fmt: skip
