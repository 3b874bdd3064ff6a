"""What an alert's severity, state, verdict and history are called."""

from __future__ import annotations

from web.language import N_

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
