"""kill -9 under load, at a size for every day; `make soak` runs 100,000 and a million messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.kills import kill_influxd, kill_the_collector

pytestmark = pytest.mark.servers


@pytest.mark.fault(1)
def test_a_collector_that_is_killed_loses_nothing_and_repeats_little(tmp_path: Path) -> None:
    outcome = kill_the_collector(tmp_path, messages=20_000, kills=4, rate=4000.0)
    assert outcome.broken == []


@pytest.mark.fault(2)
def test_an_influxd_that_is_killed_has_every_reading_once_in_the_end(tmp_path: Path) -> None:
    outcome = kill_influxd(tmp_path, messages=40_000, kills=3, rate=8000.0)
    assert outcome.broken == []
