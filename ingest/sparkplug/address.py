"""The topics of Sparkplug B: who speaks, and with which kind of message."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

NAMESPACE = "spBv1.0"
_NODE_LEVELS, _DEVICE_LEVELS = 4, 5


class Kind(StrEnum):
    """The kinds of message that a machine sends; commands and the state of hosts are not for us."""

    NBIRTH = "NBIRTH"
    NDATA = "NDATA"
    NDEATH = "NDEATH"
    DBIRTH = "DBIRTH"
    DDATA = "DDATA"
    DDEATH = "DDEATH"


NODE_KINDS = (Kind.NBIRTH, Kind.NDATA, Kind.NDEATH)
DEVICE_KINDS = (Kind.DBIRTH, Kind.DDATA, Kind.DDEATH)


class Address(NamedTuple):
    """Where a message comes from."""

    group: str
    node: str
    device: str  # "" for the edge node itself
    kind: Kind


def address_of(topic: str) -> Address | None:
    """Return the address of a topic, None for one that is not of a birth, of data or of a death.

    >>> address_of("spBv1.0/plant/DDATA/edge/dye2")
    Address(group='plant', node='edge', device='dye2', kind=<Kind.DDATA: 'DDATA'>)
    >>> address_of("spBv1.0/plant/NCMD/edge") is None
    True
    """
    namespace, *levels = topic.split("/", _DEVICE_LEVELS)
    if namespace != NAMESPACE or not all(levels):
        return None
    if len(levels) == _NODE_LEVELS - 1 and levels[1] in NODE_KINDS:
        return Address(levels[0], levels[2], "", Kind(levels[1]))
    if len(levels) == _DEVICE_LEVELS - 1 and levels[1] in DEVICE_KINDS:
        return Address(levels[0], levels[2], levels[3], Kind(levels[1]))
    return None


def filters_of(group: str, node: str) -> list[str]:
    """Return the filters that bring all of an edge node's messages; "+" stands for any group or node.

    All of its devices: the numbers of its messages run over them, so that one that is missing is noticed.

    >>> filters_of("plant", "edge")[3:]
    ['spBv1.0/plant/DBIRTH/edge/+', 'spBv1.0/plant/DDATA/edge/+', 'spBv1.0/plant/DDEATH/edge/+']
    """
    own = [f"{NAMESPACE}/{group}/{kind}/{node}" for kind in NODE_KINDS]
    devices = [f"{NAMESPACE}/{group}/{kind}/{node}/+" for kind in DEVICE_KINDS]
    return [*own, *devices]
