"""Accuracy on real buildings in the year after the one learned from; `bench.baseline` runs all of them."""

from __future__ import annotations

import statistics

import pytest

from bench.baseline import CASES, campus, frames_of, score
from tests.analytics.baseline_builders import DATA

EVERY = 4  # every fourth meter: large and small, regular and odd


@pytest.fixture(scope="module")
def scores():
    folder = DATA / "cambridge"
    if not folder.is_dir():
        pytest.skip(f"no {folder}: set WASTENOT_DATA to the folder of the shared data")
    frames = list(frames_of(folder, CASES[0]))[::EVERY]
    return [score(frame, CASES[0].learned, campus()) for _, frame in frames]


def test_every_meter_gets_a_baseline(scores):
    assert len(scores) == 8
    assert None not in scores


def test_the_next_year_is_expected_better_than_by_the_hour_of_the_week(scores):
    ours = statistics.median(one.ours.cvrmse_pct for one in scores)
    naive = statistics.median(one.naive.cvrmse_pct for one in scores)
    daily = statistics.median(one.ours.cvrmse_daily_pct for one in scores)
    assert ours < 0.85 * naive
    assert ours <= 18.0
    assert daily <= 13.0


def test_no_meter_is_expected_much_worse_than_by_the_hour_of_the_week(scores):
    assert all(one.ours.cvrmse_pct < 1.15 * one.naive.cvrmse_pct for one in scores)


def test_cross_validation_says_roughly_how_wrong_the_next_year_will_be(scores):
    shares = sorted(one.ours.cvrmse_pct / one.cross_validated.cvrmse_pct for one in scores)
    assert 0.85 < statistics.median(shares) < 1.5
