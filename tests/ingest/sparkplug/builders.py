"""A plant at an edge node, and the messages of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain.meter import Meter
from domain.presence import MeterStatus
from domain.reading import Reading, RejectReason
from ingest.parse import Limits, Parser
from ingest.sparkplug.codec import encode
from tests.ingest.builders import NOW_MS, NOW_US, a_meter, a_plant, a_rule

DOUBLE, INT32 = 10, 3


def at_node(name: str, metric: str, device: str = "dye2") -> Meter:
    topic = f"spBv1.0/plant/DDATA/edge/{device}" if device else "spBv1.0/plant/+/edge"
    return a_meter(name, a_rule(topic, format="sparkplug_b", value=metric, time=""))


def topic(kind: str, device: str = "dye2") -> str:
    return f"spBv1.0/plant/{kind}/edge" + (f"/{device}" if kind.startswith("D") else "")


def a_metric(value: float | None = None, **fields: Any) -> dict[str, Any]:
    return fields | ({} if value is None else {"double_value": value})


def a_birth(*metrics: dict[str, Any], seq: int = 0, bd_seq: int | None = None) -> bytes:
    own = [] if bd_seq is None else [{"name": "bdSeq", "datatype": 4, "long_value": bd_seq}]
    return encode(NOW_MS, [*own, *metrics], seq)


def a_will(bd_seq: int) -> bytes:
    return encode(NOW_MS, [{"name": "bdSeq", "datatype": 4, "long_value": bd_seq}])


@dataclass
class Heard:
    """A parser of these meters and what it has told."""

    meters: tuple[Meter, ...]
    rebirth: bool = False
    limits: Limits | None = None
    told: list[MeterStatus] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parser = Parser(a_plant(*self.meters), self.limits, tell=self.told.extend, rebirth=self.rebirth)

    def say(
        self, kind: str, payload: bytes, device: str = "dye2", *, retained: bool = False, at_us: int = NOW_US
    ) -> tuple[list[Reading], list[RejectReason]]:
        readings, rejects = self.parser.parse(topic(kind, device), payload, at_us, retained=retained)
        return readings, [reject.reason for reject in rejects]

    def statuses(self) -> list[tuple[str, str]]:
        return [(status.meter, str(status.status)) for status in self.told]
