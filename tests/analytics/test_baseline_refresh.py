"""When a baseline should be made again: proposed with its reason, and never while a hotspot is open."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from analytics.baseline import needs_refresh
from domain.baseline import Baseline, Severity
from domain.plant import Plant, Process
from tests.analytics.baseline_builders import MONDAY, OUTPUT, a_frame, a_plant, fitted, noise, week

N = 8 * 168
END = MONDAY + timedelta(hours=N)
SOON = END + timedelta(weeks=4)


def a_recent(scale: float = 1.0, output: float = 1.0, weeks: int = 4) -> pl.DataFrame:
    """Return the weeks after the period: use and output as before, times a factor."""
    n = weeks * 168
    made = output * np.where(week(n) > 30, 100 + noise(n, 20, 9), 0.0)
    return a_frame(scale * (20 + 0.3 * made) + noise(n, 1.0, 8), {OUTPUT: made}, start=END)


@pytest.fixture(scope="module")
def plant() -> Plant:
    return a_plant(OUTPUT)


@pytest.fixture(scope="module")
def baseline(plant: Plant) -> Baseline:
    made = np.where(week(N) > 30, 100 + noise(N, 20, 3), 0.0)
    return fitted(a_frame(20 + 0.3 * made + noise(N, 1.0), {OUTPUT: made}), plant)


def test_a_baseline_that_still_fits_is_left_alone(baseline, plant):
    assert needs_refresh(baseline, a_recent(), plant, SOON, open_hotspots=False) is None


def test_a_year_after_its_period_it_is_old(baseline, plant):
    on_time, late = END + timedelta(days=365), END + timedelta(days=366)
    assert needs_refresh(baseline, a_recent(), plant, on_time, open_hotspots=False) is None
    finding = needs_refresh(baseline, a_recent(), plant, late, open_hotspots=False)
    assert (finding.kind, finding.evidence) == ("old_baseline", {"days": 366, "limit_days": 365})


@pytest.mark.parametrize(("scale", "sign"), [(1.2, 1), (0.8, -1)])
def test_a_lasting_difference_without_a_hotspot_means_that_the_process_changed(baseline, plant, scale, sign):
    finding = needs_refresh(baseline, a_recent(scale), plant, SOON, open_hotspots=False)
    assert finding.kind == "static_drift"
    assert finding.evidence["drift_pct"] == pytest.approx(20 * sign, abs=2)
    json.dumps(dict(finding.evidence))


def test_a_difference_of_less_than_a_tenth_is_not_one(baseline, plant):
    assert needs_refresh(baseline, a_recent(1.08), plant, SOON, open_hotspots=False) is None


def test_less_than_two_weeks_say_nothing_about_the_present(baseline, plant):
    assert needs_refresh(baseline, a_recent(1.5, weeks=1), plant, SOON, open_hotspots=False) is None
    nothing = a_recent().clear()
    assert needs_refresh(baseline, nothing, plant, SOON, open_hotspots=False) is None


def test_output_outside_the_range_that_was_learned_from_asks_for_a_new_model(baseline, plant):
    finding = needs_refresh(baseline, a_recent(output=2.5), plant, SOON, open_hotspots=False)
    assert finding.kind == "out_of_range"
    assert finding.severity is Severity.WARNING
    assert finding.evidence["variable"] == OUTPUT
    assert finding.evidence["outside"] > 0.25


def test_nothing_is_proposed_while_a_hotspot_is_open(baseline, plant):
    long_after = END + timedelta(days=800)
    assert needs_refresh(baseline, a_recent(1.5, 2.0), plant, long_after, open_hotspots=True) is None


def test_a_variable_that_the_process_no_longer_names_asks_for_a_new_model(baseline, plant):
    changed = replace(plant, processes={"line": Process("line", "Line")})
    finding = needs_refresh(baseline, a_recent(), changed, SOON, open_hotspots=False)
    assert (finding.kind, finding.evidence) == ("variable_missing", {"variables": [OUTPUT]})


def test_another_interval_asks_for_a_new_model(baseline, plant):
    changed = replace(plant, interval_s=900)
    assert needs_refresh(baseline, a_recent(), changed, SOON, open_hotspots=False).kind == "interval_changed"
