"""Whatever the history looks like, there is a baseline that expects finite amounts, or a reasoned refusal."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics.baseline import Refusal, expect, fit_baseline
from analytics.baseline.level import at_level, lag_correlation, level_factors
from domain.baseline import Severity
from tests.analytics.baseline_builders import (
    MONDAY,
    NOW,
    OUTPUT,
    OUTSIDE,
    a_frame,
    a_plant,
    fitted,
    noise,
    temperatures,
    week,
)


def a_messy_frame(days: int, seed: int, faults: frozenset[str], interval_s: int):
    """Return a history with the given faults in it."""
    n = days * 86_400 // interval_s
    rng = np.random.default_rng(seed)
    use = week(n, interval_s) * rng.lognormal(0.0, 0.1, n)
    variables = {OUTPUT: np.round(rng.gamma(1.0, 9.0, n)), OUTSIDE: 15 + rng.normal(0, 5, n)}
    first, last = sorted(rng.integers(0, n, 2))
    changes = {
        "gap": lambda: use.__setitem__(slice(first, last), np.nan),
        "zeros": lambda: use.__setitem__(rng.random(n) < 0.3, 0.0),
        "stuck": lambda: use.__setitem__(slice(first, last), 7.0),
        "spikes": lambda: use.__setitem__(rng.random(n) < 0.02, 1e9),
        "negative": lambda: use.__imul__(-1.0),
        "tiny": lambda: use.__imul__(1e-12),
        "no output": lambda: variables[OUTPUT].__imul__(0.0),
        "output gap": lambda: variables[OUTPUT].__setitem__(slice(first, last), np.nan),
        "one degree": lambda: variables[OUTSIDE].__setitem__(slice(None), 20.3 + 0.1 * rng.random(n)),
        "wild degrees": lambda: variables[OUTSIDE].__imul__(1e6),
        "scale": lambda: use[first:].__imul__(1e3),
    }
    for fault in sorted(faults):
        changes[fault]()
    return a_frame(use, variables, interval_s=interval_s)


FAULTS = st.frozensets(
    st.sampled_from(
        ["gap", "zeros", "stuck", "spikes", "negative", "tiny", "no output", "output gap", "one degree",
         "wild degrees", "scale"]
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@example(days=3, seed=0, faults=frozenset({"wild degrees"}), interval_s=3600, zone="UTC")
@given(
    days=st.integers(1, 70),
    seed=st.integers(0, 2**32 - 1),
    faults=FAULTS,
    interval_s=st.sampled_from([3600, 3600, 1800]),
    zone=st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York"]),
)
def test_any_history_gives_a_baseline_or_a_refusal(days, seed, faults, interval_s, zone):
    plant = a_plant(OUTPUT, OUTSIDE, zone=zone, interval_s=interval_s, min_days=3)
    frame = a_messy_frame(days, seed, faults, interval_s)
    result = fit_baseline(frame, plant, "line", "electricity", now=NOW, author="a", reason="r")
    json.dumps([dict(finding.evidence) for finding in result.findings])
    if isinstance(result, Refusal):
        assert any(finding.severity is Severity.CRITICAL for finding in result.findings)
        return
    assert json.loads(json.dumps(dict(result.coefficients))) == result.coefficients
    expected = expect(result, frame, plant)
    known = expected["expected"].drop_nulls()
    assert known.is_finite().all()
    assert expected["sigma"].is_finite().all()
    assert expected["sigma"].min() > 0
    assert 0 < result.statistics.coverage <= 1


@settings(max_examples=8, deadline=None)
@given(exponent=st.integers(-9, 9))
def test_the_unit_of_the_meter_makes_no_difference(exponent):
    n, factor = 6 * 168, 10.0**exponent
    plant, outside = a_plant(OUTSIDE), temperatures(n)
    use = week(n) + np.maximum(0, 16 - outside) + noise(n, 1.0)
    use[300:340] += 20.0
    one, other = (fitted(a_frame(values, {OUTSIDE: outside}), plant) for values in (use, use * factor))
    later = a_frame(np.full(168, np.nan), {OUTSIDE: outside[:168]}, start=MONDAY)
    ahead = [expect(baseline, later, plant) for baseline in (one, other)]
    assert one.model == other.model
    assert [f.start for f in one.findings] == [f.start for f in other.findings]
    assert ahead[1]["expected"].to_numpy() == pytest.approx(
        factor * ahead[0]["expected"].to_numpy(), rel=1e-6
    )
    assert ahead[1]["sigma"].to_numpy() == pytest.approx(factor * ahead[0]["sigma"].to_numpy(), rel=1e-6)


def test_the_deviation_grows_with_what_is_expected_where_it_truly_does():
    expected = np.repeat([10.0, 20.0, 30.0, 40.0, 50.0], 400)
    residual = noise(2000, 1.0) * np.repeat([0.5, 1.0, 1.0, 1.0, 2.0], 400)
    levels = level_factors(residual, np.ones(2000), expected)
    sigma = at_level(np.ones(3), np.array([10.0, 30.0, 50.0]), levels)
    assert sigma == pytest.approx([0.5, 1.0, 2.0], rel=0.2)
    assert at_level(np.ones(1), np.array([np.nan]), levels) > 0
    assert at_level(np.ones(2), np.ones(2), None).tolist() == [1.0, 1.0]


def test_the_correlation_of_residuals_is_measured_between_neighbours_only():
    rng = np.random.default_rng(5)
    z = np.zeros(5000)
    for i in range(1, z.size):
        z[i] = 0.6 * z[i - 1] + 0.8 * rng.normal()
    start_us = np.arange(z.size) * 3_600_000_000
    assert lag_correlation(z, start_us, 3600) == pytest.approx(0.6, abs=0.05)
    assert lag_correlation(z, start_us * 2, 3600) is None
    assert lag_correlation(rng.normal(size=5000), start_us, 3600) == pytest.approx(0.0, abs=0.05)
