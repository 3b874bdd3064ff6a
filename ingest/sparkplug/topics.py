"""What a plant file may write for the topic of an edge node, and what is subscribed to for it."""

from __future__ import annotations

from ingest.sparkplug.address import NAMESPACE, Kind, filters_of

#: the name of the payload format in a plant file
FORMAT = "sparkplug_b"
_NODE_LEVELS, _DEVICE_LEVELS = 4, 5


def check_topic(topic: str) -> str:
    """Return what is wrong with the topic of a meter at an edge node, "" if nothing is.

    >>> check_topic("spBv1.0/plant/DDATA/edge/dye2"), check_topic("spBv1.0/plant/+/edge")
    ('', '')
    >>> check_topic("spBv1.0/plant/DBIRTH/edge/dye2")
    'write the topic of its data: spBv1.0/GROUP/DDATA/NODE/DEVICE, or spBv1.0/GROUP/NDATA/NODE'
    """
    levels = topic.split("/")
    kind = {_NODE_LEVELS: Kind.NDATA, _DEVICE_LEVELS: Kind.DDATA}.get(len(levels))
    if kind is None or levels[0] != NAMESPACE or levels[2] not in {kind, "+"} or levels[-1] == "#":
        return "write the topic of its data: spBv1.0/GROUP/DDATA/NODE/DEVICE, or spBv1.0/GROUP/NDATA/NODE"
    return ""


def subscriptions_of(topic: str) -> list[str]:
    """Return the filters for a topic or filter that `check_topic` has found good."""
    levels = topic.split("/")
    return filters_of(levels[1], levels[3]) if len(levels) >= _NODE_LEVELS else [topic]
