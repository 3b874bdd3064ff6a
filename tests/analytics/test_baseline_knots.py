"""Where use bends with the weather is seen through what the order book does."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from analytics.baseline import expect
from tests.analytics.baseline_builders import (
    OUTPUT,
    OUTSIDE,
    a_frame,
    a_plant,
    fitted,
    noise,
    temperatures,
    week,
)

YEAR = 365 * 24


def test_the_weather_bends_where_it_truly_does_beside_an_output_that_moves_far_more() -> None:
    outside, orders = temperatures(YEAR), np.repeat(noise(YEAR // 24, 60.0, seed=3), 24)
    output = np.where(week(YEAR) > 30, np.maximum(0.0, 300.0 + orders + noise(YEAR, 90.0, seed=4)), 0.0)
    truth = 10.0 + 0.5 * output + 0.8 * np.maximum(0.0, outside - 8.0)
    plant = a_plant(OUTPUT, OUTSIDE)
    baseline = fitted(a_frame(truth + noise(YEAR, 2.0), {OUTPUT: output, OUTSIDE: outside}), plant)
    knots = baseline.coefficients["shape"]["knots"][OUTSIDE]
    assert min(abs(knot - 8.0) for knot in knots) <= 1.5
    cold = a_frame([np.nan] * 3, {OUTPUT: np.zeros(3), OUTSIDE: np.array([-10.0, -5.0, 2.0])})
    assert expect(baseline, cold, plant)["expected"].to_list() == pytest.approx([10.0] * 3, abs=2.0)


def test_an_output_that_is_always_made_while_the_line_is_busy_does_not_hide_the_bend() -> None:
    outside = temperatures(YEAR)
    output = np.where(week(YEAR) > 30, 300.0, 0.0)  # the hour says it all: what is left is rounding
    truth = 10.0 + 0.5 * output + 0.8 * np.maximum(0.0, outside - 8.0)
    plant = a_plant(OUTPUT, OUTSIDE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        baseline = fitted(a_frame(truth + noise(YEAR, 2.0), {OUTPUT: output, OUTSIDE: outside}), plant)
    knots = baseline.coefficients["shape"]["knots"][OUTSIDE]
    assert min(abs(knot - 8.0) for knot in knots) <= 1.5
