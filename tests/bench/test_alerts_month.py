"""The benchmark of a month of alerts, on three streams and three days with a leak in them."""

from __future__ import annotations

import time
from datetime import timedelta

from bench.alerts_month import judged_by_step, lived
from bench.alerts_told import per_shift, report
from bench.alerts_world import world_of
from ingest.simulator.faults import FaultKind

ONLY = {("dye_line_1", "water"), ("dye_line_2", "electricity"), ("compressors", "electricity")}
HOUR, DAYS = timedelta(hours=1), 3


def test_a_leak_is_told_in_three_days_of_the_simulated_works() -> None:
    world = world_of(1, DAYS, timedelta(days=21), ONLY)
    assert len(world.streams) == len(world.faults) == 3
    month = lived(1, world, judged_by_step(world, DAYS, HOUR), time.monotonic(), DAYS, HOUR)
    told = [delay for fault, delay in month.found.items() if fault.kind is FaultKind.LEAK and delay]
    assert [delay for delay in told if delay < timedelta(days=1)]
    assert month.false == []
    assert 0.0 < per_shift(month, DAYS, reports=True) < 2.0
    assert "faults told:" in report([month])
