"""What the memory of a series costs: values that follow their predecessor say less than independent ones."""

from __future__ import annotations


def long_run_variance(variance: float, rho: float) -> float:
    """Return n times the variance of the mean of n values, n large: variance (1 + rho) / (1 - rho).

    By this much a sum or mean of correlated values strays more than one of independent ones (AR(1)).

    Args:
        variance: of one value, in the square of its unit; 1 gives the factor itself.
        rho: correlation of a value with the next, -1 < rho < 1.

    Source: D. S. Wilks, Statistical Methods in the Atmospheric Sciences, 3rd ed., 5.2.4 (variance inflation).

    >>> long_run_variance(2.0, 0.5), long_run_variance(2.0, 0.0)
    (6.0, 2.0)
    """
    return variance * (1.0 + rho) / (1.0 - rho)


def independent_values(n: float, rho: float) -> float:
    """Return n', how many independent values n correlated ones are worth: n (1 - rho) / (1 + rho).

    Args:
        n: how many values there are; 1 gives the share itself.
        rho: correlation of a value with the next, -1 < rho < 1.

    Source: ASHRAE Guideline 14-2014, annex B (n').

    >>> independent_values(90, 0.5)
    30.0
    """
    return n * (1.0 - rho) / (1.0 + rho)
