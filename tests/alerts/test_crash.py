"""Alerts on the real ledger: kill -9 at every point, and the same story as in memory."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from alerts.machine import Rules
from alerts.outbox import ChannelRule
from alerts.outbox_health import outbox_health
from alerts.signing import why_not_genuine
from domain.baseline import Severity
from domain.ports import Ledger
from store.ledger import SqlLedger
from tests.alerts.builders import a_condition, a_hotspot_condition, after
from tests.alerts.channels.receivers import a_mail_server, a_webhook
from tests.alerts.crashing import main
from tests.alerts.ledgers import ledger_url, postgres
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.timetable import Timetable, between, both

__all__ = ["ledger_url", "postgres"]

REPOSITORY = Path(__file__).parents[2]
KEY = f"{a_hotspot_condition().fingerprint}/1/firing/hook"


def run(url: str, port: int, point: str, kind: str) -> int:
    """Run the plant's alerts in a process of its own; return its exit code."""
    argv = [sys.executable, "-m", "tests.alerts.crashing", url, str(port), point, kind]
    return subprocess.run(argv, cwd=REPOSITORY, timeout=60, check=False).returncode


POINTS = [("deciding", 1), ("before_send", 1), ("before_record", 2), ("while_recording", 2)]


@pytest.mark.fault(32)
@pytest.mark.parametrize(("point", "arrivals"), POINTS)
def test_killed_at_any_point_a_message_arrives_once_or_twice_under_one_key(
    point: str, arrivals: int, ledger_url: str
) -> None:
    with a_webhook() as hook:
        assert run(ledger_url, hook.port, point, "webhook") == -signal.SIGKILL
        for _ in range(2):  # the restarted plant, twice
            main(ledger_url, hook.port, "never", "webhook")
        assert hook.keys() == [KEY] * arrivals
    for _, headers, body in hook.requests:
        assert why_not_genuine("s3cret", headers, body, datetime.now(UTC)) is None


@pytest.mark.fault(32)
@pytest.mark.parametrize(("point", "arrivals"), POINTS)
def test_killed_at_any_point_a_mail_arrives_once_or_twice_under_one_key(
    point: str, arrivals: int, ledger_url: str
) -> None:
    with a_mail_server() as box:
        assert run(ledger_url, box.port, point, "mail") == -signal.SIGKILL
        for _ in range(2):
            main(ledger_url, box.port, "never", "mail")
    keys = [message_from_bytes(mail)["Idempotency-Key"] for mail in box.mails]
    assert keys == [KEY] * arrivals


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
