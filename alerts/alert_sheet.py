"""What is said about one alert, firing or resolved: its kind's sheet, first checks, and link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from alerts import figures
from alerts.checks import first_checks
from alerts.figures import Letterhead
from alerts.hotspot_sheet import hotspot_lines, hotspot_title, hotspot_totals
from alerts.machine import Event, Note
from alerts.sheet import Sheet, headline, place_name, resource_name, since_instant
from alerts.trouble_sheet import (
    infrastructure_lines,
    infrastructure_title,
    silent_meter_lines,
    silent_meter_title,
    trouble_name,
)
from alerts.words import N_, words
from domain.alert import AlertKind
from domain.hotspot import HotspotKind

_NOTES = {
    Note.WORSE: N_("Getting worse: far more per hour than in the last message."),
    Note.MORE_SEVERE: N_("More serious than in the last message."),
    Note.REMINDER: N_("Reminder: still open, and nobody has acknowledged it."),
    Note.ESCALATED: N_("Passed on to you: nobody has acknowledged it."),
    Note.SNOOZE_OVER: N_("The snooze is over, and it is still open."),
}
#: who goes and looks; for the others the first checks are only in the way
CHECKERS = {"operator", "maintenance"}
_TITLES = {
    AlertKind.HOTSPOT: hotspot_title,
    AlertKind.SILENT_METER: silent_meter_title,
    AlertKind.INFRASTRUCTURE: infrastructure_title,
}
_LINES = {
    AlertKind.HOTSPOT: hotspot_lines,
    AlertKind.SILENT_METER: silent_meter_lines,
    AlertKind.INFRASTRUCTURE: infrastructure_lines,
}


def alert_sheet(item: Mapping[str, Any], head: Letterhead, now: datetime) -> Sheet:
    """Return what is said about one alert.

    Args:
        item: an outbox message's body, its texts inert.
        now: when it was decided; spans are counted up to then.
    """
    sheet = Sheet(alert_title(item, head), (), alert_link(item, head), foot=head.plant)
    kind, facts, _ = AlertKind(item["kind"]), item["facts"], words(head.language).gettext
    if item["event"] == Event.RESOLVED:
        totals = hotspot_totals(facts, head) if kind is AlertKind.HOTSPOT else ()
        return replace(sheet, lines=(_lasted(item, head, now), *totals))
    note = (_(_NOTES[Note(item["note"])]),) if item["note"] else ()
    lines = (*note, *_LINES[kind](item, head, now))
    sheet = replace(sheet, lines=lines, deeds=_deeds(item, head, now))
    if head.role not in CHECKERS:
        return sheet
    return replace(
        sheet,
        checks_title=_("Check first:"),
        checks=tuple(_(check) for check in first_checks(kind, facts)),
    )


def alert_title(item: Mapping[str, Any], head: Letterhead) -> str:
    """Return one line that stands alone: how serious, where, what and how much, or that it is over."""
    kind, facts, _ = AlertKind(item["kind"]), item["facts"], words(head.language).gettext
    if item["event"] != Event.RESOLVED:
        return _TITLES[kind](item, head)
    level = "▶ " + _("STANDING LOSS") if goes_on(facts) else "✔ " + _("RESOLVED")
    ending = ": " + _(_after(kind, facts))
    if kind is AlertKind.INFRASTRUCTURE:
        return headline(level, trouble_name(facts, head), "", ending)
    return headline(level, place_name(facts), resource_name(facts, head), ending)


def goes_on(facts: Mapping[str, Any]) -> bool:
    """Return whether a hotspot was closed because its excess has come to stay, not because it went away."""
    return bool((facts.get("evidence") or {}).get("goes_on"))


def _after(kind: AlertKind, facts: Mapping[str, Any]) -> str:
    if kind is AlertKind.INFRASTRUCTURE:
        return N_("over")
    if kind is AlertKind.SILENT_METER:
        return N_("data again")
    if goes_on(facts):
        return N_("it goes on; a new baseline is a decision now")
    is_stuck = facts["hotspot_kind"] == HotspotKind.STUCK_METER
    return N_("the meter moves again") if is_stuck else N_("back to normal")


def _deeds(item: Mapping[str, Any], head: Letterhead, now: datetime) -> tuple[tuple[str, str], ...]:
    if head.acknowledge_at is None:
        return ()
    address = head.acknowledge_at(str(item["fingerprint"]), int(item["episode"]), now)
    return ((words(head.language).gettext("I have seen it"), address),)


def alert_link(item: Mapping[str, Any], head: Letterhead) -> str:
    """Return the address of the alert's page; "" where there are no pages."""
    return f"{head.base_url.rstrip('/')}/a/{item['fingerprint']}" if head.base_url else ""


def _lasted(item: Mapping[str, Any], head: Letterhead, now: datetime) -> str:
    since = since_instant(item)
    until = datetime.fromisoformat(item["facts"].get("ended_at") or item["gone_at"] or item["resolved_at"])
    return words(head.language).gettext("Lasted %(lasting)s: from %(since)s to %(until)s.") % {
        "lasting": figures.duration((until - since).total_seconds(), head),
        "since": figures.moment(since, head, now),
        "until": figures.moment(until, head, now),
    }
