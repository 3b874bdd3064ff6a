"""A plain model to compare with: hours of the week and a piecewise linear temperature, by least squares.

Source: Mathieu, Price, Kiliccote, Piette, Quantifying changes in building electricity use, IEEE Trans. Smart
Grid 2 (2011), with one mode of occupancy.
"""

from __future__ import annotations

import numpy as np

KNOTS = (-20, 0, 5, 10, 15, 20, 25)  # [degC]
HOURS = 168


def hinges(degrees: np.ndarray) -> np.ndarray:
    """Return how far temperatures [degC] lie above each knot, (n, knots)."""
    return np.stack([np.maximum(degrees - knot, 0.0) for knot in KNOTS], axis=1)


def coefficients(how: np.ndarray, degrees: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Return the use at each hour of the week, and what each knot adds per degree, (168 + knots,).

    Args:
        how: (n,) hour of the week.
        degrees: (n,) [degC]; nan = unknown.
        used: (n,) nan = unknown.
    """
    rows = np.isfinite(degrees) & np.isfinite(used)
    columns = np.hstack((np.eye(HOURS)[how[rows]], hinges(degrees[rows])))
    gram = columns.T @ columns + 1e-3 * np.eye(columns.shape[1])
    found: np.ndarray = np.linalg.solve(gram, columns.T @ used[rows])
    return found


def expected(found: np.ndarray, how: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Return what is used at such hours and temperatures, (n,)."""
    amounts: np.ndarray = found[:HOURS][how] + hinges(degrees) @ found[HOURS:]
    return amounts
