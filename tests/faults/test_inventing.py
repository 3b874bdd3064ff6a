"""A client that invents meters; `make soak` invents a million."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.inventing import invent_meters


@pytest.mark.servers
@pytest.mark.fault(28)
def test_a_client_that_invents_meters_makes_no_more_series_than_the_cap(tmp_path: Path) -> None:
    outcome = invent_meters(tmp_path, names=20_000, cap=50, rate=300.0)
    print(*outcome.cells)
    assert outcome.broken == []
