"""A plant's topics shared out: to several brokers, and to several collectors of one broker.

`$share` would break the order of a meter's readings, and an offline member would keep its share to itself.
So each collector has topics of its own, and a session of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from domain.meter import Meter, Variable
from domain.plant import Plant
from ingest.topics import covers, without_covered


def at_broker(plant: Plant, broker: str) -> Plant:
    """Return the plant with what is heard at one broker; "" is the first one.

    A meter without a topic of its own stays: it may be fed by any source.
    """

    def here(thing: Meter | Variable) -> bool:
        return not thing.rule.topic or thing.rule.broker == broker

    return replace(
        plant,
        meters={name: meter for name, meter in plant.meters.items() if here(meter)},
        variables={name: variable for name, variable in plant.variables.items() if here(variable)},
        sources=tuple(source for source in plant.sources if source.rule.broker == broker),
    )


def intersection(one: str, other: str) -> str | None:
    """Return the filter that gets exactly the topics which both filters get; None when there is none.

    >>> intersection("plant/+/water", "plant/dye/#"), intersection("a/#", "a"), intersection("a/+", "a")
    ('plant/dye/water', 'a', None)
    """
    ours, theirs = one.split("/"), other.split("/")
    if ours[0] != theirs[0] and (ours[0].startswith("$") or theirs[0].startswith("$")):
        return None  # a wildcard does not get the broker's own topics
    levels: list[str] = []
    for place in range(max(len(ours), len(theirs))):
        mine = ours[place] if place < len(ours) else ""
        its = theirs[place] if place < len(theirs) else ""
        if "#" in (mine, its):
            longer = ours[place:] if its == "#" else theirs[place:]
            return "/".join([*levels, *longer])
        if place >= len(ours) or place >= len(theirs):
            return None
        if mine != its and "+" not in (mine, its):
            return None
        levels.append(its if mine == "+" else mine)
    return "/".join(levels)


def within(filters: Iterable[str], topics: Sequence[str]) -> list[str]:
    """Return the filters that get what `filters` get of these topics, none covered by another."""
    met = [intersection(one, topic) for one in filters for topic in topics]
    return without_covered([one for one in met if one is not None])


def shared_twice(
    filters: Sequence[str], partitions: Mapping[str, Sequence[str]]
) -> list[tuple[str, str, str]]:
    """Return (partition, partition, filter) for what two of them would both collect."""
    return [
        (one, other, twice)
        for one, other in combinations(partitions, 2)
        for twice in within(within(filters, partitions[one]), partitions[other])
    ]


def left_out(filters: Iterable[str], partitions: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the filters of which no partition gets all.

    A filter with a wildcard that is split over several partitions is one of them, since nobody can know
    which topics there will be.
    """
    topics = [topic for part in partitions.values() for topic in part]
    return [one for one in filters if not any(covers(topic, one) for topic in topics)]
