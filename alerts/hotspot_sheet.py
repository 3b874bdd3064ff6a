"""What is said about a hotspot: too much with its price, too little without, a meter that stands still."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerts import figures
from alerts.causes import cause_name, evidence_sentence
from alerts.figures import Letterhead
from alerts.sheet import headline, level, place_name, resource_name, since_words
from alerts.words import words
from domain.hotspot import HotspotKind

Item = Mapping[str, Any]


def hotspot_title(item: Item, head: Letterhead) -> str:
    """Return what, where and how much of an open hotspot."""
    facts = item["facts"]
    if facts["hotspot_kind"] == HotspotKind.STUCK_METER:
        ending = ": " + words(head.language).gettext("the meter stands still")
    else:
        ending = " " + _excess(facts, head)
    return headline(level(item, head), place_name(facts), resource_name(facts, head), ending)


def hotspot_lines(item: Item, head: Letterhead, now: datetime) -> tuple[str, ...]:
    """Return what is said about an open hotspot below its title."""
    match item["facts"]["hotspot_kind"]:
        case HotspotKind.UNDER_CONSUMPTION:
            return _too_little(item, head, now)
        case HotspotKind.STUCK_METER:
            return _stuck_meter(item, head, now)
        case _:
            return _too_much(item, head, now)


def _too_much(item: Item, head: Letterhead, now: datetime) -> tuple[str, ...]:
    facts = item["facts"]
    return _cost_line(item, head, now), _amount_line(facts, head), _cause_line(facts, head)


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


def hotspot_totals(facts: Item, head: Letterhead) -> tuple[str, ...]:
    """Return what a hotspot came to when it ended; nothing for a meter that stood still."""
    _ = words(head.language).gettext
    if facts["hotspot_kind"] == HotspotKind.STUCK_METER:
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
