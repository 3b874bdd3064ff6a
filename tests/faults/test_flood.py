"""A meter that floods costs the others nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.flood import flood_from_one_meter


@pytest.mark.servers
@pytest.mark.fault(31)
def test_a_flood_from_one_meter_costs_no_reading_of_the_others(tmp_path: Path) -> None:
    outcome = flood_from_one_meter(tmp_path, rate=4000.0, probes=4)
    print(*outcome.cells)
    assert outcome.broken == []
