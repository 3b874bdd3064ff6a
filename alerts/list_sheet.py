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


def handover_sheet(body: Mapping[str, Any], head: Letterhead) -> Sheet:
    """Return the hand-over of a shift: what is open, the dearest first, and what is over."""
    _ = words(head.language).gettext
    counts = {name: body[name] for name in ("shift", "open", "resolved")} | {"plant": head.plant}
    title = _("Shift %(shift)s: %(open)d open, %(resolved)d over · %(plant)s") % counts
    cost = figures.money(body["cost"], body["currency"], head)
    lines = (_("Lost in the shift before: %(cost)s.") % {"cost": cost},) if body["cost"] > 0 else ()
    rows = tuple(_handover_row(item, head) for item in body["items"])
    return Sheet(title, lines, head.base_url, rows=rows, foot=head.plant)


def _handover_row(item: Mapping[str, Any], head: Letterhead) -> str:
    row, _ = _group_row(item, head), words(head.language).gettext
    if item["event"] != Event.RESOLVED and item.get("acknowledged_by"):
        return f"{row} · " + _("%(who)s knows") % {"who": item["acknowledged_by"]}
    return row


_DAY = (
    N_("No losses found on %(day)s · %(plant)s"),
    N_("No hotspot was open that day."),
    N_("%(total)s lost on %(day)s · %(plant)s"),
)
_WEEK = (
    N_("No losses found in the week from %(day)s · %(plant)s"),
    N_("No hotspot was open that week."),
    N_("%(total)s lost in the week from %(day)s · %(plant)s"),
)


def digest_sheet(body: Mapping[str, Any], head: Letterhead) -> Sheet:
    """Return the report of a day or a week: what was lost, and where, the dearest first."""
    _, rows = words(head.language).gettext, body["rows"]
    none, nothing, lost = _DAY if body.get("days", 1) == 1 else _WEEK
    day = figures.day(body["day"], head)
    if not rows:
        title = _(none) % {"day": day, "plant": head.plant}
        return Sheet(title, (_(nothing),), head.base_url, foot=head.plant)
    total = figures.money(body["cost"], body["currency"], head)
    title = _(lost) % {"total": total, "day": day, "plant": head.plant}
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
