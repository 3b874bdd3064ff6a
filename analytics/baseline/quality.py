"""What in a sample cannot be learned from: zeros for "no data", a stuck meter, another scale, unknowns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from analytics.baseline.instants import Bools
from analytics.baseline.sample import Sample
from analytics.baseline.scale_change import ScaleChange, scale_change
from analytics.baseline.shape import start_groups
from domain.baseline import Finding, Severity

#: a zero is implausible where hardly any other value comes near it: the 1st percentile of the others is above
#: this share of their median ...
ZERO_SHARE = 0.2
#: ... where zeros are not usual altogether, and not usual at that hour
USUAL_ZEROS, USUAL_ZEROS_AT_HOUR = 0.25, 0.5
#: a meter whose value does not move for so long is stuck: no false alarm in a year of 59 real meters
STUCK_HOURS = 24
#: a variable that is unknown for more than this share of the usable intervals is done without
MAX_UNKNOWN = 0.1


def cleaned(sample: Sample) -> tuple[Sample, list[Finding]]:
    """Return a sample of which every usable interval can be learned from, and what was found on the way.

    It begins where the present scale of the meter does.
    """
    zeros = implausible_zeros(sample)
    findings = [_zeros_finding(sample, zeros)] if zeros.any() else []
    sample = sample.without(zeros)
    runs = stuck_runs(sample)
    stuck = np.zeros(sample.size, dtype=np.bool_)
    for first, last in runs:
        stuck[first : last + 1] = True
        findings.append(_stuck_finding(sample, first, last))
    sample, about_variables = _with_known_variables(sample.without(stuck))
    findings += about_variables
    change = scale_change(sample)
    if change is not None:
        findings.append(_scale_finding(sample, change))
        sample = sample.since(change.position)
    return sample, findings


def implausible_zeros(sample: Sample) -> Bools:
    """Return which usable intervals have an exact zero that cannot mean "nothing used".

    Zeros are plausible while all outputs stand still, at hours that are zero half of the time, and for a
    process that is off a quarter of its time or more.
    """
    zero = sample.usable & (sample.actual == 0.0)
    others = np.abs(sample.actual[sample.usable & ~zero])
    if not zero.any() or not others.size or zero.sum() > USUAL_ZEROS * sample.usable.sum():
        return np.zeros(sample.size, dtype=np.bool_)
    if np.quantile(others, 0.01) <= ZERO_SHARE * np.median(others):
        return np.zeros(sample.size, dtype=np.bool_)
    group = start_groups(sample.calendar.hour, sample.usable.sum() / sample.per_day / 7)
    seen = np.bincount(group[sample.usable], minlength=168)
    usual = np.bincount(group[zero], minlength=168) >= USUAL_ZEROS_AT_HOUR * np.maximum(seen, 1)
    implausible: Bools = zero & ~usual[group] & ~_stands_still(sample)
    return implausible


def stuck_runs(sample: Sample) -> list[tuple[int, int]]:
    """Return (first, last) of each run of identical non-zero usable values that lasts STUCK_HOURS or more."""
    same = np.zeros(sample.size + 1, dtype=np.bool_)
    movable = sample.usable & (sample.actual != 0.0)
    same[1:-1] = (np.diff(sample.actual) == 0.0) & movable[1:] & movable[:-1]
    starts = np.flatnonzero(same[1:] & ~same[:-1])
    ends = np.flatnonzero(~same[1:] & same[:-1])
    least = STUCK_HOURS * 3600 / sample.interval_s
    return [
        (int(first), int(last)) for first, last in zip(starts, ends, strict=True) if last - first + 1 >= least
    ]


def at(sample: Sample, position: int) -> datetime:
    """Return the start of the interval at a position; the end of the period for the one after the last."""
    if position < sample.size:
        micros = int(sample.start_us[position])
    else:
        micros = int(sample.start_us[-1]) + sample.interval_s * 1_000_000
    return datetime.fromtimestamp(micros / 1e6, UTC)


def _stands_still(sample: Sample) -> Bools:
    """Return in which intervals every output is known to be zero; nowhere, for a process without outputs."""
    if not sample.outputs:
        return np.zeros(sample.size, dtype=np.bool_)
    still: Bools = np.all([sample.variables[name] == 0.0 for name in sample.outputs], axis=0)
    return still


def _zeros_finding(sample: Sample, zeros: Bools) -> Finding:
    """Return the finding about implausible zeros."""
    places = np.flatnonzero(zeros)
    share = float(zeros.sum() / sample.usable.sum())
    return Finding(
        "zeros",
        Severity.WARNING,
        f"{places.size} exact zeros ({share:.1%}) where the meter otherwise stays well above zero: "
        "treated as missing",
        at(sample, int(places[0])),
        at(sample, int(places[-1]) + 1),
        {"intervals": int(places.size), "share": share},
    )


def _stuck_finding(sample: Sample, first: int, last: int) -> Finding:
    """Return the finding about one stuck stretch."""
    hours = (last - first + 1) * sample.interval_s / 3600
    value = float(sample.actual[first])
    return Finding(
        "stuck",
        Severity.WARNING,
        f"the value stays at exactly {value:g} for {hours:g} h: left out",
        at(sample, first),
        at(sample, last + 1),
        {"hours": hours, "value": value},
    )


def _scale_finding(sample: Sample, change: ScaleChange) -> Finding:
    """Return the finding about another scale."""
    factor, since = change.factor, at(sample, change.position)
    day = np.datetime64(int(sample.calendar.day[change.position]), "D")  # local
    times = f"{factor:.3g} times" if factor > 1.0 else f"1/{1.0 / factor:.3g} of"
    return Finding(
        "scale_changed",
        Severity.WARNING,
        f"since {day} it uses {times} what it used before on like days, quiet and busy hours alike: the "
        "period begins there. If a pulse value, transformer ratio or unit of the meter was set, "
        f"`wastenot correct` with `--scale {factor:.3g}` brings the time before to the present scale",
        at(sample, 0),
        since,
        {
            "factor": factor,
            "days_before": int(sample.calendar.day[change.position] - sample.calendar.day[0]),
            "since": since.isoformat(),
        },
    )


def _with_known_variables(sample: Sample) -> tuple[Sample, list[Finding]]:
    """Return the sample without variables that say nothing, usable where all the others are known."""
    rows = sample.usable
    findings = []
    for name, values in sample.variables.items():
        known = np.isfinite(values[rows])
        share = 1.0 - float(known.mean()) if known.size else 1.0
        if share > MAX_UNKNOWN:
            message = f"{name} is unknown in {share:.0%} of the usable intervals: done without"
            findings.append(_variable_finding("variable_missing", message, name, {"unknown": share}))
        elif np.ptp(values[rows][known]) == 0.0:
            message = f"{name} never changes: done without"
            findings.append(_variable_finding("variable_constant", message, name, {}))
    dropped = {str(finding.evidence["variable"]) for finding in findings}
    left = {name: values for name, values in sample.variables.items() if name not in dropped}
    known_all = np.all([np.isfinite(values) for values in left.values()], axis=0) if left else rows
    return (
        replace(
            sample,
            usable=rows & known_all,
            variables=left,
            temperatures=_others(sample.temperatures, dropped),
            outputs=_others(sample.outputs, dropped),
        ),
        findings,
    )


def _others(names: Sequence[str], dropped: set[str]) -> tuple[str, ...]:
    """Return the names that were not dropped."""
    return tuple(name for name in names if name not in dropped)


def _variable_finding(kind: str, message: str, name: str, evidence: dict[str, float]) -> Finding:
    """Return a finding about a variable."""
    return Finding(kind, Severity.WARNING, message, evidence={"variable": name, **evidence})
