"""Builders of alert data, and channels that remember what they were given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from alerts.conditions import Bands, hotspot_conditions
from alerts.figures import Letterhead
from alerts.machine import Event, Rules, Transition
from alerts.outbox import told
from domain.alert import Alert, AlertKind, AlertState, Condition, OutboxMessage
from domain.baseline import Severity
from domain.errors import WorldError
from domain.hotspot import Cause, Hotspot, HotspotKind
from domain.meter import Meter, MeterKind, PayloadRule, Variable
from domain.plant import Plant, Process
from domain.resource import Resource, ResourceKind
from domain.units import UNITS

#: Sunday 22 November 2026, 09:40 in Vietnam
NOW = datetime(2026, 11, 22, 2, 40, tzinfo=UTC)
BANDS = Bands(warning=20_000, critical=80_000)
#: no waiting: for tests that are about something else
PROMPT = Rules(keep_s=0, repeat_s=None, group_wait_s=0)


def after(seconds: float) -> datetime:
    """Return an instant so many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def a_meter(name: str, process: str = "dye_line_2", resource: str = "water", every_s: float = 10) -> Meter:
    """Return a counter."""
    return Meter(name, process, resource, MeterKind.COUNTER, UNITS["m3"], PayloadRule(name), every_s=every_s)


def a_variable(name: str, every_s: float | None = 60) -> Variable:
    """Return a production variable."""
    return Variable(name, MeterKind.DELTA, UNITS["kg"], PayloadRule(name), every_s=every_s)


def a_plant(*meters: Meter, variables: tuple[Variable, ...] = (), **changes: Any) -> Plant:
    """Return a dye works with two processes and these meters."""
    processes = {"dye_line_2": Process("dye_line_2", "Chuyền nhuộm 2"), "boiler": Process("boiler", "Lò hơi")}
    resources = {
        "water": Resource("water", "Water", ResourceKind.WATER, "m3"),
        "electricity": Resource("electricity", "Electricity", ResourceKind.ENERGY, "kWh"),
        "caustic": Resource("caustic", "Xút", ResourceKind.MATERIAL, "kg"),
    }
    plant = Plant(
        name="Song Hong dye works",
        timezone=ZoneInfo("Asia/Ho_Chi_Minh"),
        country="VN",
        currency="VND",
        language="vi",
        interval_s=900,
        resources=resources,
        processes=processes,
        meters={meter.id: meter for meter in meters},
        variables={variable.id: variable for variable in variables},
    )
    return replace(plant, **changes)


def a_hotspot(name: str = "h1", **changes: Any) -> Hotspot:
    """Return an open water leak of eight hours: 4.1 m3/h, 46 % over expected, 98 000 dong an hour."""
    spot = Hotspot(
        id=name,
        process="dye_line_2",
        resource="water",
        kind=HotspotKind.DRIFT,
        detector="cusum",
        since=NOW - timedelta(hours=8),
        detected_at=NOW - timedelta(hours=6),
        judged_until=NOW,
        ended_at=None,
        unit="m3",
        excess_per_hour=4.1,
        expected_per_hour=8.9,
        excess_total=32.8,
        currency="VND",
        cost_per_hour=98_000.0,
        cost_total=786_000.0,
        kg_co2e_per_hour=1.4,
        kg_co2e_total=11.2,
        cause=Cause.BASE_LOAD_UP,
        confidence=0.71,
        evidence={},
    )
    return replace(spot, **changes)


def a_standing_hotspot(name: str = "h1") -> Hotspot:
    """Return a hotspot that was closed because its excess has come to stay."""
    return a_hotspot(name, ended_at=after(60), evidence={"goes_on": True})


def a_hotspot_condition(name: str = "h1", **changes: Any) -> Condition:
    """Return the condition of a hotspot."""
    return hotspot_conditions([a_hotspot(name, **changes)], a_plant(), BANDS)[0]


def elsewhere(name: str, **changes: Any) -> Condition:
    """Return the condition of a hotspot at a process of its own, which nothing else has to do with."""
    return a_hotspot_condition(name, process=f"at_{name}", **changes)


def a_condition(key: str = "store", hold_s: float = 0, **changes: Any) -> Condition:
    """Return an infrastructure condition."""
    condition = Condition(
        AlertKind.INFRASTRUCTURE, key, Severity.CRITICAL, NOW, hold_s, {"problem": key, "text": "refused"}
    )
    return replace(condition, **changes)


def an_alert(condition: Condition, state: AlertState, **changes: Any) -> Alert:
    """Return an alert of this condition, told to mail if it has fired."""
    fired = None if state is AlertState.PENDING else NOW
    alert = Alert(
        condition.fingerprint, 1, condition.kind, condition.key, condition.severity, state, condition.since,
        pending_at=NOW, fired_at=fired, resolved_at=None, reason="", notified_at=fired, facts=condition.facts,
    )  # fmt: skip
    if fired:
        alert = replace(alert, told=told(Transition(alert, Event.FIRING, ""), ["mail"], NOW))
    return replace(alert, **changes)


def a_message(key: str = "f1/1/firing/mail", **changes: Any) -> OutboxMessage:
    """Return an outbox message that nobody renders."""
    fingerprint, _, event, channel = key.split("/")[:4]
    message = OutboxMessage(key, fingerprint, 1, 1, channel, event, {}, NOW, NOW)
    return replace(message, **changes)


def a_letterhead(language: str = "vi", **changes: Any) -> Letterhead:
    """Return the dye works' letterhead."""
    head = Letterhead(
        "Song Hong dye works", ZoneInfo("Asia/Ho_Chi_Minh"), "VND", language, "https://cp.plant.lan"
    )
    return replace(head, **changes)


def events(bodies: list[OutboxMessage]) -> list[str]:
    """Return the messages' events."""
    return [message.event for message in bodies]


@dataclass
class RecordingChannel:
    """A channel that takes everything, or fails as it is told to."""

    name: str = "mail"
    taken: list[OutboxMessage] = field(default_factory=list)
    tries: list[str] = field(default_factory=list)
    trouble: Callable[[OutboxMessage], WorldError | None] = lambda _: None

    def send(self, message: OutboxMessage) -> None:
        self.tries.append(message.dedup_key)
        trouble = self.trouble(message)
        if trouble is not None:
            raise trouble
        self.taken.append(message)

    def subjects(self) -> list[Mapping[str, Any]]:
        """Return every alert told, group messages opened, in order."""
        return [item for message in self.taken for item in message.body.get("items", [message.body])]
