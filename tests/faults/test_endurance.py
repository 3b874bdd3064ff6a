"""Load with one fault after the other; `make soak` does it for an hour."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.endurance import FAULTS, endure


@pytest.mark.fault(38)
@pytest.mark.servers
@pytest.mark.slow
def test_whatever_happens_every_acknowledged_message_is_stored_once_and_work_goes_on(tmp_path: Path) -> None:
    outcome = endure(tmp_path, minutes=1 / 3, rate=1000.0, every_s=20.0 / len(FAULTS))
    print(*outcome.cells)
    assert outcome.broken == []
