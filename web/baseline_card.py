"""A baseline as its card tells it, what its words mean, and what a person can decide about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.acceptance import Acceptance, AcceptanceProfile, Outcome
from domain.baseline import STEPS, Baseline, BaselineStatus, Finding, Severity
from web.language import N_

#: by the key of a model
MODELS = {
    "linear_output": N_("a constant, and so much for each unit made (E = A + B·P)"),
    "time_of_week": N_("the median of each hour of the week"),
    "linear_degrees": N_("a constant, and so much for each degree below or above a base temperature"),
    "linear_output_degrees": N_("a constant, each unit made, and degrees around a base temperature"),
    "shifts_output_degrees": N_("the shift at work, each unit made, and degrees around a base temperature"),
    "batch_output": N_("the shift at work, each unit made, and what was made in the hour before"),
    "batch_output_degrees": N_(
        "the shift at work, each unit made, that of the hour before, and degrees around a base temperature"
    ),
    "seasonal": N_("hour of the week, holidays, closures, season and daylight"),
    "towt": N_("hour of the week and temperature, with holidays, closures and season"),
    "seasonal_output": N_("hour of the week and season, what it takes to run, and what each unit made takes"),
    "towt_by_hour": N_("hour of the week and temperature, whose effect changes with the hour"),
    "towt_memory": N_("hour of the week, temperature by the hour, and that of the three days before"),
    "output_by_hour": N_("hour of the week and season, and what each unit made takes at each hour"),
    "towt_output": N_("hour of the week, temperature, and what each unit made takes"),
    "towt_output_by_hour": N_("hour of the week, temperature and output, whose effects change with the hour"),
    "provisional": N_("learned day by day until there is a first baseline"),
}  # fmt: skip
#: by the name of a term
TERMS = {
    "constant": N_("constant"),
    "profile": N_("hour of the week"),
    "rest": N_("holidays and closures"),
    "shifts": N_("the shift at work"),
    "season": N_("season and daylight"),
    "level": N_("slow level"),
    "latest": N_("latest daily schedule"),
    "temperature": N_("temperature"),
    "degrees": N_("degrees around the base temperature"),
    "degrees_by_hour": N_("degrees by the hour"),
    "memory": N_("temperature of the three days before"),
    "output": N_("each unit made"),
    "output_before": N_("what was made in the hour before"),
    "output_by_hour": N_("each unit made, by the hour"),
    "running": N_("running at all"),
}
#: why a version was made, where nobody and no finding asked for it
REASONS = {"first baseline": N_("first baseline"), "cold start": N_("cold start")}
STATUSES = {
    "provisional": N_("provisional"),
    "proposed": N_("proposed"),
    "approved": N_("in force"),
    "superseded": N_("superseded"),
    "rejected": N_("rejected"),
}
OUTCOMES = {
    "passed": N_("passed"),
    "failed": N_("failed"),
    "not_determinable": N_("not determinable"),
}
#: by the name of a criterion, before its colon
CRITERIA = {
    "coverage": N_("coverage"),
    "period": N_("length of the period"),
    "f_test_p": N_("p of the model (F-test)"),
    "r2": N_("R² in sample"),
    "p_value": N_("p of the variable"),
    "smallest_p_value": N_("smallest p of a variable"),
    "mean_outside_range": N_("mean outside the range that was learned from"),
    "t": N_("|t| of the variable"),
    "cvrmse": N_("CV(RMSE) in sample"),
    "cvrmse_out_of_sample": N_("CV(RMSE) out of sample"),
    "abs_nmbe": N_("|NMBE| in sample"),
    "abs_nmbe_out_of_sample": N_("|NMBE| out of sample"),
}
UNITS = {"days": N_("days"), "SD": N_("SD")}
#: by the kind of a finding; its sentence, of web.finding_words, stands beside it
FINDINGS = {
    "too_few_days": N_("too few usable days"),
    "low_coverage": N_("too little of the period is known"),
    "constant": N_("use never changes"),
    "long_period": N_("the period is longer than a year"),
    "poor_fit": N_("the fit is poor"),
    "biased_fit": N_("the fit is biased"),
    "fit_undefined": N_("the fit is not defined"),
    "excluded_segment": N_("a stretch was left out"),
    "unusual_segment": N_("an unusual stretch was learned from"),
    "scale_changed": N_("another scale from some day on: only the time since is learned from"),
    "zeros": N_("long stretches of zero"),
    "stuck": N_("the meter stood still"),
    "variable_missing": N_("a variable is missing"),
    "variable_constant": N_("a variable never changes"),
    "interval_changed": N_("the interval was changed"),
    "period_amended": N_("readings of the period were corrected"),
    "static_factor_changed": N_("a static factor has changed"),
    "out_of_range": N_("a variable has left the range that was learned from"),
    "static_drift": N_("recent use is beyond the bias that is allowed"),
    "old_baseline": N_("the baseline is old"),
    "excess_in_period": N_("there was an excess in the period"),
    "no_data": N_("no data"),
    "product_unknown": N_("the product is not known"),
    "provisional": N_("provisional"),
}
CHANGED = N_(
    "Meanwhile somebody else has decided about this process and resource. Load the page again and look."
)
NO_REASON = N_("Say why: the reason is kept with the decision.")
NOT_POSSIBLE = N_("This version cannot be decided so: load the page again and see what is possible.")
NEEDS_FORCE = N_("Its data or its acceptance profile speak against it: approve it with force, or reject it.")
UNKNOWN_VERSION = N_("There is no such version of this baseline.")
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class StreamCard:
    """A process and resource with its baselines."""

    process: str
    process_name: str
    resource: str
    resource_name: str
    unit: str
    profile: AcceptanceProfile
    binds: bool  # what fails the profile is not judged by
    versions: Sequence[Baseline]  # the newest first

    @property
    def in_force(self) -> Baseline | None:
        """Return what is judged by: the approved version, else the provisional one."""
        for status in (BaselineStatus.APPROVED, BaselineStatus.PROVISIONAL):
            found = next((one for one in self.versions if one.status is status), None)
            if found is not None:
                return found
        return None

    @property
    def proposed(self) -> Baseline | None:
        """Return the version that waits for a person."""
        return next((one for one in self.versions if one.status is BaselineStatus.PROPOSED), None)

    @property
    def shown(self) -> Baseline | None:
        """Return the version that matters most: what waits, what is in force, else the latest."""
        return self.proposed or self.in_force or (self.versions[0] if self.versions else None)

    def version(self, number: int) -> Baseline | None:
        """Return a version."""
        return next((one for one in self.versions if one.version == number), None)

    def accepted(self, baseline: Baseline) -> Acceptance | None:
        """Return a version's standing by the profile of its process."""
        return baseline.accepted_by(self.profile)

    def against(self, baseline: Baseline) -> list[Finding]:
        """Return the findings that disqualify a version's data."""
        return [one for one in baseline.findings if one.severity is Severity.CRITICAL]

    def fails(self, baseline: Baseline) -> bool:
        """Return whether a version fails, or was never held against, a profile that binds."""
        accepted = self.accepted(baseline)
        return self.binds and (accepted is None or accepted.outcome is Outcome.FAILED)

    def needs_force(self, baseline: Baseline) -> bool:
        """Return whether it takes force to judge by a version."""
        return bool(self.against(baseline)) or self.fails(baseline)

    def seen(self) -> str:
        """Return what a decision was taken in view of: every version with its status."""
        return ",".join(f"{one.version}:{one.status}" for one in self.versions)


def steps_of(baseline: Baseline) -> list[BaselineStatus]:
    """Return what a person may make of a version."""
    return sorted(STEPS[baseline.status])


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision that a person takes."""

    process: str
    resource: str
    version: int
    status: BaselineStatus  # APPROVED or REJECTED
    who: str
    why: str
    forced: bool = False
    seen: str = ""  # StreamCard.seen() of the page it was taken on; "" = not told


@dataclass(frozen=True, slots=True)
class Cards:
    """What the page and the API ask.

    `decide` raises RefusedError with CHANGED, NOT_POSSIBLE, NEEDS_FORCE or UNKNOWN_VERSION.
    """

    all: Callable[[], Sequence[StreamCard]]  # in the plant's order
    one: Callable[[str, str], StreamCard | None]  # None: the plant has no such stream
    decide: Callable[[Choice], Baseline]
