"""Units that well-known devices imply without writing them: by topic and place in the payload.

Source: the documentation of Tasmota (SENSOR, ENERGY), Shelly Gen1 (relay energy in watt-minutes) and Gen2
(Switch, EM, EMData components), Zigbee2MQTT (exposes) and OpenDTU (MQTT topics).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from domain.units import UNITS, Unit


class _Device(NamedTuple):
    name: str
    topic: re.Pattern[str]
    units: tuple[tuple[re.Pattern[str], str], ...]  # end of topic and path -> unit


def _device(name: str, topic: str, units: dict[str, str]) -> _Device:
    ends = tuple((re.compile(rf"(?:.*[./]|){end}"), unit) for end, unit in units.items())
    return _Device(name, re.compile(topic), ends)


_DEVICES = (
    _device(
        "Tasmota",
        r".*(?:tele|stat)/.*(?:SENSOR|STATUS\d+)",
        {r"ENERGY\.(?:Total|Today|Yesterday)": "kWh", r"ENERGY\.Power(?:\[\d\])?": "W"},
    ),
    _device("Zigbee2MQTT", r"zigbee2mqtt/.+", {"energy": "kWh", "power": "W"}),
    _device("Shelly Gen1", r"shellies/[^/]+/emeter/\d/.+", {"power": "W", "total(?:_returned)?": "Wh"}),
    _device("Shelly Gen1", r"shellies/[^/]+/relay/\d/power", {"power": "W"}),
    _device(
        "Shelly Gen2",
        r".+/(?:events/rpc|status/(?:switch|pm1|em|em1|emdata|em1data):\d+)",
        {
            r"aenergy\.total": "Wh",
            "apower": "W",
            "(?:total_|[abc]_)?act_power": "W",
            "(?:[abc]_)?total_act(?:_energy|_ret_energy)?": "Wh",
            "total_act_ret": "Wh",
        },
    ),
    _device(
        "OpenDTU",
        r"[^/]+/(?:\w+/\d|ac|dc)/(?:power|yield\w+)",
        {"power": "W", "yieldtotal": "kWh", "yieldday": "Wh"},
    ),
)


def unit_of_device(topic: str, path: str) -> tuple[Unit, str] | None:
    """Return the unit that a well-known device sends at this place, and the device's name.

    >>> unit_of_device("tele/boiler/SENSOR", "ENERGY.Total")[1]
    'Tasmota'
    >>> unit_of_device("solar/116/0/yieldday", "value")[0].name
    'Wh'
    """
    place = topic if path == "value" else f"{topic}/{path}"
    for device in _DEVICES:
        if device.topic.fullmatch(topic):
            for end, unit in device.units:
                if end.fullmatch(place):
                    return UNITS[unit], device.name
    return None
