"""The comparison of plain detectors: what it counts, and that each fault goes on from the quiet state."""

from __future__ import annotations

import doctest
from functools import cache

import numpy as np
import pytest

from bench import detection_days, detection_simple
from bench.detection_days import Series
from bench.detection_simple import (
    ALWAYS,
    DICE,
    KINDS,
    RULE,
    Fault,
    Outcomes,
    alarms_by_detector,
    compare,
    outcomes,
)

START, STEP = 200, 3.0


def series(seed: int, step: float = 0.0) -> Series:
    z = np.random.default_rng(seed).standard_normal(365)
    z[50:55] = np.nan
    z[START:] += step
    driver = np.random.default_rng(seed + 1000).standard_normal(365)
    driver[START:] += 2.0  # it is colder from then on
    return Series(z, 0.05 * z, driver)


@cache
def found(seed: int) -> Outcomes:
    faults = [Fault("step", START, series(seed, STEP)), Fault("none", START, series(seed))]
    return outcomes(series(seed), faults, 31, [seed])


def test_the_examples_in_the_words_are_right() -> None:
    for module in (detection_days, detection_simple):
        assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", KINDS)
def test_every_detector_finds_a_large_step_with_one_of_its_limits(name: str) -> None:
    delays = [dict(one.delays)["step"] for (other, _), one in found(1).items() if other == name]
    assert any(delay is not None and 0.0 < delay <= 31.0 for delay in delays)


@pytest.mark.parametrize("name", [*KINDS, RULE])
def test_what_happens_without_the_fault_is_not_credited_to_it(name: str) -> None:
    assert {dict(one.delays)["none"] for (other, _), one in found(1).items() if other == name} == {None}


def test_what_always_fires_finds_nothing_and_dice_find_little() -> None:
    assert dict(found(1)[ALWAYS, 0.0].delays)["step"] is None
    assert found(1)[ALWAYS, 0.0].false == 1
    assert {name for name, _ in found(1)} == {*KINDS, RULE, DICE, ALWAYS}


@pytest.mark.parametrize("name", KINDS)
def test_a_fault_is_judged_as_if_the_whole_year_had_been_seen(name: str) -> None:
    for limit in KINDS[name].limits:
        whole = alarms_by_detector(series(2, STEP), {name: limit})[name]
        quiet = alarms_by_detector(series(2), {name: limit})[name]
        first = min((a for a, _ in whole if START < a <= START + 31), default=None)
        on = first is not None and any(a <= first < b for a, b in quiet)
        delay = dict(found(2)[name, limit].delays)["step"]
        assert delay == (None if first is None or on else first - START)


def test_a_nearer_limit_never_gives_fewer_alarms_of_cusum() -> None:
    counts = [found(3)["CUSUM", limit].false for limit in KINDS["CUSUM"].limits]
    assert counts == sorted(counts, reverse=True)


def test_the_table_names_every_detector(capsys: pytest.CaptureFixture[str]) -> None:
    compare([found(1), found(2)], 1.0, 31)
    printed = capsys.readouterr().out
    assert all(name in printed for name in (*KINDS, RULE, DICE, ALWAYS))
    assert "step     none" in printed
