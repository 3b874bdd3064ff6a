"""How much of the plant leans the way one stream has moved, long before each would be found by itself.

A cause that all streams share (the supply, the weather, the clock) moves them together; their detectors
notice it one after the other, hours apart. What is asked here needs none: more than was expected, or not?
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from analytics.drift.memory import Hour

#: start [us], expected and excess [unit] of an hour
HourUse = tuple[int, float, float]
Stream = tuple[str, str]
#: a stream leans when it moves by this share of what the one that is asked about does, and by LEAST at least
SHARE_OF_OWN, LEAST = 0.5, 0.05
LEAST_STREAMS = 3


def share_leaning(
    streams: Mapping[Stream, Sequence[HourUse]], own: Stream, since_us: int, direction: int
) -> float | None:
    """Return the share of the other streams that lean the way of one of them since an instant [0, 1].

    Args:
        since_us: the onset of what was found in `own` [us]; the hour it lies in counts.
        direction: +1 = more than expected, -1 = less.

    Returns:
        None: nothing is known of `own`, or of fewer than three others.
    """
    moved = _lean(streams.get(own, ()), since_us, direction)
    others = [_lean(hours, since_us, direction) for name, hours in streams.items() if name != own]
    known = [one for one in others if one is not None]
    if moved is None or len(known) < LEAST_STREAMS:
        return None
    least = max(LEAST, SHARE_OF_OWN * moved)
    return sum(one >= least for one in known) / len(known)


def _lean(hours: Iterable[HourUse], since_us: int, direction: int) -> float | None:
    """Return the excess since an instant over what was expected, in a direction; None: nothing is known."""
    lately = [one for one in hours if one[0] > since_us - 3_600_000_000]
    expected = sum(one[1] for one in lately)
    return direction * sum(one[2] for one in lately) / expected if expected > 0.0 else None


def lately_share(hours: Iterable[HourUse], since_us: int, direction: int, usual: float) -> float | None:
    """Return the excess per hour since an instant over what is expected, in a direction.

    Args:
        usual: what is expected per hour otherwise [unit/h]; on a day of rest a share of next to nothing says
            nothing.
    """
    lately = [one for one in hours if one[0] > since_us - 3_600_000_000]
    if not lately:
        return None
    expected = max(sum(one[1] for one in lately) / len(lately), usual)
    return direction * sum(one[2] for one in lately) / len(lately) / expected if expected > 0.0 else None


def hours_of(hours: Iterable[Hour]) -> list[HourUse]:
    """Return the hours of a judge's memory that are known."""
    return [(one.start_us, one.sums.expected, one.sums.excess) for one in hours if one.sums.hours > 0.0]
