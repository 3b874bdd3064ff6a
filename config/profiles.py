"""Device profiles: where well-known devices put their values, in which unit, and when.

A `format` of the plant file may be one of these names. To add a device: one row here, one message that it
really sends in tests/ingest/device_messages.py, one section in docs/meters.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.meter import Scalar


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a device, by the name that it has in the plant file."""

    unit: str  # as the device sends it
    path: str = ""  # inside the payload
    field: str = ""  # what the topic's {field} says where this value is sent
    scale: float = 1.0  # for a unit of the device's own
    kind: str = ""  # "" = counter for an amount, else gauge

    def table(self) -> dict[str, Any]:
        """Return it as the plant file writes it under [source.values]."""
        written = {"path": self.path, "field": self.field, "kind": self.kind}
        scale = {"scale": self.scale} if self.scale != 1.0 else {}
        return {"unit": self.unit, **scale, **{key: text for key, text in written.items() if text}}


@dataclass(frozen=True, slots=True)
class Profile:
    """How one family of devices speaks. Fields are named as the keys of a [[source]] are."""

    source: str  # where this is known from
    topic: str = ""  # as the devices come; "" = there is no usual one
    format: str = "json"
    time: str = ""
    time_unit: str = "ms"
    when: Mapping[str, Scalar] = field(default_factory=dict)
    partial: bool = False
    meter: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    place: str = ""  # path of a value that is not listed, {value} being its name; "" = none is asked for


def _shelly_components(before: str, *, fields: bool) -> dict[str, Value]:
    """Return the values of Shelly's metering components: three-phase, one per channel, switches."""
    found = {
        "power": ("em:0", "total_act_power", "W"),
        "energy": ("emdata:0", "total_act", "Wh"),
        "returned": ("emdata:0", "total_act_ret", "Wh"),
    }
    for channel in ("0", "1"):
        found[f"channel{channel}_power"] = (f"em1:{channel}", "act_power", "W")
        found[f"channel{channel}_energy"] = (f"em1data:{channel}", "total_act_energy", "Wh")
    for name, component in (("pm", "pm1:0"), *((f"switch{n}", f"switch:{n}") for n in range(4))):
        found[f"{name}_power"] = (component, "apower", "W")
        found[f"{name}_energy"] = (component, "aenergy.total", "Wh")
    return {
        name: Value(unit, path, field=component) if fields else Value(unit, f'{before}."{component}".{path}')
        for name, (component, path, unit) in found.items()
    }


_WATT_MINUTES = 1 / 60  # Wh

