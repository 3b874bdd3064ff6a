"""History -> what each process should use: explainable models, chosen by blocked cross-validation, frozen.

`fit_baseline` learns (or refuses, with reasons), `expect` predicts, `usual_deviation` says how sure that
is, `extrapolation` and `needs_refresh` say when it should no longer be believed, `fit_statistics` says
how well it does. One model per file, all of them in `models.MODELS`; what they are sums of stands in `terms`.
"""

from __future__ import annotations

from analytics.baseline.expectation import expect, extrapolation, usual_deviation
from analytics.baseline.fitting import Refusal, fit_baseline
from analytics.baseline.refresh import Change, needs_refresh, with_reporting_means
from analytics.baseline.statistics import fit_statistics, reporting_statistics

__all__ = [
    "Change",
    "Refusal",
    "expect",
    "extrapolation",
    "fit_baseline",
    "fit_statistics",
    "needs_refresh",
    "reporting_statistics",
    "usual_deviation",
    "with_reporting_means",
]
