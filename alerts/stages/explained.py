"""Inhibition: what one trouble explains is not told beside it.

A trouble of the installation explains silent meters; a silent main meter those under it; a process that
fell explains that everything behind it fell; and the other way round, an excess found at a process
explains the same excess at its main meter: the nearer one says where to go. What a process passes on is
its product (`feeds`), and says nothing of what the next one wastes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.conditions import INHIBITED_BY, explanation
from domain.alert import AlertKind, Condition, Sight
from domain.hotspot import HotspotKind

#: a child's excess that makes up this share of the main meter's explains it
EXPLAINING_SHARE = 0.5
#: what fell silent, or fell, later than this after its cause is no consequence of it any more
_TOGETHER = timedelta(hours=1)

Upstream = Mapping[str, Collection[str]]  # process -> every process that leads to it
_ERRORS = frozenset({"store", "spool", "ledger"})


def upstream(feeds: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """Return every process that leads to each process, directly or not; a loop leads nowhere new.

    >>> sorted(upstream({"main": ["hall"], "hall": ["kiln"], "kiln": []})["kiln"])
    ['hall', 'main']
    """
    found: dict[str, set[str]] = {name: set() for name in feeds}
    for origin in feeds:
        ahead, seen = list(feeds[origin]), {origin}
        while ahead:
            name = ahead.pop()
            if name not in seen:
                seen.add(name)
                found.setdefault(name, set()).add(origin)
                ahead += feeds.get(name, ())
    return found


def with_explanations(
    conditions: Iterable[Condition], holding: Sequence[str], before: Upstream, mains: Upstream
) -> list[Condition]:
    """Return the conditions; those that another one explains say which in their facts.

    Args:
        holding: keys of the infrastructure troubles that hold.
        before: every process that leads to each, by product or by a main meter; what `upstream` returns.
        mains: every process whose main meter holds each; what `upstream` returns.
    """
    given = list(conditions)
    causes = _causes(given, before, mains)
    return [_explained(one, causes(one), holding) for one in given]


def _causes(
    given: Sequence[Condition], before: Upstream, mains: Upstream
) -> Callable[[Condition], Iterator[Condition]]:
    """Return what tells the conditions that explain one, in their order.

    A thousand that hold at once are not compared with each other: only those of a process that leads to the
    condition's, holds it, or is held by it.
    """
    places: dict[tuple[AlertKind, str, str], list[int]] = {}
    for number, one in enumerate(given):
        places.setdefault((one.kind, *_stream(one)), []).append(number)
    held: dict[str, set[str]] = {}
    for name, holders in mains.items():
        for holder in holders:
            held.setdefault(holder, set()).add(name)

    def causes(condition: Condition) -> Iterator[Condition]:
        resource, here = _stream(condition)
        near = {*before.get(here, ()), *mains.get(here, ()), *held.get(here, ())}
        numbers = [n for name in near for n in places.get((condition.kind, resource, name), ())]
        return (given[n] for n in sorted(numbers) if _explains(given[n], condition, before, mains))

    return causes


def _stream(condition: Condition) -> tuple[str, str]:
    """Return the resource and the process that a condition is about; "" where there is none."""
    return str(condition.facts.get("resource") or ""), str(condition.facts.get("process", ""))


def _explained(condition: Condition, causes: Iterator[Condition], holding: Sequence[str]) -> Condition:
    trouble = explanation(condition, holding)
    if trouble is not None:
        sight = Sight.ERROR if trouble.partition(" ")[0] in _ERRORS else Sight.NO_DATA
        return replace(condition, facts={**condition.facts, INHIBITED_BY: trouble}, sight=sight)
    cause = next(causes, None)
    if cause is None:
        return condition
    return replace(condition, facts={**condition.facts, INHIBITED_BY: cause.key})


def _explains(cause: Condition, other: Condition, before: Upstream, mains: Upstream) -> bool:
    """Return whether one condition is why another holds."""
    (resource, there), (own, here) = _stream(cause), _stream(other)
    if cause is other or cause.kind is not other.kind or not resource or resource != own:
        return False
    if cause.kind is AlertKind.SILENT_METER or _fell(cause):
        return (
            there in (before if _fell(cause) else mains).get(here, ())
            and _kind(cause) == _kind(other)
            and abs(other.since - cause.since) <= _TOGETHER
        )
    return here in mains.get(there, ()) and _is_share(cause, other)


def _kind(condition: Condition) -> object:
    return condition.facts.get("hotspot_kind")


def _fell(condition: Condition) -> bool:
    return _kind(condition) == HotspotKind.UNDER_CONSUMPTION


def _is_share(child: Condition, main: Condition) -> bool:
    """Return whether a child's excess is most of the main meter's, and both began in the same stretch."""
    if not _kind(child) == _kind(main) == HotspotKind.DRIFT:
        return False
    part, whole = child.facts.get("excess_per_hour"), main.facts.get("excess_per_hour")
    if not part or not whole:
        return False
    began = _detected(child)
    return float(part) >= EXPLAINING_SHARE * float(whole) and (began is None or began >= main.since)


def _detected(condition: Condition) -> datetime | None:
    text = condition.facts.get("detected_at")
    return datetime.fromisoformat(text) if text else None