PROFILES: dict[str, Profile] = {
    "tasmota": Profile(
        "Tasmota documentation, MQTT and Power monitoring: local time without offset; phases are lists",
        "tele/{meter}/SENSOR",
        time="Time",
        time_unit="iso",
        partial=True,  # devices without a meter send the same topic
        values={"power": Value("W", "ENERGY.Power[+]"), "energy": Value("kWh", "ENERGY.Total[+]")},
    ),
    "shelly_gen1": Profile(
        "Shelly API documentation, Gen1, EM and 3EM: total in Wh; energy, in watt-minutes, is not read",
        "shellies/{meter}/emeter/{channel}/{field}",
        "number",
        meter="{meter}.{channel}.{value}",
        values={
            "power": Value("W", field="power"),
            "energy": Value("Wh", field="total"),
            "returned": Value("Wh", field="total_returned"),
        },
    ),
    "shelly_gen1_relay": Profile(
        "Shelly API documentation, Gen1, relays with power metering: energy in watt-minutes since start",
        "shellies/{meter}/relay/{channel}/{field}",
        "number",
        meter="{meter}.{channel}.{value}",
        values={
            "power": Value("W", field="power"),
            "energy": Value("Wh", field="energy", scale=_WATT_MINUTES),
        },
    ),
    "shelly_gen2": Profile(
        "Shelly API documentation, Gen2, Notifications: NotifyStatus holds what has changed, ts in seconds",
        "{meter}/events/rpc",
        time="params.ts",
        time_unit="s",
        when={"method": "NotifyStatus"},
        partial=True,
        values=_shelly_components("params", fields=False),
    ),
    "shelly_gen2_status": Profile(
        "Shelly API documentation, Gen2, MQTT: the status of a component, off by default, without a time",
        "{meter}/status/{field}",
        partial=True,  # a switch without metering has the same topic
        values=_shelly_components("", fields=True),
    ),
    "zigbee2mqtt": Profile(
        "Zigbee2MQTT documentation, MQTT topics and exposes; last_seen is off by default",
        "zigbee2mqtt/{meter...}",
        time="last_seen",
        time_unit="iso",
        partial=True,  # devices without a meter, and the bridge itself, send below the same topic
        values={"power": Value("W", "power"), "energy": Value("kWh", "energy")},
    ),
    "esphome": Profile(
        "ESPHome documentation, MQTT client component: <prefix>/sensor/<name>/state, a bare number",
        "{node}/sensor/{meter}/state",
        "number",
        meter="{node}.{meter}",
    ),
    "opendtu": Profile(
        "OpenDTU docs/MQTT_Topics.md: yieldtotal in kWh, yieldday in Wh",
        "solar/{meter}/0/{field}",
        "number",
        values={
            "power": Value("W", field="power"),
            "energy": Value("kWh", field="yieldtotal"),
            "energy_today": Value("Wh", field="yieldday"),
        },
    ),
    "ahoydtu": Profile(
        "AhoyDTU manual/User_Manual.md; YieldTotal in kWh as its source has it (the manual says Wh)",
        "inverter/{meter}/ch0/{field}",
        "number",
        values={
            "power": Value("W", field="P_AC"),
            "energy": Value("kWh", field="YieldTotal"),
            "energy_today": Value("Wh", field="YieldDay"),
        },
    ),
    "chirpstack_v4": Profile(
        "ChirpStack 4 api/proto/integration: UplinkEvent as JSON; object is there where a codec decodes it",
        "application/{application}/device/{meter}/event/up",
        time="time",
        time_unit="iso",
        partial=True,  # a frame holds what the device had to say
        place="object.{value}",
    ),
    "wmbusmeters": Profile(
        "wmbusmeters README and driver tests: the unit is part of the key; timestamp is that of the radio",
        "wmbusmeters/{meter}",
        time="timestamp",
        time_unit="iso",
        partial=True,  # drivers differ in what they know
        values={
            "volume": Value("m3", "total_m3"),
            "energy": Value("kWh", "total_energy_consumption_kwh"),
            "heat": Value("kWh", "total_kwh"),
        },
    ),
    "modbus_json": Profile(
        "gateways that send the registers they poll as one flat object; no common topic nor time",
        place="{value}",
    ),
    "modbus_list": Profile(
        'gateways that send the registers they poll as a list of {"name", "value"}; no common topic',
        place='[name="{value}"].value',
    ),
    "home_assistant_statestream": Profile(
        "Home Assistant documentation, MQTT Statestream: <base>/<domain>/<entity>/state",
        "homeassistant/sensor/{meter}/state",
        "number",
    ),
    "isa95": Profile(
        "Unified Namespace by ISA-95 levels as commonly published; no standard fixes the payload",
        "{enterprise}/{site}/{area}/{line}/{cell}/{meter}",
        time="timestamp_ms",
        meter="{line}.{cell}.{meter}",
    ),
    "homie_4": Profile(
        "Homie convention 4.0: homie/<device>/<node>/<property>, plain numbers, retained",
        "homie/{meter}/{node}/{field}",
        "number",
        meter="{meter}.{node}.{value}",
        place="{value}",
    ),
    "homie_5": Profile(
        "Homie convention 5.0: homie/5/<device>/<node>/<property>, plain numbers, retained",
        "homie/5/{meter}/{node}/{field}",
        "number",
        meter="{meter}.{node}.{value}",
        place="{value}",
    ),
}
