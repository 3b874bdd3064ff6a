"""How sure savings are: the baseline's scatter carried into the reporting period."""

from __future__ import annotations

import math
from dataclasses import dataclass

from analytics.autocorrelation import independent_values
from analytics.enpi.student import two_tailed
from domain.baseline import Baseline
from domain.enpi import CONFIDENCE

#: for models of hourly or shorter intervals
K_HOURLY = 1.26


@dataclass(frozen=True, slots=True)
class Certainty:
    """What decides how sure the savings against a baseline are."""

    n: int  # intervals the baseline learned from
    p: int  # parameters, intercept included
    cvrmse_pct: float
    rho: float  # lag-1 autocorrelation of its residuals, interval to interval

    @property
    def effective(self) -> float:
        """Return n', the number of independent intervals."""
        return independent_values(self.n, self.rho)


def certainty_of(baseline: Baseline | None) -> Certainty | str:
    """Return how sure a baseline's expectation is, or why that is not known.

    The cross-validated CV(RMSE) counts where there is one: residuals of the fit itself are too small.
    """
    if baseline is None:
        return "no_baseline"
    figures = baseline.cross_validated or baseline.statistics
    rho = baseline.coefficients.get("correlation")
    if figures.cvrmse_pct is None or rho is None:
        return "fit_undefined"
    return Certainty(baseline.statistics.n, baseline.statistics.p, abs(figures.cvrmse_pct), float(rho))


def savings_half_width(certainty: Certainty, adjusted: float, m: int) -> float | None:
    """Return the half width of the 90 % interval of savings [unit of `adjusted`].

    k |E| t CV sqrt((n / (m n')) (1 + 2 / n')), k = 1.26, t two-tailed at n' - p degrees of freedom.

    Args:
        certainty: of the baseline.
        adjusted: E, what was expected in the reporting period.
        m: intervals of the reporting period that E is the sum of.

    Returns:
        >= 0; None where m is 0 or fewer than one degree of freedom is left.

    Source: ASHRAE Guideline 14-2014, 4.2.11 and annex B (autocorrelation); k of Reddy and Claridge (2000).

    >>> certainty = Certainty(n=8760, p=20, cvrmse_pct=15.0, rho=0.5)
    >>> round(savings_half_width(certainty, 100_000.0, 720), 1)
    2008.0
    """
    effective = certainty.effective
    if m < 1 or effective - certainty.p < 1:
        return None
    t = two_tailed(CONFIDENCE, effective - certainty.p)
    spread = math.sqrt(certainty.n / (m * effective) * (1.0 + 2.0 / effective))
    return K_HOURLY * abs(adjusted) * t * certainty.cvrmse_pct / 100.0 * spread
