"""A broker that restarts again and again; `make soak` restarts it 200 times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.restarts import restart_the_broker


@pytest.mark.servers
@pytest.mark.fault(14)
def test_no_thread_no_file_and_no_memory_is_left_behind_by_lost_connections(tmp_path: Path) -> None:
    outcome = restart_the_broker(tmp_path, times=8)
    print(*outcome.cells)
    assert outcome.broken == []
