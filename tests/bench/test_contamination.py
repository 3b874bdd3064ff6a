"""Leaks and an outage inside a real training year: found, left out, reported; the next year is fine."""

from __future__ import annotations

import statistics

import polars as pl
import pytest

from bench.baseline import CASES, DATA, campus, frames_of
from bench.contamination import FAULTS, contaminated, outcome


@pytest.fixture(scope="module")
def frames():
    folder = DATA / "cambridge"
    if not folder.is_dir():
        pytest.skip(f"no {folder}: set WASTENOT_DATA to the folder of the shared data")
    return [frame for _, frame in frames_of(folder, CASES[1])][2::6]


def test_most_faults_are_left_out_and_the_next_year_is_expected_as_if_they_had_not_been(frames):
    found = [one for seed, frame in enumerate(frames) if (one := outcome(frame, 2018, campus(), seed))]
    assert len(found) == len(frames)
    shares = [share for one in found for share in one.left_out]
    assert statistics.mean(share >= 0.5 for share in shares) >= 0.75
    worse = [one.contaminated / one.clean for one in found]
    assert statistics.median(worse) == pytest.approx(1.0, abs=0.03)
    assert max(worse) < 1.15


def test_the_faults_are_where_they_are_said_to_be(frames):
    before = frames[0].filter(pl.col("start").dt.year() == 2018)
    spoilt, places = contaminated(before, 1)
    changed = (spoilt["actual"] - before["actual"]).fill_null(0.0)
    mean = before["actual"].mean()
    for fault, (first, last) in zip(FAULTS, places, strict=True):
        assert last - first == fault.hours
        inside = changed[first:last].filter(before["actual"][first:last].is_not_null())
        if fault.adds:
            assert inside.to_list() == pytest.approx([fault.adds * mean] * inside.len())
        else:
            assert (inside <= 0.0).all()
    inside_any = sum(fault.hours for fault in FAULTS)
    assert (changed != 0.0).sum() <= inside_any
