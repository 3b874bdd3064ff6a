"""How sure savings are."""

from __future__ import annotations

import doctest
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.enpi import certainty, change_points, student
from analytics.enpi.certainty import Certainty, certainty_of, savings_half_width
from analytics.enpi.student import two_tailed
from tests.analytics.baseline_builders import a_frame, a_plant, fitted, noise, week


@pytest.mark.parametrize("module", [certainty, student, change_points])
def test_the_examples_of_a_module_give_what_they_say(module: object) -> None:
    done = doctest.testmod(module, extraglobs={"np": np})  # type: ignore[arg-type]
    assert done.attempted >= 1
    assert done.failed == 0


@pytest.mark.parametrize(
    ("confidence", "dof", "t"),
    [(0.90, 3, 2.3534), (0.95, 4, 2.7764), (0.95, 60, 2.0003), (0.99, 8, 3.3554), (0.90, 1e9, 1.6449)],
)
def test_t_is_that_of_the_tables(confidence: float, dof: float, t: float) -> None:
    assert two_tailed(confidence, dof) == pytest.approx(t, abs=2e-3)


@settings(deadline=None)
@given(st.floats(0.0, 0.9), st.floats(0.001, 0.09), st.integers(24, 9000))
def test_the_interval_widens_with_memory(rho: float, more: float, m: int) -> None:
    near, far = (savings_half_width(Certainty(8760, 10, 15.0, one), 1e5, m) for one in (rho, rho + more))
    assert near is not None
    assert far is not None
    assert 0.0 < near < far


def test_without_memory_and_with_much_data_it_is_the_textbook_formula() -> None:
    found = savings_half_width(Certainty(10**9, 2, 20.0, 0.0), 1000.0, 100)
    assert found == pytest.approx(1.26 * 1000.0 * 1.6449 * 0.2 / math.sqrt(100), rel=1e-3)


def test_too_little_that_is_independent_gives_no_interval() -> None:
    assert savings_half_width(Certainty(100, 30, 15.0, 0.6), 1000.0, 24) is None
    assert savings_half_width(Certainty(8760, 30, 15.0, 0.6), 1000.0, 0) is None


def test_a_baseline_brings_its_scatter_and_its_memory() -> None:
    baseline = fitted(a_frame(week(24 * 60) + noise(24 * 60, 2.0)), a_plant())
    found = certainty_of(baseline)
    assert isinstance(found, Certainty)
    assert baseline.cross_validated is not None
    assert found.cvrmse_pct == pytest.approx(baseline.cross_validated.cvrmse_pct)
    assert found.rho == baseline.coefficients["correlation"]
    assert certainty_of(None) == "no_baseline"
