"""Probable causes in words: a name and, in one sentence, the evidence for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from alerts.checks import as_cause
from alerts.figures import Letterhead, percent, rate
from alerts.words import N_, words
from domain.alert_facts import number_of
from domain.hotspot import Cause

Evidence = Mapping[str, Any]
#: a sentence, untranslated, and what goes into it
Figured = tuple[str, dict[str, str]]

_NAMES = {
    Cause.BASE_LOAD_UP: N_("the base load is up"),
    Cause.OUT_OF_HOURS: N_("use outside working hours"),
    Cause.PROPORTIONAL: N_("more is used for the same output"),
    Cause.ONE_SHIFT: N_("one shift uses more than the others"),
    Cause.SLOW_RISE: N_("a slow rise"),
    Cause.USE_DOWN: N_("less is used than expected"),
    Cause.METER_SCALE: N_("the meter may read on another scale"),
    Cause.STUCK_METER: N_("the meter stands still"),
    Cause.CONTINUOUS_FLOW: N_("it never stops flowing"),
    Cause.NIGHT_FLOW: N_("the night flow is up"),
    Cause.IDLING: N_("idling out of shift"),
    Cause.AIR_LEAK: N_("leaks in the compressed air network"),
    Cause.FROZEN_AT_LIMIT: N_("the value stands at the end of its range"),
    Cause.IMPLAUSIBLE: N_("readings that cannot be"),
    Cause.MAXIMUM_DEMAND: N_("above the agreed demand"),
    Cause.UNKNOWN: N_("not clear yet"),
}
_EVIDENCE = {
    Cause.BASE_LOAD_UP: N_("the same extra at every hour, with and without production"),
    Cause.OUT_OF_HOURS: N_("the extra falls outside production and shifts"),
    Cause.PROPORTIONAL: N_("the extra grows and falls with the output"),
    Cause.ONE_SHIFT: N_("the extra falls in a single shift"),
    Cause.SLOW_RISE: N_("the extra has been growing little by little"),
    Cause.USE_DOWN: N_("use has stayed below what the output asks for"),
    Cause.METER_SCALE: N_("a multiple or a fraction of what is expected, in quiet and in busy hours alike"),
    Cause.STUCK_METER: N_("the same value again and again although the process runs"),
    Cause.CONTINUOUS_FLOW: N_("no hour without flow for a day"),
    Cause.NIGHT_FLOW: N_("more flows in the quietest hour of the night than usual"),
    Cause.IDLING: N_("it idles for longer than stopping and starting it again would pay for"),
    Cause.AIR_LEAK: N_("the compressor loads although nothing needs air"),
    Cause.FROZEN_AT_LIMIT: N_("the same value again and again, and it is the highest or lowest there can be"),
    Cause.IMPLAUSIBLE: N_("outside what the meter can measure, or too fast"),
    Cause.MAXIMUM_DEMAND: N_("the mean of an interval was above the limit"),
    Cause.UNKNOWN: N_("the hours of the extra show no pattern"),
}


def cause_name(facts: Mapping[str, Any], language: str) -> str:
    """Return the probable cause's name."""
    return words(language).gettext(_NAMES[as_cause(facts)])


def evidence_sentence(facts: Mapping[str, Any], head: Letterhead) -> str:
    """Return why that cause is probable, with its figures where the detector gave them; no full stop."""
    translate, cause, evidence = words(head.language).gettext, as_cause(facts), facts.get("evidence") or {}
    found = _FIGURED[cause](evidence, str(facts.get("unit")), head) if cause in _FIGURED else None
    if found is None:
        return translate(_EVIDENCE[cause])
    sentence, figures = found
    return translate(sentence) % figures


def _with_and_without(evidence: Evidence, unit: str, head: Letterhead) -> Figured | None:
    on, off = number_of(evidence, "production_per_hour"), number_of(evidence, "off_hours_per_hour")
    if on is None or off is None:
        return None
    shown = {"on": rate(on, unit, head, signed=True), "off": rate(off, unit, head, signed=True)}
    return N_("%(on)s during production, %(off)s outside it"), shown


def _share(evidence: Evidence, _unit: str, head: Letterhead) -> Figured | None:
    share = number_of(evidence, "share_of_expected")
    if share is None:
        return None
    return N_("about %(share)s at any output"), {"share": percent(100.0 * share, head, signed=True)}


def _times_expected(evidence: Evidence, _unit: str, head: Letterhead) -> Figured | None:
    share = number_of(evidence, "share_of_expected")
    if share is None:
        return None
    whole = percent(100.0 * (1.0 + share), head)
    return N_("about %(share)s of what is expected, in quiet and in busy hours alike"), {"share": whole}


def _by_shift(evidence: Evidence, unit: str, head: Letterhead) -> Figured | None:
    rates = evidence.get("shifts_per_hour") or {}
    known = {str(name): value for name in rates if (value := number_of(rates, name)) is not None}
    if not known:
        return None
    name = max(known, key=lambda shift: abs(known[shift]))
    shown = {"shift": name, "rate": rate(known[name], unit, head, signed=True)}
    return N_("%(rate)s in the shift “%(shift)s”, far less in the others"), shown


def _growth(evidence: Evidence, unit: str, head: Letterhead) -> Figured | None:
    growth = number_of(evidence, "rise_per_day")
    if growth is None:
        return None
    return N_("it grows by %(rate)s every day"), {"rate": rate(growth, unit, head)}


def _lowest_hour(evidence: Evidence, unit: str, head: Letterhead) -> Figured | None:
    lowest, hours = number_of(evidence, "lowest_hour"), number_of(evidence, "hours")
    if lowest is None or hours is None:
        return None
    shown = {"hours": f"{hours:.0f}", "rate": rate(lowest, unit, head)}
    return N_("%(hours)s hours in a row without a dry one; the least was %(rate)s"), shown


def _night_level(evidence: Evidence, unit: str, head: Letterhead) -> Figured | None:
    level, reference = number_of(evidence, "level"), number_of(evidence, "reference")
    if level is None or reference is None:
        return None
    shown = {"level": rate(level, unit, head), "reference": rate(reference, unit, head)}
    return N_("%(level)s in the quietest hour of the night, usually %(reference)s"), shown


def _leak_share(evidence: Evidence, _unit: str, head: Letterhead) -> Figured | None:
    leak = number_of(evidence, "leak_pct")
    if leak is None:
        return None
    return N_("without demand the compressor loads %(share)s of the time"), {"share": percent(leak, head)}


_FIGURED: dict[Cause, Callable[[Evidence, str, Letterhead], Figured | None]] = {
    Cause.BASE_LOAD_UP: _with_and_without,
    Cause.OUT_OF_HOURS: _with_and_without,
    Cause.PROPORTIONAL: _share,
    Cause.METER_SCALE: _times_expected,
    Cause.ONE_SHIFT: _by_shift,
    Cause.SLOW_RISE: _growth,
    Cause.CONTINUOUS_FLOW: _lowest_hour,
    Cause.NIGHT_FLOW: _night_level,
    Cause.AIR_LEAK: _leak_share,
}
