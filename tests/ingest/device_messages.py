"""Messages as devices send them, and what each must be read as: one row per message of a device profile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.ingest.builders import NOW_US

SENT_US = NOW_US - 10_000_000  # 2026-11-22 09:39:50 UTC, 16:39:50 at the plant
SENT_S = SENT_US // 1_000_000


class Sent(NamedTuple):
    """A message of a device, and what it must be read as."""

    profile: str
    topic: str
    payload: object
    found: dict[str, float]
    at_us: int = SENT_US
    more: str = ""  # what the plant file says beside the format

    def __str__(self) -> str:
        return f"{self.profile}-{self.topic}"


def untimed(sender: str, payload: object, found: dict[str, float], more: str = "") -> Sent:
    """Return a message without a time, whose arrival counts; the sender is the profile and the topic."""
    profile, topic = sender.split(" ")
    return Sent(profile, topic, payload, found, NOW_US, more)


TASMOTA = {
    "Time": "2026-11-22T16:39:50",
    "ENERGY": {
        "TotalStartTime": "2026-01-01T00:00:00", "Total": 123.456, "Yesterday": 4.567, "Today": 1.234,
        "Period": 1, "Power": 45, "ApparentPower": 50, "ReactivePower": 20, "Factor": 0.90, "Voltage": 240,
        "Current": 0.188,
    },
}  # fmt: skip
THREE_PHASES = {
    "Time": "2026-11-22T16:39:50",
    "ENERGY": {
        "TotalStartTime": "2026-01-01T00:00:00", "Total": [100.5, 50.25, 25.125], "Power": [1500, 250, 50],
        "Voltage": [231, 230, 229],
    },
}  # fmt: skip
EM = {
    "id": 0, "a_current": 2.1, "a_voltage": 230.0, "a_act_power": 500.0, "b_act_power": 200.0,
    "c_act_power": 100.0, "n_current": None, "total_current": 3.6, "total_act_power": 800.0,
    "total_aprt_power": 920.75, "user_calibrated_phase": [],
}  # fmt: skip
EMDATA = {
    "id": 0, "a_total_act_energy": 1000.5, "a_total_act_ret_energy": 10.0, "b_total_act_energy": 500.25,
    "b_total_act_ret_energy": 5.0, "c_total_act_energy": 250.125, "c_total_act_ret_energy": 2.5,
    "total_act": 1750.875, "total_act_ret": 17.5,
}  # fmt: skip
SWITCH = {
    "id": 0, "source": "init", "output": True, "apower": 142.7, "voltage": 230.3, "current": 1.19,
    "aenergy": {"total": 1587.25, "by_minute": [2381.109, 2374.870, 2389.451], "minute_ts": 1706745600},
    "temperature": {"tC": 38.2, "tF": 100.8},
}  # fmt: skip


def notified(**params: object) -> dict[str, object]:
    """Return a notice; em_0 stands for em:0."""
    named = {key.replace("_", ":"): value for key, value in params.items()}
    return {
        "src": "shellypro3em-aabbcc", "dst": "press-1/events", "method": "NotifyStatus",
        "params": {"ts": SENT_S + 0.25, **named},
    }  # fmt: skip


CHIRPSTACK = {
    "deduplicationId": "80166477-2482-43ab-a64e-088107a7c4fa",
    "time": "2026-11-22T09:39:50.000000140+00:00",
    "deviceInfo": {
        "tenantId": "ae2e1b59-bf1e-420f-a733-bfbf08eb8aca", "tenantName": "ChirpStack",
        "applicationId": "635fda7b-0428-495e-812f-027490bcaf9d", "applicationName": "water",
        "deviceProfileName": "Water meter", "deviceName": "dye house", "devEui": "a840419edb62011c",
        "tags": {},
    },
    "devAddr": "01087309", "adr": True, "dr": 0, "fCnt": 0, "fPort": 2, "confirmed": False,
    "data": "zOEJqQHEAQj1f/8=", "object": {"BatV": 3.297, "volume_l": 48250},
    "rxInfo": [{"gatewayId": "2cf7f11081400088", "rssi": -102, "snr": -12, "crcStatus": "CRC_OK"}],
}  # fmt: skip
CHIRPSTACK_TOPIC = "application/635fda7b-0428-495e-812f-027490bcaf9d/device/a840419edb62011c/event/up"
HYDRODIGIT = {
    "media": "water", "meter": "hydrodigit", "name": "HydrodigitWater", "id": "86868686", "total_m3": 3.866,
    "meter_datetime": "2026-10-30 08:39", "timestamp": "2026-11-22T09:39:50Z",
}  # fmt: skip
POLLUCOM = {
    "media": "heat", "meter": "pollucomf", "name": "Heat", "id": "14175439", "status": "OK",
    "total_kwh": 6408, "total_m3": 0.049, "power_kw": 0, "timestamp": "2026-11-22T09:39:50Z",
}  # fmt: skip
KAMHEAT = {
    "media": "heat", "meter": "kamheat", "name": "Dryer", "id": "76348799",
    "total_energy_consumption_kwh": 12345, "timestamp": "2026-11-22T09:39:50Z",
}  # fmt: skip
PLUG = {
    "current": 0.27, "energy": 100.5, "linkquality": 120, "power": 60, "state": "ON", "voltage": 231,
    "last_seen": "2026-11-22T09:39:50.000Z",
}  # fmt: skip


def components() -> Iterator[Sent]:
    """Yield what Shelly's other channels send, as a notice and as a status."""
    for name, component in (("pm", "pm1:0"), *((f"switch{n}", f"switch:{n}") for n in range(4))):
        yield from component_sent(name, component, {"apower": 7.5, "aenergy": {"total": 250.0}})
    for channel in (0, 1):
        yield from component_sent(f"channel{channel}", f"em1:{channel}", {"act_power": 7.5})
        yield from component_sent(f"channel{channel}", f"em1data:{channel}", {"total_act_energy": 250.0})
    yield from component_sent("", "emdata:0", {"total_act": 250.0, "total_act_ret": 500.0})


