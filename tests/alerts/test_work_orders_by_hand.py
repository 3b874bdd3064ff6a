"""Work that a person orders from an alert: made once in the maintenance system, which hears of the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alerts.channels.work_order import OrderBook, WorkOrderChannel
from alerts.deliver import deliver
from alerts.evaluate import evaluate
from alerts.machine import Rules
from alerts.outbox import ChannelRule
from alerts.working import finish_work, order_work
from domain.baseline import Severity
from store.ledger import SqlLedger
from tests.alerts.builders import NOW, a_hotspot_condition, a_letterhead, after
from tests.alerts.channels.receivers import a_webhook

LEAK = a_hotspot_condition("leak", cost_per_hour=30_000.0)
#: the maintenance system gets orders of critical alerts by itself; this one is a warning
CHANNELS = (ChannelRule("mail"), ChannelRule("cmms", min_severity=Severity.CRITICAL))
RULES = Rules(keep_s=0, repeat_s=None, group_wait_s=0)


@pytest.fixture
def ledger(tmp_path: Path) -> SqlLedger:
    made = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    made.migrate()
    return made


def test_an_order_by_hand_is_made_once_and_hears_that_its_alert_is_over(ledger: SqlLedger) -> None:
    evaluate(ledger, [replace(LEAK, hold_s=0)], NOW, RULES, CHANNELS)
    with a_webhook() as hook:
        cmms = WorkOrderChannel("cmms", hook.url, "k", a_letterhead(), book=OrderBook())
        for minute in (1, 2):
            with ledger.begin() as tx:
                order_work(tx, LEAK.fingerprint, "thay van", None, "lan", after(60 * minute), ("cmms",))
                finish_work(tx, LEAK.fingerprint, "đã thay", "minh", after(60 * minute + 30))
            deliver(ledger, {"cmms": cmms}, after(60 * minute + 40))
        assert [body["event"] for body in hook.bodies()] == ["firing"]
        evaluate(ledger, [], after(600), RULES, CHANNELS)
        deliver(ledger, {"cmms": cmms}, after(601))
        assert [body["event"] for body in hook.bodies()] == ["firing", "resolved"]
    assert len({body["key"] for body in hook.bodies()}) == 1
    ledger.close()


def test_work_can_be_ordered_when_the_alert_is_over(ledger: SqlLedger) -> None:
    evaluate(ledger, [replace(LEAK, hold_s=0)], NOW, RULES, CHANNELS)
    evaluate(ledger, [], after(600), RULES, CHANNELS)
    with a_webhook() as hook:
        with ledger.begin() as tx:
            order_work(tx, LEAK.fingerprint, "thay van", None, "lan", after(700), ("cmms",))
        cmms = WorkOrderChannel("cmms", hook.url, "k", a_letterhead(), book=OrderBook())
        deliver(ledger, {"cmms": cmms}, after(701))
        assert [body["event"] for body in hook.bodies()] == ["firing"]
    ledger.close()
