"""From a topic to its routes, built once from the plant; and the filters to subscribe to."""

from __future__ import annotations

from domain.meter import Meter, PayloadRule, Variable
from domain.plant import Plant
from domain.reading import RejectReason
from ingest.sources import SourceRoutes
from ingest.sparkplug.topics import FORMAT, subscriptions_of
from ingest.targets import Refusal, Route, Target, routes_of, target_of
from ingest.topics import matcher, subscription, without_covered

_CACHED_TOPICS = 50_000


def filters_of(plant: Plant) -> list[str]:
    """Return the topic filters of every meter, variable and source."""
    rules = [*(thing.rule for thing in _named(plant)), *(source.rule for source in plant.sources)]
    return list(dict.fromkeys(topic for rule in rules for topic in rule_filters(rule)))


def rule_filters(rule: PayloadRule) -> list[str]:
    """Return the topic filters that get the messages of one rule.

    >>> rule_filters(PayloadRule("tele/{meter}/SENSOR"))
    ['tele/+/SENSOR']
    """
    topic = subscription(rule.topic)
    return list(subscriptions_of(topic)) if rule.format == FORMAT else [topic]


def subscriptions(plant: Plant) -> list[str]:
    """Return the topic filters to subscribe to, none covered by another."""
    return without_covered(filters_of(plant))


def arrival_timed(plant: Plant) -> frozenset[str]:
    """Return the meters and variables whose readings carry no time of their own, but that of their arrival.

    Of those without a topic only the ones that every [[source]] would stamp so.
    """
    stamped = bool(plant.sources) and not any(map(_has_time, (source.rule for source in plant.sources)))
    things: list[Meter | Variable] = [*plant.meters.values(), *plant.variables.values()]
    return frozenset(t.id for t in things if (not _has_time(t.rule) if t.rule.topic else stamped))


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
        """Return the topic's routes, none where it is heard but not meant for us, or why it is refused.

        Refused topics are not remembered.
        """
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
        return self._of_sources(topic)

    def _of_sources(self, topic: str) -> tuple[Route, ...] | Refusal:
        """Return the routes of the first source that takes the topic, and of those before that share it."""
        routes: list[Route] = []
        refusal: Refusal | None = None
        fits = False
        for source in self._sources:
            found = source.find(topic)
            if found is None:
                continue
            fits = True
            if isinstance(found, Refusal):
                refusal = refusal or found
            else:
                routes += found
            if found != () and not source.shares:
                break
        if not fits:
            return Refusal(RejectReason.UNKNOWN_TOPIC, "no meter and no source has this topic")
        return refusal if refusal and not routes else tuple(routes)


def _has_time(rule: PayloadRule) -> bool:
    return bool(rule.time) or rule.format == FORMAT


def _named(plant: Plant) -> list[Meter | Variable]:
    """Return the meters and variables that have a topic of their own."""
    things: list[Meter | Variable] = [*plant.meters.values(), *plant.variables.values()]
    return [thing for thing in things if thing.rule.topic]
