"""What messages say of other topics: unit, class of the device, class of the state.

Home Assistant's discovery does, and topics beside the value's own: Home Assistant's statestream
(`.../state` and `.../unit_of_measurement`) and Homie (`<property>` and `<property>/$unit`).

Source: Home Assistant's documentation, "MQTT discovery": `<prefix>/<component>/[<node>/]<object>/config`,
one entity per message, or one device with `components`; long and abbreviated keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

_MOST = 20_000  # entities
_CONFIG = re.compile(r"homeassistant/(?:sensor|device|number|binary_sensor|[a-z_]+)/[^/]+(?:/[^/]+)?/config")
_LONGEST_TEXT = 64
#: last level of a topic -> what it says, and the end of the topic of which it says it
_NEIGHBOURS = {
    "$unit": ("unit", ""),
    "unit_of_measurement": ("unit", "/state"),
    "device_class": ("device_class", "/state"),
    "state_class": ("state_class", "/state"),
}
_WHOLE = re.compile(r"\{\{\s*value\s*(?:\|[^{}]*)?\}\}")
_PATH = re.compile(
    r"\{\{\s*\(?\s*value_json((?:\.\w+|\[\d+\]|\[(?:'[^']*'|\"[^\"]*\")\])+)\s*\)?\s*(?:\|[^{}]*)?\}\}"
)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")


@dataclass(frozen=True, slots=True)
class Declared:
    """What an entity's declaration says of the value it shows; "" where it says nothing."""

    unit: str = ""
    device_class: str = ""
    state_class: str = ""
    where: str = "declared to Home Assistant"


def is_config_topic(topic: str) -> bool:
    """Return whether a topic carries a declaration.

    >>> is_config_topic("homeassistant/sensor/boiler/energy/config"), is_config_topic("homeassistant/status")
    (True, False)
    """
    return _CONFIG.fullmatch(topic) is not None


class Declarations:
    """The entities heard of, by the topic and the place in its payload where their value stands."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, tuple[object, ...]], Declared] = {}

    def __len__(self) -> int:
        """Return how many values are declared."""
        return len(self._found)

    def read(self, payload: bytes) -> bool:
        """Take in one declaration; return False for what is none. An empty one deletes: it says nothing."""
        if not payload:
            return True
        try:
            said = json.loads(payload)
        except (ValueError, RecursionError):
            return False
        if not isinstance(said, dict):
            return False
        for entity in _entities(said):
            self._note(entity)
        return True

    def read_neighbour(self, topic: str, payload: bytes) -> None:
        """Take in what a topic says of the one beside it, if it is such a topic."""
        base, _, last = topic.rpartition("/")
        if last not in _NEIGHBOURS or not base or len(payload) > _LONGEST_TEXT:
            return
        field, ending = _NEIGHBOURS[last]
        key = base + ending, ()
        if key in self._found or len(self._found) < _MOST:
            known = self._found.get(key, Declared(where=f"told by the topic {last}"))
            text = payload.decode("utf-8", "replace").strip().strip('"')
            self._found[key] = replace(known, **{field: text})

    def of(self, topic: str, steps: tuple[object, ...]) -> Declared | None:
        """Return what is declared of the value at this place, None when nothing is."""
        return self._found.get((topic, steps))

    def _note(self, entity: Mapping[str, object]) -> None:
        topic = _text(entity, "state_topic", "stat_t")
        template = _text(entity, "value_template", "val_tpl")
        steps = template_steps(template)
        if not topic or steps is None or len(self._found) >= _MOST:
            return
        root = _text(entity, "~")
        topic = root + topic[1:] if topic.startswith("~") else topic
        topic = topic[:-1] + root if topic.endswith("~") else topic
        self._found[topic, steps] = Declared(
            _text(entity, "unit_of_measurement", "unit_of_meas"),
            _text(entity, "device_class", "dev_cla"),
            _text(entity, "state_class", "stat_cla"),
        )


def _entities(said: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    components = said.get("components", said.get("cmps"))
    if not isinstance(components, dict):
        yield said
        return
    shared = {key: said[key] for key in ("~", "state_topic", "stat_t") if key in said}
    for component in components.values():
        if isinstance(component, dict):
            yield {**shared, **component}


def _text(entity: Mapping[str, object], *keys: str) -> str:
    found = next((entity[key] for key in keys if key in entity), "")
    return found if isinstance(found, str) else ""


def template_steps(template: str) -> tuple[str | int, ...] | None:
    """Return the place in the payload that a value template shows, None for one that computes.

    >>> template_steps("{{ value_json['ENERGY'].Total | round(2) }}"), template_steps("{{ value }}")
    (('ENERGY', 'Total'), ())
    >>> template_steps("{{ value_json.a + 1 }}") is None
    True
    """
    if not template or _WHOLE.fullmatch(template.strip()):
        return ()
    found = _PATH.fullmatch(template.strip())
    if found is None:
        return None
    return tuple(
        int(index) if index else key or single or double
        for key, index, single, double in _STEP.findall(found[1])
    )
