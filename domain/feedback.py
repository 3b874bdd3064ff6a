"""What people say about an alert afterwards: whether it was right, and what became of it.

A false alarm of the judge widens the judge's limits, for that process and resource alone: by a factor
that is bounded, is taken back by a confirmed alert, and fades. The factor is never kept: it follows from
the feedback up to an instant, so that judging history again gives what living it gave. One of a rule, or
of a stuck meter, widens nothing: their limits are set by people or fixed, and say nothing of the judge's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.hotspot import has_learned_limits

#: what one false alarm does to a limit, and what all of them together may
WIDER, WIDEST = 1.15, 2.0
#: half of the widening is gone after so long without another false alarm
HALF_LIFE = timedelta(days=60)


class Verdict(StrEnum):
    """What an alert turned out to be."""

    CONFIRMED = "confirmed"  # there is waste
    FIXED = "fixed"  # there was, and it has been mended
    NORMAL_CHANGE = "normal_change"  # the process works differently now, and is meant to
    METER_FAULT = "meter_fault"  # the meter was wrong, not the process
    FALSE_ALARM = "false_alarm"


@dataclass(frozen=True, slots=True)
class Feedback:
    """One person's word on one episode of an alert; a later word counts, the earlier ones are kept."""

    fingerprint: str
    episode: int
    at: datetime
    who: str
    verdict: Verdict
    reason: str
    process: str  # "" where the alert has none
    resource: str
    channel: str  # the detector that raised it; "" where none did
    id: int = 0  # given by the ledger


#: what the next one who is called wants to know more about
NEEDS_A_REASON = frozenset({Verdict.FALSE_ALARM, Verdict.NORMAL_CHANGE, Verdict.METER_FAULT})
_RIGHT = {Verdict.CONFIRMED, Verdict.FIXED}


def latest_words(feedback: Iterable[Feedback]) -> dict[tuple[str, int], Feedback]:
    """Return the last word on each episode of each alert."""
    return {(one.fingerprint, one.episode): one for one in feedback}


def called_right(feedback: Iterable[Feedback], process: str, resource: str, at: datetime) -> frozenset[str]:
    """Return the fingerprints of a stream's alerts of which the last word before an instant is that they were
    right.

    >>> called_right([], "dye_line_2", "water", datetime(2026, 1, 1))
    frozenset()
    """
    said = latest_words(one for one in feedback if one.at <= at).values()
    return frozenset(
        one.fingerprint
        for one in said
        if (one.process, one.resource) == (process, resource) and one.verdict in _RIGHT
    )


def limit_factors(
    feedback: Iterable[Feedback], process: str, resource: str, at: datetime
) -> dict[str, float]:
    """Return by how much each detector of a stream's judge has had its limits widened at an instant, 1 .. 2.

    Of several words on one episode the last one before the instant counts. Rules and the watch for stuck
    meters have no part in it.

    Args:
        feedback: in the order in which it was said.
    """
    said = [
        one
        for one in latest_words(one for one in feedback if one.at <= at).values()
        if (one.process, one.resource) == (process, resource) and has_learned_limits(one.channel)
    ]
    factors: dict[str, tuple[float, datetime]] = {}
    for one in sorted(said, key=lambda word: (word.at, word.id)):
        factor = _faded(*factors.get(one.channel, (1.0, one.at)), one.at)
        factors[one.channel] = (_after(factor, one.verdict), one.at)
    return {channel: _faded(factor, since, at) for channel, (factor, since) in factors.items()}


def limit_factor(feedback: Iterable[Feedback], process: str, resource: str, at: datetime) -> float:
    """Return how wide all limits of a stream's judge are at an instant, 1 .. 2; 1 = as learned.

    It is the widest factor of its detectors: they look at the same excess, and one that people have called
    false would else be found by the next of them.

    >>> limit_factor([], "dye_line_2", "water", datetime(2026, 1, 1))
    1.0
    """
    return max(limit_factors(feedback, process, resource, at).values(), default=1.0)


def _after(factor: float, verdict: Verdict) -> float:
    if verdict is Verdict.FALSE_ALARM:
        return min(factor * WIDER, WIDEST)
    return max(factor / WIDER, 1.0) if verdict in _RIGHT else factor


def _faded(factor: float, since: datetime, at: datetime) -> float:
    half_lives: float = (at - since) / HALF_LIFE
    return 1.0 + (factor - 1.0) * math.pow(0.5, half_lives)
