"""Several collectors that share a plant's topics: which topics each has, and whether each topic has one."""

from __future__ import annotations

from config.settings import Settings
from config.settings_schema import PartitionSettings
from domain.errors import ConfigError, Problem
from domain.plant import Plant
from ingest.partition import at_broker, left_out, shared_twice, within
from ingest.routes import filters_of, subscriptions


def partition_named(settings: Settings, name: str) -> PartitionSettings | None:
    """Return the partition that a collector was asked to take; None when there are none.

    Raises:
        ConfigError: there is no such partition, or there are some and none was asked for.
    """
    known = {partition.name: partition for partition in settings.partitions}
    if not name and not known:
        return None
    if name in known:
        return known[name]
    said = f"{name!r} is no [[partition]] of the settings" if name else "which partition is not said"
    allowed = ", ".join(known) or "none: the settings have no [[partition]]"
    raise ConfigError([Problem("wastenot collect", "", "--partition", "", f"{said}; allowed: {allowed}")])


def topics_of(plant: Plant, partition: PartitionSettings | None, broker: str) -> list[str]:
    """Return the filters that a collector subscribes to at one broker."""
    filters = subscriptions(at_broker(plant, broker))
    return filters if partition is None else within(filters, partition.topics)


def partition_problems(settings: Settings, plant: Plant) -> list[Problem]:
    """Return every topic of the plant that two partitions collect, or that none does."""
    partitions = {partition.name: partition.topics for partition in settings.partitions}
    if not partitions:
        return []
    filters, every = filters_of(plant), ", ".join(partitions)
    twice = [
        (one, f"is collected by {first} and by {second}: one of them, no more")
        for first, second, one in shared_twice(filters, partitions)
    ]
    split = split_filters(settings, plant)
    missed = [
        (one, f"is collected by none of {every}: add it to one of them")
        for one in left_out(filters, partitions)
        if one not in split
    ]
    found = dict.fromkeys([*twice, *missed])
    return [Problem("settings", "partition", "topics", one, message) for one, message in found]


def split_filters(settings: Settings, plant: Plant) -> list[str]:
    """Return the wildcards that are shared out: nobody collects what is in none of the shares."""
    partitions = {partition.name: partition.topics for partition in settings.partitions}
    if not partitions:
        return []
    topics = [topic for part in partitions.values() for topic in part]
    return [one for one in left_out(filters_of(plant), partitions) if within([one], topics)]
