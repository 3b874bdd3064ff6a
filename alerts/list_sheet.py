"""Messages about many: alerts that changed together, and the day's report ranked by money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alerts import figures
from alerts.alert_sheet import alert_title
from alerts.figures import Letterhead
from alerts.machine import Event
from alerts.sheet import Sheet, place_name, resource_name
from alerts.words import N_, words

_STATES = {"new": N_("new"), "open": N_("still open"), "resolved": N_("resolved")}


def group_sheet(body: Mapping[str, Any], head: Letterhead) -> Sheet:
    """Return what is said about alerts that changed together: each on one line, the dearest first."""
    items = body["items"]
    rows = tuple(_group_row(item, head) for item in items)
    return Sheet(_group_title(items, head), _together(items, head), head.base_url, rows=rows, foot=head.plant)


def _group_title(items: Sequence[Mapping[str, Any]], head: Letterhead) -> str:
    _ = words(head.language).gettext
    ended = sum(item["event"] == Event.RESOLVED for item in items)
    counts = {"firing": len(items) - ended, "resolved": ended, "plant": head.plant}
    if ended == len(items):
        return "✔ " + _("%(resolved)d alerts resolved · %(plant)s") % counts
    if ended:
        return "▲ " + _("%(firing)d alerts, %(resolved)d resolved · %(plant)s") % counts
    return "▲ " + _("%(firing)d alerts · %(plant)s") % counts


def _together(items: Sequence[Mapping[str, Any]], head: Letterhead) -> tuple[str, ...]:
    costs = [item["facts"].get("cost_per_hour") or 0.0 for item in items if item["event"] != Event.RESOLVED]
    if sum(costs) <= 0:
        return ()
    cost = figures.money_rate(sum(costs), head.currency, head)
    return (words(head.language).gettext("Together: %(cost)s.") % {"cost": cost},)


def _group_row(item: Mapping[str, Any], head: Letterhead) -> str:
    title, facts = alert_title(item, head), item["facts"]
    cost = facts.get("cost_per_hour")
    if cost is None or item["event"] == Event.RESOLVED:
        return title
    return f"{title} · {figures.money_rate(cost, facts['currency'], head)}"


def digest_sheet(body: Mapping[str, Any], head: Letterhead) -> Sheet:
    """Return the day's report: what was lost, and where, the dearest first."""
    _, rows = words(head.language).gettext, body["rows"]
    day = figures.day(body["day"], head)
    if not rows:
        title = _("No losses found on %(day)s · %(plant)s") % {"day": day, "plant": head.plant}
        return Sheet(title, (_("No hotspot was open that day."),), head.base_url, foot=head.plant)
    total = figures.money(body["cost"], body["currency"], head)
    title = _("%(total)s lost on %(day)s · %(plant)s") % {"total": total, "day": day, "plant": head.plant}
    lines = (_counts(rows, head), *_carbon(body, head))
    return Sheet(title, lines, head.base_url, rows=tuple(_digest_rows(rows, head)), foot=head.plant)


def _counts(rows: Sequence[Mapping[str, Any]], head: Letterhead) -> str:
    states = [row["state"] for row in rows]
    counts = {state: states.count(state) for state in _STATES}
    return (
        words(head.language).gettext("Hotspots: %(new)d new, %(open)d still open, %(resolved)d resolved.")
        % counts
    )


def _carbon(body: Mapping[str, Any], head: Letterhead) -> tuple[str, ...]:
    if not body["kg_co2e"]:
        return ()
    size = figures.carbon(body["kg_co2e"], head)
    return (words(head.language).gettext("Emissions from it: %(amount)s.") % {"amount": size},)


def _digest_rows(rows: Sequence[Mapping[str, Any]], head: Letterhead) -> list[str]:
    translate = words(head.language).gettext
    return [
        f"{place_name(row)} · {resource_name(row, head)}: {_digest_figures(row, head)}"
        f" ({translate(_STATES[row['state']])})"
        for row in rows
    ]


def _digest_figures(row: Mapping[str, Any], head: Letterhead) -> str:
    size = figures.amount(row["excess"], row["unit"], head, signed=True)
    if row["cost"] is None:
        return size
    return f"{figures.money(row['cost'], row['currency'], head)}, {size}"
