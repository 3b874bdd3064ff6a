"""The simulated plant: its arithmetic, its faults' sizes, and that the benchmark runs to its end."""

from __future__ import annotations

import doctest
from functools import cache

import numpy as np
import pytest

from bench import plant_detection
from bench.plant_detection import Job, episodes, examine, main
from bench.plant_report import FAULTS
from bench.plant_world import Stream, excess_of, inject, streams_of

DAY = 100


@cache
def stream() -> Stream:
    return streams_of(1, 3600, 1)[0]


def added(fault: str, size: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Return what the stream used, and what the fault adds to it from DAY on."""
    actual = stream().frame["actual"].fill_null(0.0).to_numpy()
    return actual, inject(stream(), actual, fault, DAY, size, "shift 1")


def test_the_examples_in_the_words_are_right() -> None:
    assert doctest.testmod(plant_detection).failed == 0


def test_alarms_less_than_a_week_apart_count_once() -> None:
    assert episodes([(22.0, 25.0), (1.0, 2.0), (8.0, 14.0)]) == 2
    assert episodes([]) == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_adds_nothing_before_it_starts_and_something_afterwards(fault: str) -> None:
    _, extra = added(fault)
    assert not extra[: DAY * 24].any()
    assert (extra[DAY * 24 :] >= 0.0).all()
    assert extra[DAY * 24 :].any()


def test_each_fault_has_the_size_and_the_place_that_its_name_promises() -> None:
    after, half = slice((DAY + 30) * 24, None), (DAY + 15) * 24
    actual, leak = added("leak")
    assert leak[after] == pytest.approx(0.1 * stream().level)
    assert added("ramp")[1][after] == pytest.approx(0.1 * stream().level)
    assert added("ramp")[1][half] == pytest.approx(0.05 * stream().level)
    assert added("specific")[1][after] == pytest.approx(0.1 * actual[after])
    on = stream().calendar["shift"].to_numpy()
    hit = added("shift")[1] > 0.0
    assert set(on[hit]) == {"shift 1"}
    assert not hit[on == "shift 2"].any()
    idle = added("idle")[1][after]
    calendar = stream().calendar
    rests = calendar["holiday"] | calendar["closed"]
    working = (calendar["shift"].is_not_null() & ~rests).to_numpy()[after]
    assert not idle[working].any()
    assert idle.max() == pytest.approx(0.1 * stream().level)


def test_the_variables_explain_the_works_and_not_its_noise() -> None:
    actual = stream().frame["actual"].to_numpy()
    excess = excess_of(stream(), actual)["excess"].to_numpy()
    unexplained = np.nanstd(excess) / np.nanstd(actual)
    assert 0.01 < unexplained < 0.5


def test_the_same_seed_shows_the_same_and_another_does_not() -> None:
    again, other = streams_of(1, 3600, 1)[0], streams_of(2, 3600, 1)[0]
    assert again.frame.equals(stream().frame)
    assert not other.frame["actual"].equals(stream().frame["actual"])


def test_what_always_fires_finds_nothing_and_every_fault_is_tried() -> None:
    (result,) = examine(Job(seed=1, size=0.5, streams=1))
    assert [case.fault for case in result.cases] == list(FAULTS)
    assert {case.delays["always fires"] for case in result.cases} == {None}
    found = {case.fault for case in result.cases if case.delays["judge"] is not None}
    assert "leak" in found
    assert len(found) >= len(FAULTS) - 1  # a false hotspot that is on at a fault's start hides it


def test_it_runs_and_prints_its_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "3", "--streams", "1", "--jobs", "1"]) == 0
    printed = capsys.readouterr().out
    assert "all streams: 1 meter-years, 5 faults" in printed
    assert "causes right" in printed
