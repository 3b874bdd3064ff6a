"""The statistics against their formulas."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from analytics.baseline import fit_statistics, reporting_statistics
from tests.analytics.baseline_builders import a_frame, a_plant

FINITE = st.floats(1.0, 1e6)


def test_a_worked_example():
    statistics = fit_statistics(np.array([10.0, 20.0, 30.0, 40.0]), np.array([12.0, 18.0, 30.0, 36.0]), 2)
    assert (statistics.n, statistics.p, statistics.coverage) == (4, 2, 1.0)
    assert statistics.cvrmse_pct == pytest.approx(100 * math.sqrt(24 / 2) / 25)
    assert statistics.nmbe_pct == pytest.approx(100 * 4 / (2 * 25))
    assert statistics.r2 == pytest.approx(1 - 24 / 500)
    assert statistics.cvrmse_daily_pct is None


@given(st.integers(2, 40).flatmap(lambda n: st.tuples(*[hnp.arrays(np.float64, n, elements=FINITE)] * 2)))
def test_out_of_sample_figures_are_the_plain_formulas(both):
    actual, expected = both
    statistics = fit_statistics(actual, expected, 0)
    rmse = math.sqrt(float(np.mean((actual - expected) ** 2)))
    assert statistics.cvrmse_pct == pytest.approx(100 * rmse / actual.mean())
    assert statistics.nmbe_pct == pytest.approx(
        100 * (actual.sum() - expected.sum()) / actual.sum(), abs=1e-6
    )


def test_unknown_intervals_count_for_coverage_only():
    actual = np.array([1.0, np.nan, 3.0, 4.0])
    statistics = fit_statistics(actual, np.array([1.0, 2.0, np.nan, 4.0]), 0)
    assert (statistics.n, statistics.coverage, statistics.cvrmse_pct) == (2, 0.5, 0.0)


@pytest.mark.parametrize(
    ("actual", "p"),
    [([], 0), ([np.nan], 0), ([1.0, 2.0], 2), ([0.0, 0.0], 0), ([1.0, -1.0], 0)],
)
def test_what_is_not_defined_is_none(actual, p):
    statistics = fit_statistics(np.array(actual), np.zeros(len(actual)), p)
    assert (statistics.cvrmse_pct, statistics.nmbe_pct) == (None, None)


def test_a_constant_has_no_r2():
    assert fit_statistics(np.array([2.0, 2.0]), np.array([1.0, 3.0]), 0).r2 is None


def test_the_daily_figure_takes_whole_days_only():
    actual, expected = np.full(72, 2.0), np.full(72, 1.0)
    day = np.repeat([0, 1, 2], 24)
    expected[24:48] = 2.0
    actual[60] = np.nan
    statistics = fit_statistics(actual, expected, 0, day)
    sums = np.array([24.0, 0.0])
    assert statistics.cvrmse_daily_pct == pytest.approx(100 * math.sqrt((sums**2).mean()) / 48)


def test_the_day_on_which_clocks_go_forward_is_whole_and_a_begun_day_is_not():
    assert (
        fit_statistics(np.ones(23), np.zeros(23), 0, np.zeros(23, dtype=np.int64)).cvrmse_daily_pct == 100.0
    )
    assert fit_statistics(np.ones(20), np.zeros(20), 0, np.zeros(20, dtype=np.int64)).cvrmse_daily_pct is None


def test_the_reporting_period_counts_usable_intervals_by_local_days():
    plant = a_plant(zone="Asia/Ho_Chi_Minh")
    start = datetime(2026, 5, 10, 17, tzinfo=UTC)  # midnight in Vietnam
    quality = ["measured"] * 24 + ["catch_up"] + ["estimated"] * 23
    frame = a_frame(np.full(48, 10.0), start=start, quality=quality)
    statistics = reporting_statistics(frame.with_columns(expected=pl.lit(9.0)), plant)
    assert (statistics.n, statistics.p) == (47, 0)
    assert statistics.coverage == pytest.approx(47 / 48)
    assert statistics.nmbe_pct == pytest.approx(10.0)
    assert statistics.cvrmse_daily_pct == pytest.approx(10.0)
