"""Readings taken in together leave what they leave one by one, and what is not plain is left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rules.memory import MeterMemory, copy_of
from analytics.rules.plain import take_plain
from analytics.rules.rows import Point
from analytics.rules.watch import Watched, open_spells, watch_points
from domain.rule import RuleKind
from tests.analytics.rules_builders import a_meter, a_rule, a_watched

FIGURES: list[dict[str, float]] = [
    {},
    {"min": 0.0, "max": 60.0},
    {"min": -5.0},
    {"max_step": 20.0},
    {"max_rate": 600.0},
]
VALUES = st.sampled_from([0.0, -0.0, -1.0, 5.0, 10.0, 10.5, 30.0, 55.0, 61.0, 100.0, 65535.0, float("nan")])
STEPS = st.sampled_from([0, 1, 30_000_000, 60_000_000, 3_600_000_000])


@st.composite
def watched_ones(draw: st.DrawFn) -> Watched:
    kind = draw(st.sampled_from(["counter", "gauge", "delta"]))
    given: dict[str, Any] = {"every_s": draw(st.sampled_from([None, 60.0]))}
    if kind == "counter":
        given["rollover"] = draw(st.sampled_from([None, 100.0]))
    meter = a_meter(kind, draw(st.sampled_from(["water", "electricity"])), **given)
    usable = [figures for figures in FIGURES if fits(kind, figures)]
    rules = [a_rule(RuleKind.IMPLAUSIBLE, **draw(st.sampled_from(usable)))]
    if draw(st.booleans()):
        rules.append(a_rule(RuleKind.FROZEN_AT_LIMIT, high=55.0))
    return a_watched(meter, *rules)


def fits(kind: str, figures: dict[str, float]) -> bool:
    return "max_rate" not in figures if kind == "gauge" else "max_step" not in figures


@given(watched_ones(), st.lists(st.lists(st.tuples(STEPS, VALUES), max_size=6), max_size=8))
def test_together_is_as_one_by_one(one: Watched, parts: list[list[tuple[int, float]]]) -> None:
    apart, together = MeterMemory(0, 0), MeterMemory(0, 0)
    at, told = 1_000_000, ([], [])  # type: tuple[int, tuple[list[Any], list[Any]]]
    for part in parts:
        times = [at := at + step for step, _ in part]
        points = [Point(time, value) for time, (_, value) in zip(times, part, strict=True)]
        told[0].extend(watch_points(apart, one, points))
        values = np.array([point.value for point in points], dtype=np.float64)
        if not take_plain(together, one, np.array(times, dtype=np.int64), values):
            told[1].extend(watch_points(together, one, points))
        assert repr(together) == repr(apart)
    assert repr(told[1]) == repr(told[0])
    assert repr(open_spells(together, one)) == repr(open_spells(apart, one))


@pytest.mark.parametrize(
    ("kind", "figures", "values"),
    [
        ("gauge", {"min": 0.0, "max": 50.0}, [10.0, 51.0]),
        ("gauge", {"min": 5.0, "max": 50.0}, [10.0, 4.0]),
        ("gauge", {"max_step": 5.0}, [10.0, 16.0]),
        ("gauge", {}, [100.0, -3.0]),
        ("gauge", {}, [100.0, float("nan")]),
        ("counter", {"max_rate": 60.0}, [10.0, 12.0]),
        ("counter", {}, [10.0, 1e7]),
        ("delta", {"max_rate": 60.0}, [0.5, 1.1]),
    ],
)
def test_what_is_not_plain_changes_nothing(kind: str, figures: dict[str, float], values: list[float]) -> None:
    meter = a_meter(kind, rollover=1e6 if kind == "counter" else None)
    one = a_watched(meter, a_rule(RuleKind.IMPLAUSIBLE, **figures))
    memory = MeterMemory(0, 0)
    before = copy_of(memory)
    times = np.array([60_000_000, 120_000_000])
    assert not take_plain(memory, one, times, np.array(values))
    assert memory == before
    assert take_plain(memory, one, times[:1], np.array(values[:1]))
    assert (memory.points_us, memory.implausible.last) == (60_000_000, values[0])


def test_while_a_hotspot_is_open_no_reading_is_plain() -> None:
    one = a_watched(a_meter("gauge"), a_rule(RuleKind.IMPLAUSIBLE, max=50.0))
    memory = MeterMemory(0, 0)
    assert watch_points(memory, one, [Point(60_000_000, 99.0)]) == []
    assert not take_plain(memory, one, np.array([120_000_000]), np.array([10.0]))
