"""Home Assistant's MQTT discovery: a problem and three figures for each process and resource.

Source: Home Assistant documentation, MQTT discovery; <prefix>/<component>/<node>/<object>/config, retained.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alerts.clean import inert
from domain.alert import Alert, AlertKind

PREFIX = "homeassistant"
_RATES = {"kWh": "kW", "m3": "m³/h", "kg": "kg/h"}


@dataclass(frozen=True, slots=True)
class Stream:
    """A process and a resource, as Home Assistant is told of them."""

    process: str
    process_name: str
    resource: str
    resource_name: str
    unit: str

    def topic(self, base: str) -> str:
        """Return where its state stands."""
        return f"{base}/stream/{_level(self.process)}/{_level(self.resource)}/state"


@dataclass(frozen=True, slots=True)
class Site:
    """What all of a plant's entities share."""

    plant: str
    currency: str
    base: str  # topic
    prefix: str = PREFIX

    @property
    def node(self) -> str:
        """Return the plant's name as an id."""
        return _level(self.base)


def discovery(stream: Stream, site: Site) -> Iterable[tuple[str, dict[str, Any]]]:
    """Yield topic and configuration of each entity of a stream."""
    where = f"{inert(stream.process_name)} · {inert(stream.resource_name)}"
    rate = _RATES.get(stream.unit, f"{inert(stream.unit)}/h")
    entities: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("binary_sensor", "problem", "problem", {"device_class": "problem"}),
        ("sensor", "excess_per_hour", "excess", {"unit_of_measurement": rate, "state_class": "measurement"}),
        ("sensor", "expected_per_hour", "expected", {"unit_of_measurement": rate}),
        ("sensor", "cost_per_hour", "loss", {"unit_of_measurement": f"{site.currency}/h"}),
    )
    for component, key, word, more in entities:
        entity = f"{site.node}_{_level(stream.process)}_{_level(stream.resource)}_{key}"
        yield (
            f"{site.prefix}/{component}/{site.node}/{entity}/config",
            {
                "name": f"{where} {word}",
                "unique_id": entity,
                "state_topic": stream.topic(site.base),
                "value_template": f"{{{{ value_json.{key} }}}}",
                "json_attributes_topic": stream.topic(site.base),
                "availability_topic": f"{site.base}/status",
                "device": {"identifiers": [site.node], "name": inert(site.plant), "manufacturer": "Wastenot"},
                "origin": {"name": "Wastenot"},
                **more,
            },
        )


def stream_state(stream: Stream, alerts: Iterable[Alert]) -> dict[str, Any]:
    """Return a stream's state from the open alerts: the dearest counts; what is not known is null."""
    mine = [
        alert
        for alert in alerts
        if alert.kind is AlertKind.HOTSPOT
        and alert.is_active
        and (alert.facts.get("process"), alert.facts.get("resource")) == (stream.process, stream.resource)
    ]
    worst = max(mine, key=lambda alert: (alert.facts.get("cost_per_hour") or 0.0, alert.key), default=None)
    facts: Mapping[str, Any] = {} if worst is None else worst.facts
    figures = {name: facts.get(name) for name in ("excess_per_hour", "expected_per_hour", "cost_per_hour")}
    return {
        "problem": "OFF" if worst is None else "ON",
        **figures,
        "currency": facts.get("currency"),
        "unit": stream.unit,
        "alerts": len(mine),
        "fingerprint": None if worst is None else worst.fingerprint,
        "severity": None if worst is None else str(worst.severity),
        "since": None if worst is None else worst.since.isoformat(),
    }


def _level(text: str) -> str:
    """Return a name as one level of a topic and part of an id.

    >>> _level("dye line/2+#")
    'dye_line_2__'
    """
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)
