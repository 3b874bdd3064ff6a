"""Whether a loss is worth somebody's time."""

from __future__ import annotations


def is_worth_it(rate: float, price: float | None, min_cost: float) -> bool:
    """Return whether a rate of loss reaches the plant's threshold; where no price is known, any does.

    Args:
        rate: [unit/h].
        price: [currency/unit].
        min_cost: `detection.min_cost_per_hour` [currency/h].

    >>> is_worth_it(2.0, 3.0, 5.0), is_worth_it(2.0, 1.0, 5.0), is_worth_it(2.0, None, 5.0)
    (True, False, True)
    """
    return rate > 0.0 and (price is None or rate * price >= min_cost)
