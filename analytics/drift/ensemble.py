"""Several detectors that vote, on river's `DriftDetector` contract."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from river.base import DriftDetector


@runtime_checkable
class Directed(Protocol):
    """What a member has to be able to do, beside being a detector: every one of analytics.drift does."""

    direction: int

    def numbers(self) -> list[float]:
        """Return the state as numbers."""
        ...

    def restore(self, numbers: list[float]) -> None:
        """Continue from what `numbers` returned."""
        ...


class Ensemble(DriftDetector):
    """Drift when at least `votes` of the members have found one in the same direction, lately.

    Members disagree about noise and agree about change, so each may have a nearer limit than it could
    afford alone. A vote holds for `hold` values, because members need different times for the same change
    and river's forget what they found with the next value. `_reset()` re-arms all. None and NaN are skipped.

    Args:
        members: detectors of analytics.drift; they stay as they are, their clones are fed.
        votes: how many must agree.
        hold: how many values a vote lasts.

    Raises:
        TypeError: a member does not tell its direction or state.
        ValueError: `votes` is not between 1 and the number of members, or `hold` is below 1.

    Examples:
        >>> import random
        >>> from analytics.drift.cusum import CUSUM
        >>> from analytics.drift.ewma import EWMA
        >>> from analytics.drift.page_hinkley import PageHinkley
        >>> rng = random.Random(7)
        >>> page = PageHinkley(min_instances=20, delta=0.5, threshold=8.0, alpha=1.0)
        >>> two_of_three = Ensemble([CUSUM(k=0.75, h=5.0), EWMA(lam=0.1, limit=3.5), page], votes=2, hold=7)
        >>> for i in range(300):
        ...     two_of_three.update(rng.gauss(0.0 if i < 200 else 1.5, 1.0))
        ...     if two_of_three.drift_detected:
        ...         print(f"found at {i}, direction {two_of_three.direction:+d}")
        ...         break
        found at 206, direction +1

    Source: L. Lam, C. Y. Suen (1997), Application of majority voting to pattern recognition, IEEE Trans.
    Systems, Man, and Cybernetics A 27(5), 553-568.
    """

    def __init__(self, members: Sequence[DriftDetector], votes: int = 2, hold: int = 7) -> None:
        super().__init__()
        if not 1 <= votes <= len(members) or hold < 1:
            raise ValueError(
                f"{votes} votes held for {hold} values of {len(members)} members are not possible"
            )
        for member in members:
            if not isinstance(member, Directed):
                raise TypeError(
                    f"{type(member).__name__} does not tell its direction and state: wrap it first"
                )
        self.members, self.votes, self.hold = members, votes, hold
        self._reset()

    def _reset(self) -> None:
        """Forget everything."""
        super()._reset()
        self.live = [member.clone() for member in self.members]
        self.sides = [0] * len(self.live)  # each member's last vote
        self.ages = [self.hold] * len(self.live)  # values since; `hold` = too old to count
        self.direction = 0

    def update(self, x: float | None) -> None:
        """Take one standardised value; None and NaN are skipped."""
        if x is None or math.isnan(x):
            return
        for i, member in enumerate(self.live):
            member.update(x)
            if member.drift_detected:
                self.sides[i], self.ages[i] = _directed(member).direction, 0
            else:
                self.ages[i] = min(self.ages[i] + 1, self.hold)
        self._count()

    def _count(self) -> None:
        """Decide by the votes that still hold."""
        held = [side for side, age in zip(self.sides, self.ages, strict=True) if age < self.hold]
        up, down = held.count(1), held.count(-1)
        self._drift_detected = max(up, down) >= self.votes
        self.direction = (up > down) - (down > up)

    def numbers(self) -> list[float]:
        """Return the state as numbers: what a snapshot keeps beside the parameters."""
        out: list[float] = []
        for member, side, age in zip(self.live, self.sides, self.ages, strict=True):
            own = _directed(member).numbers()
            out += [float(side), float(age), float(len(own)), *own]
        return out

    def restore(self, numbers: list[float]) -> None:
        """Continue from what `numbers` returned."""
        self._reset()
        at = 0
        for i, member in enumerate(self.live):
            size = int(numbers[at + 2])
            self.sides[i], self.ages[i] = int(numbers[at]), int(numbers[at + 1])
            _directed(member).restore(numbers[at + 3 : at + 3 + size])
            at += 3 + size
        self._count()


def _directed(member: DriftDetector) -> Directed:
    assert isinstance(member, Directed)  # _reset cloned what __init__ checked
    return member
