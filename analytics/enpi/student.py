"""Student's t: how wide an interval has to be."""

from __future__ import annotations

import math
from statistics import NormalDist


def two_tailed(confidence: float, dof: float) -> float:
    """Return t such that |T| <= t with this probability; to better than 1 in 1,000.

    Args:
        confidence: 0 < confidence < 1.
        dof: degrees of freedom, >= 1; need not be whole.

    Raises:
        ValueError: fewer than one degree of freedom.

    Source: G. W. Hill, Algorithm 396: Student's t-quantiles, Communications of the ACM 13 (1970) 619.

    >>> [round(two_tailed(0.90, dof), 3) for dof in (1, 2, 5, 10, 30)]
    [6.314, 2.92, 2.015, 1.812, 1.697]
    """
    if dof < 1:
        raise ValueError(f"{dof} degrees of freedom: at least 1 is needed")
    tail = 1.0 - confidence
    if dof == 1:
        return 1.0 / math.tan(tail * math.pi / 2.0)
    if dof == 2:
        return math.sqrt(2.0 / (tail * (2.0 - tail)) - 2.0)
    a = 1.0 / (dof - 0.5)
    b = 48.0 / a**2
    c = ((20700.0 * a / b - 98.0) * a - 16.0) * a + 96.36
    d = ((94.5 / (b + c) - 3.0) / b + 1.0) * math.sqrt(a * math.pi / 2.0) * dof
    y = (d * tail) ** (2.0 / dof)
    if y > 0.05 + a:
        return math.sqrt(dof * _near_normal(tail, dof, a, b, c, d))
    inner = 1.0 / (((dof + 6.0) / (dof * y) - 0.089 * d - 0.822) * (dof + 2.0) * 3.0) + 0.5 / (dof + 4.0)
    return math.sqrt(dof * ((inner * y - 1.0) * (dof + 1.0) / (dof + 2.0) + 1.0 / y))


def _near_normal(tail: float, dof: float, a: float, b: float, c: float, d: float) -> float:
    """Return t^2/dof from an expansion about the normal deviate."""
    x = NormalDist().inv_cdf(tail / 2.0)
    y = x * x
    if dof < 5:
        c += 0.3 * (dof - 4.5) * (x + 0.6)
    c = (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b + c
    y = (((((0.4 * y + 6.3) * y + 36.0) * y + 94.5) / c - y - 3.0) / b + 1.0) * x
    return math.expm1(a * y * y)
