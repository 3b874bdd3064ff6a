"""What an alert's severity, state, verdict and history are called, and what a verdict leads to."""

from __future__ import annotations

from domain.feedback import HALF_LIFE, WIDER, Verdict
from domain.hotspot import HotspotKind
from web.language import N_
from web.visit import Visit

#: by domain.baseline.Severity
SEVERITIES = {"info": N_("notice"), "warning": N_("warning"), "critical": N_("critical")}
#: by domain.alert.AlertState, where it is not plainly open
STATES = {"no_data": N_("its meters are silent"), "error": N_("cannot be evaluated just now")}
#: by domain.feedback.Verdict
VERDICTS = {
    "confirmed": N_("confirmed: there is waste"),
    "fixed": N_("fixed"),
    "normal_change": N_("normal change: it is meant to be so"),
    "meter_fault": N_("meter fault"),
    "false_alarm": N_("false alarm"),
}
#: by domain.feedback.Verdict: what it leads to, for its process and resource alone
LEADS = {
    Verdict.CONFIRMED: N_(
        "The alert was right: it does not widen the limits here, and what goes on is watched as one loss "
        "for twice as long."
    ),
    Verdict.FIXED: N_("The alert was right: it does not widen the limits here."),
    Verdict.NORMAL_CHANGE: N_(
        "Once it has lasted long enough, a new baseline is proposed that counts it as normal; "
        "somebody has to approve it."
    ),
    Verdict.METER_FAULT: N_("The alert is set aside; for the limits it counts as no answer."),
    Verdict.FALSE_ALARM: N_(
        "From tomorrow on, the limits here are up to %(more)s wider; "
        "half of that is gone after %(days)s days."
    ),
}
UNANSWERED = N_("Without an answer, a loss that took days to find widens the limits here for some months.")
#: whose limits a word changes: a rule's are its owner's, and a stuck meter's are fixed
_LEARNED = {HotspotKind.DRIFT, HotspotKind.UNDER_CONSUMPTION}
#: by domain.work.WorkState
WORK = {"ordered": N_("ordered"), "taken": N_("being done"), "done": N_("done")}
#: by domain.alert_change.Change
CHANGES = {
    "pending": N_("noticed"),
    "firing": N_("raised"),
    "no_data": N_("meters silent"),
    "error": N_("cannot be evaluated"),
    "resolved": N_("over"),
    "more_severe": N_("more serious"),
    "told": N_("told"),
    "withheld": N_("not told"),
    "escalated": N_("passed on"),
    "acknowledged": N_("acknowledged"),
    "unacknowledged": N_("acknowledgement taken back"),
    "snoozed": N_("snoozed"),
    "unsnoozed": N_("snooze ended"),
    "assigned": N_("assigned"),
    "commented": N_("comment"),
    "feedback": N_("judged"),
    "checked": N_("checked"),
    "work_ordered": N_("work ordered"),
    "work_taken": N_("work taken"),
    "work_done": N_("work done"),
}


def leads(visit: Visit, hotspot_kind: object) -> dict[str, str]:
    """Return what each verdict on an alert leads to, in the reader's language; {} where no detector learns.

    Args:
        hotspot_kind: of the alert's facts; None where it is of no hotspot.
    """
    if hotspot_kind not in _LEARNED:
        return {}
    figures = {"more": visit.figures.percent(100.0 * (WIDER - 1.0)), "days": HALF_LIFE.days}
    return {str(verdict): visit.say(text) % figures for verdict, text in LEADS.items()}
