"""A meter on another scale is told from what a process can do itself."""

from __future__ import annotations

import numpy as np
import pytest

from domain.hotspot import Cause
from tests.analytics.drift_builders import World, actual_of, frames_of, judged


@pytest.mark.parametrize("shifts", [True, False])
@pytest.mark.parametrize(("factor", "days"), [(10.0, 22), (10.0, 30), (4.0, 22), (0.1, 24), (0.25, 30)])
def test_another_scale_is_told_as_that_with_its_factor(factor: float, days: int, shifts: bool) -> None:
    found = judged(World("proportional", factor - 1.0, days=days, shifts=shifts))[1][-1]
    assert found.cause is Cause.METER_SCALE
    assert 1.0 + found.evidence["share_of_expected"] == pytest.approx(factor, rel=0.05)


@pytest.mark.parametrize(
    ("fault", "size", "cause"),
    [
        ("proportional", 1.5, Cause.PROPORTIONAL),
        ("leak", 3.0, Cause.BASE_LOAD_UP),
        ("leak", 30.0, Cause.BASE_LOAD_UP),
        ("night", 4.0, Cause.OUT_OF_HOURS),
        ("late_shift", 5.0, Cause.ONE_SHIFT),
        ("proportional", -0.5, Cause.USE_DOWN),
    ],
)
def test_a_loss_however_large_is_no_other_scale(fault: str, size: float, cause: Cause) -> None:
    assert judged(World(fault, size))[1][-1].cause is cause


def test_a_line_that_only_stands_by_is_no_other_scale() -> None:
    world = World()
    actual = actual_of(world)
    rows = world.hours >= world.onset_h
    actual[rows] = (
        0.15 * world.expected.mean() * (1.0 + 0.1 * np.random.default_rng(1).normal(size=rows.sum()))
    )
    assert judged(world, actual)[1][-1].cause is Cause.USE_DOWN


def test_where_every_hour_is_expected_alike_nobody_can_tell_a_scale_from_a_leak() -> None:
    class Flat(World):
        @property
        def expected(self) -> np.ndarray:
            return np.full(self.hours.size, 25.0)

    world = Flat("proportional", 9.0)
    assert frames_of(world)[0]["expected"].n_unique() == 1
    assert judged(world)[1][-1].cause is Cause.BASE_LOAD_UP
