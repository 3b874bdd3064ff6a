"""Words about consumption per interval: its quality."""

from __future__ import annotations

from enum import StrEnum


class Quality(StrEnum):
    """How far an interval's consumption can be trusted. Order in `RANK`: the worst of several wins."""

    MEASURED = "measured"
    ESTIMATED = "estimated"  # filled from neighbours within the allowed hold, total plausible
    CATCH_UP = "catch_up"  # a lump after an outage spread over the gap: the total is right, the shape is not
    RESET = "reset"  # the register restarted inside the interval: a lower bound
    MISSING = "missing"  # unknown; the amount is null, never zero


#: severity of each quality; only MEASURED and ESTIMATED enter baselines and detectors
RANK = {q: i for i, q in enumerate(Quality)}
USABLE = (Quality.MEASURED, Quality.ESTIMATED)