def component_sent(name: str, component: str, status: dict[str, object]) -> Iterator[Sent]:
    before = f"pair.{name}_" if name else "pair."
    values = {"power": 0.0075, "energy": 0.25, "returned": 0.5}
    sent = {"apower": "power", "act_power": "power", "aenergy": "energy", "total_act_energy": "energy"}
    sent |= {"total_act": "energy", "total_act_ret": "returned"}
    found = {f"{before}{sent[key]}": values[sent[key]] for key in status}
    notice = notified(**{component: {"id": 0, **status}})
    yield Sent("shelly_gen2", "pair/events/rpc", notice, found, SENT_US + 250_000)
    yield untimed(f"shelly_gen2_status pair/status/{component}", {"id": 0, **status}, found)


SENT = (
    Sent("tasmota", "tele/boiler/SENSOR", TASMOTA, {"boiler.power": 0.045, "boiler.energy": 123.456}),
    Sent("tasmota", "tele/main/SENSOR", THREE_PHASES, {"main.power": 1.8, "main.energy": 175.875}),
    untimed("shelly_gen1 shellies/shellyem3-1/emeter/2/power", 1250.5, {"shellyem3-1.2.power": 1.2505}),
    untimed("shelly_gen1 shellies/shellyem3-1/emeter/2/total", 48000.5, {"shellyem3-1.2.energy": 48.0005}),
    untimed("shelly_gen1 shellies/shellyem3-1/emeter/2/total_returned", 0.0, {"shellyem3-1.2.returned": 0.0}),
    untimed("shelly_gen1_relay shellies/shelly1pm-1/relay/0/power", 60.0, {"shelly1pm-1.0.power": 0.06}),
    untimed("shelly_gen1_relay shellies/shelly1pm-1/relay/0/energy", 90000, {"shelly1pm-1.0.energy": 1.5}),
    Sent("shelly_gen2", "press-1/events/rpc", notified(em_0=EM), {"press-1.power": 0.8}, SENT_US + 250_000),
    Sent(
        "shelly_gen2",
        "press-1/events/rpc",
        notified(emdata_0=EMDATA),
        {"press-1.energy": 1.750875, "press-1.returned": 0.0175},
        SENT_US + 250_000,
    ),
    Sent(
        "shelly_gen2",
        "plug/events/rpc",
        notified(switch_0=SWITCH),
        {"plug.switch0_power": 0.1427, "plug.switch0_energy": 1.58725},
        SENT_US + 250_000,
    ),
    untimed(
        "shelly_gen2_status plug/status/switch:0",
        SWITCH,
        {"plug.switch0_power": 0.1427, "plug.switch0_energy": 1.58725},
    ),
    untimed("shelly_gen2_status press-1/status/em:0", EM, {"press-1.power": 0.8}),
    Sent("zigbee2mqtt", "zigbee2mqtt/plug_1", PLUG, {"plug_1.power": 0.06, "plug_1.energy": 100.5}),
    Sent("zigbee2mqtt", "zigbee2mqtt/hall/plug", PLUG, {"hall.plug.power": 0.06, "hall.plug.energy": 100.5}),
    untimed("esphome boiler/sensor/feed_water/state", b"12.34", {"boiler.feed_water": 12.34}),
    untimed("opendtu solar/116180400144/0/power", b"412.7", {"116180400144.power": 0.4127}),
    untimed("opendtu solar/116180400144/0/yieldtotal", b"1502.125", {"116180400144.energy": 1502.125}),
    untimed("opendtu solar/116180400144/0/yieldday", b"2250", {"116180400144.energy_today": 2.25}),
    untimed("ahoydtu inverter/roof/ch0/P_AC", b"71.000", {"roof.power": 0.071}),
    untimed("ahoydtu inverter/roof/ch0/YieldTotal", b"465.294", {"roof.energy": 465.294}),
    untimed("ahoydtu inverter/roof/ch0/YieldDay", b"51.000", {"roof.energy_today": 0.051}),
    Sent(
        "chirpstack_v4",
        CHIRPSTACK_TOPIC,
        CHIRPSTACK,
        {"a840419edb62011c.volume_l": 48.25},
        more='[source.values]\nvolume_l = { unit = "L" }',
    ),
    Sent("wmbusmeters", "wmbusmeters/dye_water", HYDRODIGIT, {"dye_water.volume": 3.866}),
    Sent("wmbusmeters", "wmbusmeters/heat", POLLUCOM, {"heat.volume": 0.049, "heat.heat": 6408.0}),
    Sent("wmbusmeters", "wmbusmeters/dryer", KAMHEAT, {"dryer.energy": 12345.0}),
    untimed(
        "modbus_json gateway/hall_2",
        {"t": SENT_S, "kwh_import": 7000.5, "p_total": 12.5, "spare": 3},
        {"hall_2.kwh_import": 7000.5, "hall_2.p_total": 12.5},
        more='topic = "gateway/{meter}"\n[source.values]\nkwh_import = { unit = "kWh" }\n'
        'p_total = { unit = "kW" }',
    ),
    Sent(
        "modbus_json",
        "gateway/hall_2",
        {"t": SENT_S, "kwh_import": 7000.5},
        {"hall_2.kwh_import": 7000.5},
        more='topic = "gateway/{meter}"\ntime = "t"\ntime_unit = "s"\n[source.values]\n'
        'kwh_import = { unit = "kWh" }',
    ),
    untimed(
        "modbus_list gateway/7",
        [{"name": "kWh", "value": 7000.5}, {"name": "kW", "value": 12.5}],
        {"7.kWh": 7000.5, "7.kW": 12.5},
        more='topic = "gateway/{meter}"\n[source.values]\nkWh = { unit = "kWh" }\nkW = { unit = "kW" }',
    ),
    untimed(
        "home_assistant_statestream homeassistant/sensor/boiler_energy/state",
        b"88.5",
        {"boiler_energy": 88.5},
    ),
    Sent(
        "isa95",
        "acme/hanoi/dyeing/line1/jet3/water",
        {"value": 88.5, "timestamp_ms": SENT_US // 1000},
        {"line1.jet3.water": 88.5},
    ),
    untimed(
        "homie_4 homie/dryer/meter/energy",
        b"1500",
        {"dryer.meter.energy": 1.5},
        more='[source.values]\nenergy = { unit = "Wh" }',
    ),
    untimed(
        "homie_5 homie/5/dryer/meter/energy",
        b"1500",
        {"dryer.meter.energy": 1.5},
        more='[source.values]\nenergy = { unit = "Wh" }',
    ),
    *components(),
)

BESIDE = (
    ("tasmota", "tele/hall/SENSOR", b'{"Time":"2026-11-22T16:39:50","DHT11":{"Temperature":21.5}}'),
    ("shelly_gen1", "shellies/shellyem3-1/emeter/2/energy", b"3120"),
    ("shelly_gen2", "p/events/rpc", b'{"src":"p","method":"NotifyEvent","params":{"ts":1,"events":[]}}'),
    ("shelly_gen2", "p/events/rpc", b'{"src":"p","method":"NotifyStatus","params":{"ts":1,"sys":{}}}'),
    ("shelly_gen2_status", "p/status/wifi", b'{"sta_ip":"192.0.2.7","rssi":-60}'),
    ("shelly_gen2_status", "p/status/switch:0", b'{"id":0,"source":"init","output":true}'),
    ("zigbee2mqtt", "zigbee2mqtt/bridge/devices", b"[]"),
    ("zigbee2mqtt", "zigbee2mqtt/plug_1/availability", b'{"state":"online"}'),
    ("opendtu", "solar/116180400144/0/voltage", b"231.2"),
    ("homie_5", "homie/5/dryer/meter/$state", b"ready"),
)
