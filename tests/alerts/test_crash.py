"""Alerts on the real ledger: kill -9 at every point, and the same story as in memory."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from alerts.deliver import outbox_health
from alerts.machine import Rules
from alerts.outbox import ChannelRule
from domain.baseline import Severity
from domain.ports import Ledger
from store.ledger import SqlLedger
from tests.alerts.builders import a_condition, a_hotspot_condition, after
from tests.alerts.channels.receivers import a_webhook
from tests.alerts.crashing import main
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.timetable import Timetable, between, both

REPOSITORY = Path(__file__).parents[2]
KEY = f"{a_hotspot_condition().fingerprint}/1/firing/hook"


def run(ledger: Path, port: int, point: str) -> int:
    """Run the plant's alerts in a process of its own; return its exit code."""
    argv = [sys.executable, "-m", "tests.alerts.crashing", f"sqlite:///{ledger}", str(port), point]
    return subprocess.run(argv, cwd=REPOSITORY, timeout=60, check=False).returncode


@pytest.mark.parametrize(
    ("point", "arrivals"),
    [("deciding", 1), ("before_send", 1), ("before_record", 2), ("while_recording", 2)],
)
def test_killed_at_any_point_a_message_arrives_once_or_twice_under_one_key(
    point: str, arrivals: int, tmp_path: Path
) -> None:
    with a_webhook() as hook:
        assert run(tmp_path / "ledger.db", hook.port, point) == -signal.SIGKILL
        for _ in range(2):  # the restarted plant, twice
            main(f"sqlite:///{tmp_path / 'ledger.db'}", hook.port, "never")
        assert hook.keys() == [KEY] * arrivals


def a_day(ledger: Ledger) -> Timetable:
    many = [a_hotspot_condition(f"h{number}", excess_per_hour=float(number)) for number in range(9)]
    plan = both(
        between(0, 300, *many[:2]),
        between(200, 900, *many),
        between(400, 1200, a_condition("store", hold_s=30)),
        between(1600, 1700, many[3]),
    )
    channels = [ChannelRule("mail"), ChannelRule("phone", Severity.CRITICAL, group_above=2)]
    return Timetable(plan, Rules(keep_s=60, repeat_s=500), channels, every_s=20, ledger=ledger)


def in_order(day: Timetable, channel: str) -> list[Mapping[str, Any]]:
    return sorted(day.notifiers[channel].subjects(), key=lambda item: str(item["dedup_key"]))


def test_the_real_ledger_tells_the_same_story_as_the_one_in_memory(tmp_path: Path) -> None:
    stored = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    stored.migrate()
    memory = MemoryLedger()
    told, remembered = a_day(stored), a_day(memory)
    assert sorted(told.run(2400)) == sorted(remembered.run(2400))  # one instant's alerts have no order
    for name in ("mail", "phone"):
        assert in_order(told, name) == in_order(remembered, name)
    with stored.begin() as tx, memory.begin() as other:
        assert sorted(tx.alerts(), key=lambda alert: alert.key) == sorted(
            other.alerts(), key=lambda alert: alert.key
        )
        assert len(tx.audit_trail(limit=10_000)) == len(other.audit_trail(limit=10_000))
    assert outbox_health(stored, after(2400)) == outbox_health(memory, after(2400))
    stored.close()
