"""What an alert's severity, state and verdict are called."""

from __future__ import annotations

from web.language import N_

#: by domain.baseline.Severity
SEVERITIES = {"info": N_("notice"), "warning": N_("warning"), "critical": N_("critical")}
#: by domain.alert.AlertState, where it is not plainly open
STATES = {"no_data": N_("its meters are silent"), "error": N_("cannot be evaluated just now")}
