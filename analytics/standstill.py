"""Whether the plant stood still on a day on which it works: a day off that nobody has written down.

A baseline of output and hours expects of such a day what no other day has shown it, on every stream at once;
sums over days then cross their limits by something that is nobody's waste.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from analytics.drift.memory import Day

_HOUR_US = 3_600_000_000
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Quiet:
    """When a day counts as one on which the plant stood still."""

    below: float = 0.5  # of what the stream used on the same weekday of the weeks before ...
    weeks: int = 4  # ... as many of them, their median ...
    at_least_weeks: int = 2  # ... or as few
    share: float = 0.5  # of the streams that can be compared ...
    at_least: int = 3  # ... and so many of them
    hours: float = 12.0  # of a day that has to be known


@dataclass(frozen=True, slots=True)
class Standstill:
    """Days in a row on which the plant stood still, both included; how many streams did on the last."""

    first: date
    last: date
    stood: int
    judged: int


def standstill(
    days: Sequence[Mapping[date, float]], last: date, known: Collection[date], rule: Quiet | None = None
) -> Standstill | None:
    """Return the standstill that ends with a day; None where the plant ran, or nothing can be said.

    Args:
        days: of each stream, what it used per hour on each local day [unit/h], from `used_per_day`.
        last: a local day that is over.
        known: holidays and closures of the plant file; they are neither told nor compared with.
    """
    rule, found, day = rule or Quiet(), None, last
    while (counts := _counts(days, day, known, rule)) is not None:
        found = (
            Standstill(day, last, *counts)
            if found is None
            else Standstill(day, last, found.stood, found.judged)
        )
        day -= timedelta(days=1)
    return found


def _counts(
    days: Sequence[Mapping[date, float]], day: date, known: Collection[date], rule: Quiet
) -> tuple[int, int] | None:
    """Return how many streams stood still, and of how many; None where the plant ran or nobody knows."""
    if day in known:
        return None
    shares = [share for one in days if (share := _share(one, day, known, rule)) is not None]
    stood = sum(share < rule.below for share in shares)
    is_known = 2 * len(shares) >= len(days)
    is_still = stood >= rule.at_least and stood >= rule.share * len(shares)
    return (stood, len(shares)) if is_known and is_still else None


def _share(used: Mapping[date, float], day: date, known: Collection[date], rule: Quiet) -> float | None:
    """Return what a stream used of what it uses on such a weekday; None where that is not known."""
    earlier = [day - WEEK * number for number in range(1, rule.weeks + 1)]
    rates = [used[one] for one in earlier if one in used and one not in known]
    if day not in used or len(rates) < rule.at_least_weeks:
        return None
    usual = median(rates)
    return used[day] / usual if usual > 0.0 else None


def used_per_day(days: Sequence[Day], zone: ZoneInfo, rule: Quiet | None = None) -> dict[date, float]:
    """Return what a stream used per hour on each local day that is known well enough [unit/h].

    Args:
        days: of the judge's memory.
    """
    hours = (rule or Quiet()).hours
    return {
        datetime.fromtimestamp(one.start_us / 1e6, zone).date(): (one.sums.expected + one.sums.excess)
        / one.sums.hours
        for one in days
        if one.sums.hours >= hours
    }
