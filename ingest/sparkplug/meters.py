"""The plant's meters at edge nodes: their topics, and which metric of which device each reads."""

from __future__ import annotations

from collections.abc import Iterator

from domain.meter import Meter, Variable
from domain.plant import Plant
from domain.reading import RejectReason
from ingest.routes import Routes
from ingest.sparkplug.address import NAMESPACE, Kind, address_of
from ingest.sparkplug.readers import Readers
from ingest.sparkplug.topics import FORMAT
from ingest.targets import Refusal, Target


class PlantMeters:
    """What the plant file says about edge nodes; a device is looked up by the topic of its data."""

    def __init__(self, plant: Plant, routes: Routes) -> None:
        self._routes = routes
        self._devices: dict[tuple[str, str], list[str]] = {}
        for topic in _topics(plant):
            address = address_of(_data_topic(topic))
            if address is not None and "+" not in address:
                self._devices.setdefault((address.group, address.node), []).append(address.device)

    def of(self, group: str, node: str, device: str) -> Readers | Refusal:
        """Return the metrics of a device that meters read; see `Meters`."""
        levels = (
            [NAMESPACE, group, Kind.DDATA, node, device] if device else [NAMESPACE, group, Kind.NDATA, node]
        )
        routes = self._routes.find("/".join(levels))
        if isinstance(routes, Refusal):
            return {} if routes.reason is RejectReason.UNKNOWN_TOPIC else routes
        found: dict[str, list[Target]] = {}
        for route in routes:
            for rule, target in zip(route.rules, route.targets, strict=False):
                if rule.format == FORMAT:
                    found.setdefault(rule.value, []).append(target)
        return found

    def devices(self, group: str, node: str) -> list[str]:
        """Return the devices of a node that the plant file names; see `Meters`."""
        return self._devices.get((group, node), [])


def speaks_sparkplug(plant: Plant) -> bool:
    """Return whether any meter of the plant is read from an edge node."""
    return any(True for _ in _topics(plant))


def _topics(plant: Plant) -> Iterator[str]:
    """Yield the topics of what is read from edge nodes."""
    things: list[Meter | Variable] = [*plant.meters.values(), *plant.variables.values()]
    yield from (thing.rule.topic for thing in things if thing.rule.topic and thing.rule.format == FORMAT)
    yield from (source.rule.topic for source in plant.sources if source.rule.format == FORMAT)


def _data_topic(topic: str) -> str:
    """Return a topic with its kind of message written out."""
    levels = topic.split("/")
    if len(levels) > 2 and levels[2] == "+":
        levels[2] = Kind.DDATA if len(levels) > 4 else Kind.NDATA
    return "/".join(levels)
