"""What a finding of a baseline says, in the reader's language: made of its kind and evidence."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from domain.baseline import Finding
from web.language import N_
from web.sentence import (
    MOST,
    Reader,
    Sentence,
    between,
    code,
    count,
    day,
    each,
    factor,
    has,
    interval,
    lasting,
    limit,
    measured,
    percent,
    sentence,
    share,
    size,
    text,
    texts,
    told,
    typed,
    use,
)

HOUR_S = 3600.0
_TINY = 1e-9
_IN_SAMPLE, _OUT_OF_SAMPLE = has("out_of_sample", False), has("out_of_sample", True)
_UP, _DOWN = has("direction", "up"), has("direction", "down")
_STRETCH = {"length": lasting("hours", HOUR_S), "deviations": size("mean_z")}
_SCALE = {
    "day": day("since"),
    "command": typed("wastenot correct"),
    "option": code("factor", "--scale {:.3g}"),
}
_KNOWN_RANGE = {
    "variable": text("variable"),
    "low": measured("min", "unit"),
    "high": measured("max", "unit"),
    "mean": measured("mean", "unit"),
    "outside": share("outside"),
}
#: what can have changed, one by one
STATIC_FACTORS = (
    sentence(
        N_("%(meter)s was replaced on %(day)s (%(why)s)"),
        has("kind", "replaced"),
        meter=text("meter"), day=day("at"), why=text("why"),
    ),
    sentence(
        N_("what is expected was adjusted from %(day)s on (%(why)s)"),
        has("kind", "added", "grown"),
        day=day("at"), why=text("why"),
    ),
    sentence(
        N_("%(who)s called the excess since %(day)s a normal change (%(why)s)"),
        lambda facts: "hotspot" in facts,
        who=text("who"), day=day("at"), why=text("why"),
    ),
)  # fmt: skip
#: by the kind of a finding: of several sentences the first one that can be told
SENTENCES: Mapping[str, tuple[Sentence, ...]] = {
    "no_data": (sentence(N_("nothing is known of the period")),),
    "too_few_days": (
        sentence(
            N_("%(days)s usable days; a baseline needs %(needed)s"),
            days=count("days"), needed=count("needed"),
        ),
    ),
    "low_coverage": (
        sentence(
            N_("only %(coverage)s of the period is usable; a baseline needs %(needed)s"),
            coverage=share("coverage"), needed=share("needed"),
        ),
        sentence(
            N_("learned from %(coverage)s of the period; %(good)s is good practice"),
            coverage=share("coverage"), good=share("good"),
        ),
    ),
    "constant": (
        sentence(N_("nothing was ever used: there is nothing to learn"), between("value", 0.0, 0.0)),
        sentence(
            N_("each interval of %(interval)s has exactly %(value)s: there is nothing to learn"),
            interval=interval, value=use("value"),
        ),
    ),
    "long_period": (
        sentence(N_("the period is %(days)s days long; a year is good practice"), days=count("days")),
    ),
    "fit_undefined": (
        sentence(N_("CV(RMSE) in sample is not defined: the mean use is zero"), _IN_SAMPLE),
        sentence(N_("CV(RMSE) out of sample is not defined: the mean use is zero"), _OUT_OF_SAMPLE),
    ),
    "poor_fit": (
        sentence(
            N_("CV(RMSE) in sample is %(value)s; %(profile)s allows %(limit)s"), _IN_SAMPLE,
            value=percent("cvrmse_pct"), limit=limit("limit_pct"), profile=text("profile"),
        ),
        sentence(
            N_("CV(RMSE) out of sample is %(value)s; %(profile)s allows %(limit)s"), _OUT_OF_SAMPLE,
            value=percent("cvrmse_pct"), limit=limit("limit_pct"), profile=text("profile"),
        ),
    ),
    "biased_fit": (
        sentence(
            N_("NMBE in sample is %(value)s; %(profile)s allows ±%(limit)s"), _IN_SAMPLE,
            value=percent("nmbe_pct", signed=True), limit=limit("limit_pct"), profile=text("profile"),
        ),
        sentence(
            N_("NMBE out of sample is %(value)s; %(profile)s allows ±%(limit)s"), _OUT_OF_SAMPLE,
            value=percent("nmbe_pct", signed=True), limit=limit("limit_pct"), profile=text("profile"),
        ),
    ),
    "excluded_segment": (
        sentence(
            N_("%(length)s of far more use than usual (%(deviations)s deviations): left out"),
            _UP, **_STRETCH,
        ),
        sentence(
            N_("%(length)s of far less use than usual (%(deviations)s deviations): left out"),
            _DOWN, **_STRETCH,
        ),
    ),
    "unusual_segment": (
        sentence(
            N_(
                "%(length)s of far more use than usual (%(deviations)s deviations): too long to leave out, "
                "it is learned from"
            ),
            _UP, **_STRETCH,
        ),
        sentence(
            N_(
                "%(length)s of far less use than usual (%(deviations)s deviations): too long to leave out, "
                "it is learned from"
            ),
            _DOWN, **_STRETCH,
        ),
    ),
    "scale_changed": (
        sentence(
            N_(
                "since %(day)s it uses %(times)s times what it used before on like days, quiet and busy "
                "hours alike: the period begins there. If a pulse value, transformer ratio or unit of the "
                "meter was set, %(command)s with %(option)s brings the time before to the present scale"
            ),
            between("factor", 1.0, MOST), times=factor("factor"), **_SCALE,
        ),
        sentence(
            N_(
                "since %(day)s it uses 1/%(fraction)s of what it used before on like days, quiet and busy "
                "hours alike: the period begins there. If a pulse value, transformer ratio or unit of the "
                "meter was set, %(command)s with %(option)s brings the time before to the present scale"
            ),
            between("factor", _TINY, 1.0), fraction=factor("factor", inverse=True), **_SCALE,
        ),
    ),
    "zeros": (
        sentence(
            N_(
                "%(count)s intervals of exactly zero (%(share)s) where the meter otherwise stays well above "
                "zero: treated as missing"
            ),
            count=count("intervals"), share=share("share"),
        ),
    ),
    "stuck": (
        sentence(
            N_("each interval of %(interval)s has exactly %(value)s, for %(length)s: left out"),
            interval=interval, value=use("value"), length=lasting("hours", HOUR_S),
        ),
    ),
    "variable_missing": (
        sentence(
            N_("%(variable)s is unknown in %(share)s of the usable intervals: done without"),
            variable=text("variable"), share=share("unknown"),
        ),
        sentence(
            N_("the baseline needs %(variables)s, which the process no longer names"),
            variables=texts("variables"),
        ),
    ),
    "variable_constant": (
        sentence(N_("%(variable)s never changes: done without"), variable=text("variable")),
    ),
    "interval_changed": (
        sentence(
            N_("the baseline is for intervals of %(before)s, the plant's are of %(now)s"),
            before=lasting("baseline_interval_s"), now=lasting("interval_s"),
        ),
    ),
    "period_amended": (
        sentence(
            N_(
                "readings of %(meters)s were amended and what is expected was adjusted in the baseline "
                "period after the baseline was made"
            ),
            has("adjusted", True), meters=texts("meters"),
        ),
        sentence(
            N_("readings of %(meters)s were amended in the baseline period after the baseline was made"),
            has("adjusted", False), meters=texts("meters"),
        ),
        sentence(
            N_("what is expected was adjusted in the baseline period after the baseline was made"),
            lambda facts: facts.get("adjusted") is True and facts.get("meters") == [],
        ),
    ),
    "static_factor_changed": (
        sentence(
            N_("static factors changed after the baseline: %(changes)s"),
            changes=each("changes", *STATIC_FACTORS),
        ),
    ),
    "out_of_range": (
        sentence(
            N_(
                "%(variable)s is outside the range that the baseline knows (%(low)s to %(high)s per "
                "%(length)s) for %(outside)s of the time, %(mean)s on the average"
            ),
            length=lasting("per_s"), **_KNOWN_RANGE,
        ),
        sentence(
            N_(
                "%(variable)s is outside the range that the baseline knows (%(low)s to %(high)s) for "
                "%(outside)s of the time, %(mean)s on the average"
            ),
            lambda facts: "per_s" in facts and facts["per_s"] is None, **_KNOWN_RANGE,
        ),
    ),
    "static_drift": (
        sentence(
            N_(
                "over %(days)s days use was %(drift)s against what is expected, without an open hotspot; "
                "%(profile)s allows ±%(limit)s: the process has changed"
            ),
            days=count("days"), drift=percent("drift_pct", signed=True), limit=limit("limit_pct"),
            profile=text("profile"),
        ),
    ),
    "old_baseline": (
        sentence(
            N_("the baseline period ended %(days)s days ago; the plant's rule is %(limit)s days"),
            days=count("days"), limit=count("limit_days"),
        ),
    ),
    "excess_in_period": (
        sentence(
            N_("learned from a stretch in which the cold start found too much use"),
            between("stretches", 1.0, 1.0),
        ),
        sentence(
            N_("learned from %(count)s stretches in which the cold start found too much use"),
            count=count("stretches"),
        ),
    ),
    "provisional": (
        sentence(
            N_(
                "what is expected is provisional: learned day by day since %(day)s, until %(needed)s usable "
                "days make a baseline"
            ),
            day=day("since"), needed=count("needed"),
        ),
    ),
}  # fmt: skip


def finding_words(finding: Finding, reader: Reader) -> Markup | None:
    """Return a finding's sentence as HTML; None where only its English message can tell it.

    What an older version saved lacks some figures, and what a newer one saved may be of a kind nobody knows.
    """
    facts: object = finding.evidence
    if not isinstance(facts, Mapping):
        return None
    return told(SENTENCES.get(finding.kind, ()), facts, reader)
