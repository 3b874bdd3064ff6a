"""The running sum of the excess, and the days on which its slope changed."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics.enpi.change_points import best_segments, change_points, memory_of
from analytics.enpi.cusum import added, cusum
from analytics.enpi.slopes import slopes
from tests.analytics.enpi.builders import MONDAY, a_frame, a_plant

NAN = float("nan")
PLANT = a_plant()


def remembering(n: int, rho: float, seed: int) -> NDArray[np.float64]:
    """Return an AR(1) series with innovations of deviation 1."""
    innovation = np.random.default_rng(seed).normal(size=n + 50)
    series = np.zeros(n + 50)
    for i in range(1, n + 50):
        series[i] = rho * series[i - 1] + innovation[i]
    return series[50:]


def daily(excess: NDArray[np.float64]) -> object:
    """Return the CUSUM frame of a plant with this excess per day."""
    hourly = np.repeat(excess / 24.0, 24)
    return cusum(a_frame(100.0 + hourly, np.full(hourly.size, 100.0)), PLANT)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=100))
def test_the_cusum_ends_at_the_sum_of_what_is_known(excess: list[float | None]) -> None:
    actual = [NAN if one is None else one + 5.0 for one in excess]
    days = cusum(a_frame(actual, [5.0] * len(actual)), PLANT)
    known = [one for one in excess if one is not None]
    last = days.row(-1, named=True)
    assert int(days["n"].sum()) == len(known)
    if known:
        assert last["cusum"] == pytest.approx(sum(known), abs=1e-6)
        assert last["cusum_cost"] == pytest.approx(2.0 * sum(known), abs=1e-6)
    else:
        assert last["cusum"] is None


def test_a_day_without_readings_is_unknown_and_the_sum_goes_on_from_where_it_was() -> None:
    actual = [2.0] * 24 + [NAN] * 24 + [2.0] * 24
    days = cusum(a_frame(actual, [1.0] * 72), PLANT)
    assert days["excess"].to_list() == [24.0, None, 24.0]
    assert days["cusum"].to_list() == [24.0, 24.0, 48.0]
    assert days["n"].to_list() == [24, 0, 24]


def test_days_are_the_plants_own() -> None:
    days = cusum(a_frame([2.0] * 24, [1.0] * 24), a_plant(zone="Asia/Ho_Chi_Minh"))
    assert days["excess"].to_list() == [17.0, 7.0]


def test_only_the_hours_of_a_shift_are_added_up_when_it_is_asked_for() -> None:
    assert cusum(a_frame([2.0] * 24, [1.0] * 24), PLANT, "early")["cusum"].to_list() == [8.0]


def test_an_empty_window_has_an_empty_cusum() -> None:
    days = cusum(a_frame([], []), PLANT)
    assert days.is_empty()
    assert slopes(days) == ([], [])


def test_a_step_is_dated_and_sized() -> None:
    excess = remembering(180, 0.3, 1) * 10.0
    excess[100:] += 60.0
    stretches, changes = slopes(daily(excess))  # type: ignore[arg-type]
    (change,) = changes
    assert abs((change.day - (MONDAY.date() + timedelta(days=100))).days) <= 2
    assert change.after - change.before == pytest.approx(60.0, rel=0.15)
    assert change.cost_after == pytest.approx(2.0 * change.after)
    assert change.z is not None
    assert change.z > 5.0
    assert [one.days for one in stretches] == [(change.day - MONDAY.date()).days, 180 - stretches[0].days]
    for one, true in zip(stretches, (0.0, 60.0), strict=True):
        assert one.half_width is not None
        assert abs(one.per_day - true) < 2.0 * one.half_width


def test_a_leak_that_comes_and_goes_bends_the_sum_twice() -> None:
    excess = remembering(200, 0.2, 4)
    excess[80:130] += 5.0
    _, changes = slopes(daily(excess))  # type: ignore[arg-type]
    days = [(one.day - MONDAY.date()).days for one in changes]
    assert len(days) == 2
    assert np.abs(np.array(days) - [80, 130]).max() <= 2
    assert (changes[0].z or 0.0) > 0.0 > (changes[1].z or 0.0)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
def test_a_steady_process_hardly_ever_shows_a_change(rho: float) -> None:
    found = [bool(change_points(remembering(n, rho, seed))) for n in (30, 90, 365) for seed in range(40)]
    assert np.mean(found) <= 0.05


def test_one_wild_day_is_no_change() -> None:
    series = remembering(120, 0.0, 2)
    series[60] += 50.0
    assert change_points(series) == []


def test_a_series_too_short_or_too_still_has_no_changes() -> None:
    assert change_points(np.arange(10.0)) == []
    assert change_points(np.zeros(100)) == []


def test_days_that_are_known_in_part_are_scaled_or_have_no_say() -> None:
    actual = np.full(24 * 30, 2.0)
    actual[24:28] = NAN  # 20 of 24 hours are known: the day counts as a whole one
    actual[48:60] = NAN  # half a day is too little
    stretches, changes = slopes(cusum(a_frame(actual, np.ones(actual.size)), PLANT))
    assert [(one.days, one.per_day) for one in stretches] == [(29, pytest.approx(24.0))]
    assert changes == []
    assert (stretches[0].first, stretches[0].last) == (MONDAY.date(), date(2026, 3, 31))


def test_memory_is_found_in_spite_of_a_step() -> None:
    series = remembering(2000, 0.5, 7)
    series[1000:] += 5.0
    rho, variance = memory_of(series)
    assert rho == pytest.approx(0.5, abs=0.08)
    assert variance == pytest.approx(1.0, rel=0.1)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=6, max_size=14), st.floats(0.1, 1e4))
def test_segments_are_the_best_there_are(values: list[float], penalty: float) -> None:
    series = np.array(values)

    def cost(borders: list[int]) -> float:
        ends = [0, *borders, series.size]
        parts = [series[a:b] for a, b in pairwise(ends)]
        return float(sum(((one - one.mean()) ** 2).sum() for one in parts)) + penalty * len(borders)

    def best(start: int) -> float:
        whole = float(((series[start:] - series[start:].mean()) ** 2).sum())
        cuts = [
            float(((series[start:cut] - series[start:cut].mean()) ** 2).sum()) + penalty + best(cut)
            for cut in range(start + 3, series.size - 2)
        ]
        return min([whole, *cuts])

    assert cost(best_segments(series, penalty, 3)) == pytest.approx(best(0), rel=1e-6, abs=1e-5)


def test_a_step_between_days_that_do_not_scatter_is_a_change_without_a_z() -> None:
    stretches, (change,) = slopes(daily(np.repeat([0.0, 24.0], 30)))  # type: ignore[arg-type]
    assert (change.before, change.after, change.z) == (0.0, pytest.approx(24.0), None)
    assert [one.days for one in stretches] == [30, 30]


def test_sums_of_one_resource_add_up_day_by_day() -> None:
    one = cusum(a_frame([2.0] * 48, [1.0] * 48), PLANT)
    other = cusum(a_frame([3.0] * 24 + [NAN] * 24, [1.0] * 48), PLANT)
    found = added([one, other], alike=True)
    assert found["excess"].to_list() == [72.0, 24.0]
    assert found["cusum"].to_list() == [72.0, 96.0]
    assert found["n"].to_list() == [48, 24]
    assert found["intervals"].to_list() == [48, 48]


def test_sums_of_different_resources_are_in_money_only() -> None:
    excess = np.repeat([0.0, 24.0], 30) + remembering(60, 0.0, 5)
    one = daily(excess)
    found = added([one, one], alike=False)  # type: ignore[list-item]
    assert found["excess"].null_count() == found["cusum"].null_count() == 60
    assert found["cusum_cost"][-1] == pytest.approx(2.0 * 2.0 * excess.sum())
    assert slopes(found) == ([], [])
    _, (change,) = slopes(found, "cost")
    assert change.after - change.before == pytest.approx(4.0 * 24.0, rel=0.05)
    assert abs((change.day - (MONDAY.date() + timedelta(days=30))).days) <= 1
