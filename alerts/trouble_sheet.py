"""What is said about what keeps us from measuring: a silent meter, trouble of the installation itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerts import figures
from alerts.conditions import PLANT_SILENT, PLANT_STILL, PLANT_WIDE
from alerts.figures import Letterhead
from alerts.sheet import headline, level, place_name, resource_name, since_words
from alerts.words import N_, words

_TROUBLES = {
    "store": N_("the database of readings does not answer"),
    "broker": N_("the MQTT broker does not answer"),
    "spool": N_("the local spool cannot take more readings"),
    "ledger": N_("the ledger does not answer"),
}
#: by the direction of most hotspots
_MOVED = {
    "drift": N_("%(moved)s of %(judged)s measuring points use more at once"),
    "under_consumption": N_("%(moved)s of %(judged)s measuring points use less at once"),
    "": N_("%(moved)s of %(judged)s measuring points changed at once"),
}
_UNHEARD = N_("Silent meters are not reported one by one while this lasts.")
_STOOD_STILL = N_("%(stood)s of %(judged)s measuring points used less than half of what such a weekday needs")
_DAY_OFF = N_(
    "If it was a day off, write it into the plant file: then it is judged as one. Small differences that were"
    " found because of it are not reported."
)
_MEANWHILE = N_("It began everywhere at once, so the processes are not reported one by one while this lasts.")

#: by the trouble: what is not reported beside it
_EXPLAINED = {PLANT_WIDE: _MEANWHILE, PLANT_STILL: _DAY_OFF}


def silent_meter_title(item: Mapping[str, Any], head: Letterhead) -> str:
    """Return which meter is silent, by its place."""
    facts, ending = item["facts"], ": " + words(head.language).gettext("no data")
    return headline(level(item, head), place_name(facts), resource_name(facts, head), ending)


def silent_meter_lines(item: Mapping[str, Any], head: Letterhead, now: datetime) -> tuple[str, ...]:
    """Return what is said about a meter that has not been heard for too long."""
    _, facts = words(head.language).gettext, item["facts"]
    unknown = _("Until it is back, what it measures is unknown, not zero.")
    if facts.get("told"):
        gone = _("Meter %(meter)s: offline since %(since)s (%(lasting)s ago), as was reported: %(told)s.")
        return gone % {**facts, **since_words(item, head, now)}, unknown
    every = figures.duration(float(facts["every_s"]), head)
    said = {"meter": facts["meter"], "every": every, **since_words(item, head, now)}
    heard = (
        _("Meter %(meter)s: last reading %(since)s (%(lasting)s ago); expected every %(every)s.")
        if facts["last_seen"]
        else _("Meter %(meter)s has not been heard yet; expected every %(every)s.")
    )
    return heard % said, unknown


def trouble_name(facts: Mapping[str, Any], head: Letterhead) -> str:
    """Return what is wrong with the installation, in a few words."""
    _, problem = words(head.language).gettext, str(facts.get("problem"))
    if problem == PLANT_SILENT:
        counts = {"silent": facts.get("silent", 0), "judged": facts.get("judged", 0)}
        return _("no data from %(silent)s of %(judged)s meters") % counts
    if problem == PLANT_WIDE:
        counts = {"moved": facts.get("moved", 0), "judged": facts.get("judged", 0)}
        return _(_MOVED.get(str(facts.get("direction")), _MOVED[""])) % counts
    if problem == PLANT_STILL:
        counts = {"stood": facts.get("stood", 0), "judged": facts.get("judged", 0)}
        return _(_STOOD_STILL) % counts
    part, _space, name = problem.partition(" ")  # one of several brokers has a name
    known = _TROUBLES.get(part)
    if not known:
        return _("trouble with %(problem)s") % {"problem": problem}
    return f"{_(known)} ({name})" if name else _(known)


def infrastructure_title(item: Mapping[str, Any], head: Letterhead) -> str:
    """Return how serious it is and what is wrong."""
    return headline(level(item, head), trouble_name(item["facts"], head), "", "")


def infrastructure_lines(item: Mapping[str, Any], head: Letterhead, now: datetime) -> tuple[str, ...]:
    """Return what is said about trouble of the installation, with the server's own words."""
    _, facts = words(head.language).gettext, item["facts"]
    detail = (str(facts["text"]),) if facts.get("text") else ()
    return (
        _("Since %(since)s.") % since_words(item, head, now),
        *detail,
        _(_EXPLAINED.get(str(facts.get("problem")), _UNHEARD)),
    )
