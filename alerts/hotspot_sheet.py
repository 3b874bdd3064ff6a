"""What is said about a hotspot: too much with its price, too little without, a meter that stands still."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerts import figures
from alerts.causes import cause_name, evidence_sentence
from alerts.figures import Letterhead
from alerts.sheet import headline, level, place_name, resource_name, shortened, since_words
from alerts.words import words
from domain.hotspot import HotspotKind

Item = Mapping[str, Any]
#: kinds that say something about readings, not about what was used
DATA_KINDS = (HotspotKind.FROZEN_AT_LIMIT, HotspotKind.IMPLAUSIBLE)
#: what each role reads first
_ORDER = {
    "operator": ("cost", "amount", "cause", "where"),
    "maintenance": ("cause", "use", "where", "meters", "cost"),
    "energy_manager": ("cost", "amount", "use", "cause", "where"),
}
_PATH_LETTERS, _METERS = 40, 5


def hotspot_title(item: Item, head: Letterhead) -> str:
    """Return what, where and how much of an open hotspot."""
    facts = item["facts"]
    if facts["hotspot_kind"] == HotspotKind.STUCK_METER:
        ending = ": " + words(head.language).gettext("the meter stands still")
    elif facts["hotspot_kind"] in DATA_KINDS:
        ending = ": " + cause_name(facts, head.language)
    else:
        ending = " " + _excess(facts, head)
    return headline(level(item, head), place_name(facts), resource_name(facts, head), ending)


def hotspot_lines(item: Item, head: Letterhead, now: datetime) -> tuple[str, ...]:
    """Return what is said about an open hotspot below its title."""
    match item["facts"]["hotspot_kind"]:
        case HotspotKind.UNDER_CONSUMPTION:
            lines = _too_little(item, head, now)
        case HotspotKind.STUCK_METER:
            lines = _stuck_meter(item, head, now)
        case HotspotKind.FROZEN_AT_LIMIT | HotspotKind.IMPLAUSIBLE:
            lines = _doubtful(item, head, now)
        case _:
            lines = _too_much(item, head, now)
    return (*lines, *_provisional(item["facts"], head))


def _provisional(facts: Item, head: Letterhead) -> tuple[str, ...]:
    """Return the warning that there is no baseline yet; nothing where there is one."""
    evidence = facts.get("evidence") or {}
    if not evidence.get("provisional"):
        return ()
    _ = words(head.language).gettext
    text = _("Provisional: there is no baseline yet; what is expected was learned from %(days)s days.")
    return (text % {"days": evidence.get("days_learned", "?")},)


def _too_much(item: Item, head: Letterhead, now: datetime) -> tuple[str, ...]:
    facts = item["facts"]
    parts = {
        "cost": _cost_line(item, head, now),
        "amount": _amount_line(facts, head),
        "cause": _cause_line(facts, head),
        "use": _use_line(facts, head),
        "where": _where_line(facts, head),
        "meters": _meters_line(facts, head),
    }
    order = _ORDER.get(head.role, _ORDER["operator"])
    return tuple(parts[name] for name in order if parts[name])


def _use_line(facts: Item, head: Letterhead) -> str:
    expected, excess = facts["expected_per_hour"], facts["excess_per_hour"]
    if expected is None or excess is None:
        return ""
    return words(head.language).gettext("Uses %(actual)s; expected were %(expected)s.") % {
        "actual": figures.rate(expected + excess, facts["unit"], head),
        "expected": figures.rate(expected, facts["unit"], head),
    }


def _where_line(facts: Item, head: Letterhead) -> str:
    """Return the place in the flow chart; nothing where the chart says nothing."""
    names = [shortened(str(name), _PATH_LETTERS) for name in facts.get("path") or ()]
    return words(head.language).gettext("Where: %(path)s") % {"path": " → ".join(names)} if names else ""


def _meters_line(facts: Item, head: Letterhead) -> str:
    names = [shortened(str(name), _PATH_LETTERS) for name in facts.get("meters") or ()]
    shown = ", ".join(names[:_METERS]) + (" …" if len(names) > _METERS else "")
    return words(head.language).gettext("Meters: %(meters)s") % {"meters": shown} if names else ""


def _excess(facts: Item, head: Letterhead) -> str:
    size = figures.rate(facts["excess_per_hour"] or 0.0, facts["unit"], head, signed=True)
    return size if facts["pct"] is None else f"{size} ({figures.percent(facts['pct'], head, signed=True)})"


def _cost_line(item: Item, head: Letterhead, now: datetime) -> str:
    _, facts, since = words(head.language).gettext, item["facts"], since_words(item, head, now)
    if facts["cost_per_hour"] is None or facts["cost_total"] is None:
        return _("No price is known · since %(since)s (%(lasting)s)") % since
    return _("%(cost)s · %(lost)s lost so far · since %(since)s (%(lasting)s)") % {
        "cost": figures.money_rate(facts["cost_per_hour"], facts["currency"], head),
        "lost": figures.money(facts["cost_total"], facts["currency"], head),
        **since,
    }


def _amount_line(facts: Item, head: Letterhead) -> str:
    _ = words(head.language).gettext
    excess = figures.amount(facts["excess_total"] or 0.0, facts["unit"], head)
    if facts["kg_co2e_per_hour"] is None or facts["kg_co2e_total"] is None:
        return _("%(amount)s too much so far") % {"amount": excess}
    return _("%(amount)s too much so far · %(co2)s, %(co2_total)s so far") % {
        "amount": excess,
        "co2": figures.carbon_rate(facts["kg_co2e_per_hour"], head),
        "co2_total": figures.carbon(facts["kg_co2e_total"], head),
    }


def _cause_line(facts: Item, head: Letterhead) -> str:
    return words(head.language).gettext("Probable cause: %(cause)s (%(confidence)s): %(evidence)s.") % {
        "cause": cause_name(facts, head.language),
        "confidence": figures.percent(100.0 * (facts["confidence"] or 0.0), head),
        "evidence": evidence_sentence(facts, head),
    }


def _too_little(item: Item, head: Letterhead, now: datetime) -> tuple[str, ...]:
    _, facts = words(head.language).gettext, item["facts"]
    evidence = {"evidence": evidence_sentence(facts, head)}
    return (
        _("Less than expected since %(since)s (%(lasting)s); no cost is counted.")
        % since_words(item, head, now),
        _("The meter may be wrong, or work is not being done: %(evidence)s.") % evidence,
    )


def _stuck_meter(item: Item, head: Letterhead, now: datetime) -> tuple[str, ...]:
    _ = words(head.language).gettext
    since = since_words(item, head, now)
    return (
        _("The value has not moved since %(since)s (%(lasting)s) although the process runs.") % since,
        _("What was used since then is not known; no cost is counted."),
    )


def _doubtful(item: Item, head: Letterhead, now: datetime) -> tuple[str, ...]:
    _, facts = words(head.language).gettext, item["facts"]
    shown = {
        "meter": str((facts.get("evidence") or {}).get("meter", "")),
        "evidence": evidence_sentence(facts, head),
    }
    return (
        _("Meter %(meter)s: %(evidence)s.") % shown,
        _("Since %(since)s (%(lasting)s); no cost is counted.") % since_words(item, head, now),
    )


def hotspot_totals(facts: Item, head: Letterhead) -> tuple[str, ...]:
    """Return what a hotspot came to when it ended; nothing for a meter that stood still."""
    _ = words(head.language).gettext
    if facts["hotspot_kind"] == HotspotKind.STUCK_METER or facts["hotspot_kind"] in DATA_KINDS:
        return ()
    size = figures.amount(abs(facts["excess_total"] or 0.0), facts["unit"], head)
    if facts["hotspot_kind"] == HotspotKind.UNDER_CONSUMPTION:
        return (_("In total %(amount)s less than expected.") % {"amount": size},)
    parts = [size]
    if facts["cost_total"] is not None:
        parts.insert(0, figures.money(facts["cost_total"], facts["currency"], head))
    if facts["kg_co2e_total"] is not None:
        parts.append(figures.carbon(facts["kg_co2e_total"], head))
    return (_("In total: %(figures)s.") % {"figures": ", ".join(parts)},)
