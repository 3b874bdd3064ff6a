"""From a topic to its routes, built once from the plant; and the filters to subscribe to."""

from __future__ import annotations

from domain.plant import Meter, PayloadRule, Plant, Variable
from domain.reading import RejectReason
from ingest.sources import SourceRoutes
from ingest.targets import Refusal, Route, Target, routes_of, target_of
from ingest.topics import matcher, subscription, without_covered

_CACHED_TOPICS = 50_000


def subscriptions(plant: Plant) -> list[str]:
    """Return the topic filters to subscribe to, none covered by another."""
    named = [thing.rule.topic for thing in _named(plant)]
    return without_covered([*named, *(subscription(source.rule.topic) for source in plant.sources)])


def arrival_timed(plant: Plant) -> frozenset[str]:
    """Return the meters and variables whose readings carry no time of their own, but that of their arrival.

    Of those without a topic only the ones that every [[source]] would stamp so.
    """
    stamped = bool(plant.sources) and not any(source.rule.time for source in plant.sources)
    things: list[Meter | Variable] = [*plant.meters.values(), *plant.variables.values()]
    return frozenset(t.id for t in things if (not t.rule.time if t.rule.topic else stamped))


class Routes:
    """The plant's topics. One that a meter names is that meter's alone; only others go to a [[source]]."""

    def __init__(self, plant: Plant) -> None:
        self._timezone = plant.timezone
        self._sources = [SourceRoutes(source, plant) for source in plant.sources]
        self._exact: dict[str, list[tuple[PayloadRule, Target]]] = {}
        self._wild = []
        for thing in _named(plant):
            topic, member = thing.rule.topic, (thing.rule, target_of(thing, thing.rule))
            if "+" in topic or "#" in topic:
                self._wild.append((matcher(topic), member))
            else:
                self._exact.setdefault(topic, []).append(member)
        self._found: dict[str, tuple[Route, ...]] = {}

    def find(self, topic: str) -> tuple[Route, ...] | Refusal:
        """Return the topic's routes, or why it has none. Only topics that have some are remembered."""
        found = self._found.get(topic)
        if found is not None:
            return found
        resolved = self._resolve(topic)
        if isinstance(resolved, tuple):
            if len(self._found) >= _CACHED_TOPICS:
                self._found.clear()
            self._found[topic] = resolved
        return resolved

    def _resolve(self, topic: str) -> tuple[Route, ...] | Refusal:
        wild = [member for fits, member in self._wild if fits.fullmatch(topic)]
        members = [*self._exact.get(topic, []), *wild]
        if members:
            return routes_of(members, self._timezone)
        for source in self._sources:
            route = source.find(topic)
            if route is not None:
                return route if isinstance(route, Refusal) else (route,)
        return Refusal(RejectReason.UNKNOWN_TOPIC, "no meter and no source has this topic")


def _named(plant: Plant) -> list[Meter | Variable]:
    """Return the meters and variables that have a topic of their own."""
    things: list[Meter | Variable] = [*plant.meters.values(), *plant.variables.values()]
    return [thing for thing in things if thing.rule.topic]
