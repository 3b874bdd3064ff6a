"""What the stories have in common: a calm policy, a leak, the shifts and who is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from alerts.machine import Rules
from alerts.outbox import ChannelRule
from alerts.policy import Policy
from alerts.shifts import Shifts
from alerts.stages.routed import MAINTENANCE, OPERATOR
from domain.alert import AlertKind, Condition
from domain.baseline import Severity
from domain.plant import Shift
from domain.ports import LedgerTx
from tests.alerts.builders import NOW, a_hotspot_condition
from tests.alerts.script import Deed

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR, DAY = 3600.0, 86_400.0
#: no reminders, no groups in time
CALM = Rules(repeat_s=None, group_wait_s=0, keep_s=60)
#: NOW is Sunday 09:40 in Hanoi: the morning shift works, 4 h 20 min to go
MORNING_ENDS_S = 4 * HOUR + 20 * 60
SHIFTS = (
    Shift("morning", frozenset(range(7)), time(6), time(14)),
    Shift("afternoon", frozenset(range(7)), time(14), time(22)),
    Shift("night", frozenset(range(7)), time(22), time(6)),
)
WORKING = Shifts(HANOI, SHIFTS)
LEAK = a_hotspot_condition("leak")
CHEAP = a_hotspot_condition("leak", cost_per_hour=30_000.0)  # a warning
MORNING = ChannelRule("morning", roles=frozenset({OPERATOR}), shifts=frozenset({"morning"}))
AFTERNOON = ChannelRule("afternoon", roles=frozenset({OPERATOR}), shifts=frozenset({"afternoon"}))
FITTER = ChannelRule("fitter", roles=frozenset({MAINTENANCE}))
CREW = (MORNING, AFTERNOON, FITTER)
NIGHT = ChannelRule("phone", quiet=(time(22), time(6)))
NIGHT_BEGINS_S, NIGHT_ENDS_S = 12 * HOUR + 1200, 20 * HOUR + 1200  # from Sunday 09:40


def calm(**changes: object) -> Policy:
    return Policy(**({"rules": CALM, "shifts": WORKING} | changes))  # type: ignore[arg-type]


def of(condition: Condition, deed: Callable[[LedgerTx, str, datetime], object]) -> Deed:
    return lambda tx, now: deed(tx, condition.fingerprint, now)


def a_silent(name: str, process: str, resource: str = "water") -> Condition:
    facts = {"meter": name, "process": process, "resource": resource}
    return Condition(AlertKind.SILENT_METER, f"silent/{name}", Severity.WARNING, NOW, 0, facts)
