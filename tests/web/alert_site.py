"""A site with two open alerts: a leak, and a silent meter whose name is no friend."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.chart import Curve
from alerts.figures import Letterhead
from alerts.shifts import Shifts
from app.alert_actions import AlertActions
from app.alert_pages import AlertReader
from domain.alert import Alert, AlertKind, AlertState
from domain.baseline import Severity
from tests.web.site import START, Built, a_ground, a_site, the_plant
from web.api.alert_story import alert_story_endpoints
from web.api.endpoint import api_pages
from web.pages.alert import alert_pages
from web.pages.now import now_pages
from web.pages.plant import ProcessState, StreamState

STREAM = StreamState("water", "Water", "m3", 12.0, 8.0, 97_834.0, START - timedelta(hours=8), None)
PROCESS = ProcessState("dye", "Chuyền nhuộm <2>", (), (), (STREAM,))


def an_alert(fingerprint: str, meter: str) -> Alert:
    return Alert(
        fingerprint=fingerprint, episode=1, kind=AlertKind.SILENT_METER, key=f"silent/{meter}",
        severity=Severity.WARNING, state=AlertState.FIRING, since=START - timedelta(hours=1),
        pending_at=START, fired_at=START, resolved_at=None, reason="holds", notified_at=None,
        facts={"meter": meter, "last_seen": None, "every_s": 10.0},
    )  # fmt: skip


def no_curve(_process: str, _resource: str, _start: datetime, _end: datetime) -> None:
    return None


def a_curve(_process: str, _resource: str, start: datetime, _end: datetime) -> Curve:
    starts = [start + timedelta(hours=number) for number in range(30)]
    actual = [None if number == 3 else 8.0 + number for number in range(30)]
    return Curve(starts, actual, [8.0] * 30, "m3", 3600.0, [7.0] * 30, [9.0] * 30)


def a_leak(fingerprint: str, process: str = "dye_line_2") -> Alert:
    facts = {
        "hotspot_kind": "drift", "process": process, "process_name": "Dye <b>2</b>", "resource": "water",
        "resource_name": "Water", "resource_kind": "water", "unit": "m3", "currency": "VND", "pct": 46.0,
        "since": (START - timedelta(hours=8)).isoformat(), "judged_until": START.isoformat(),
        "excess_per_hour": 4.1, "expected_per_hour": 8.9, "excess_total": 33.0, "cost_per_hour": 97_834.0,
        "cost_total": 786_000.0, "kg_co2e_per_hour": 1.2, "kg_co2e_total": 9.6, "cause": "base_load_up",
        "confidence": 0.87, "path": ["Supply", "Dye 2"], "meters": ["dye_line_2.water"],
        "evidence": {
            "production_per_hour": 4.0, "off_hours_per_hour": 4.2, "interval_per_hour": [3.2, 5.0],
            "unexplained": {"base_load_up": 0.1, "slow_rise": 0.4, "one_shift": 0.95},
        },
    }  # fmt: skip
    return replace(an_alert(fingerprint, "x"), kind=AlertKind.HOTSPOT, key=f"hotspot/{process}", facts=facts)


def an_alert_site() -> Built:
    """Return a site with an open leak (1eac) and a silent meter (f00d)."""
    ground = a_ground()
    with ground.ledger.begin() as tx:
        tx.save_alert(an_alert("f00d", "<img src=x onerror=alert(1)>"))
        tx.save_alert(a_leak("1eac"))
    reader = AlertReader(
        ground.ledger,
        ground.clock,
        lambda one: Letterhead("Sông Hồng", ZoneInfo("Asia/Ho_Chi_Minh"), "VND", one),
        the_plant(),
        a_curve,
    )
    actions = AlertActions(ground.ledger, ground.clock, Shifts(ZoneInfo("Asia/Ho_Chi_Minh")))
    pages = (
        *alert_pages(reader.read, actions, ground.clock.now),
        *now_pages(lambda: [PROCESS], reader.open, ground.clock.now),
        *api_pages(alert_story_endpoints(reader.read, actions)),
    )
    return a_site(pages, ground=ground)
