"""The words that topics and payload keys are made of, and what they say. One more word: add it here."""

from __future__ import annotations

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _by_word(table: Mapping[str, str]) -> dict[str, str]:
    return {word: meaning for meaning, words in table.items() for word in words.split()}


#: spelling in a key, in small letters -> unit; some stand for two units: see DOUBTFUL
SPELLINGS = _by_word(
    {
        "Wh": "wh",
        "kWh": "kwh",
        "MWh": "mwh",
        "GWh": "gwh",
        "MJ": "mj",
        "GJ": "gj",
        "kcal": "kcal",
        "Gcal": "gcal",
        "MMBtu": "mmbtu",
        "therm": "therm therms",
        "W": "w watt watts",
        "kW": "kw",
        "MW": "mw",
        "m3": "m3 m³ cbm",
        "Nm3": "nm3 nm³",
        "Sm3": "sm3",
        "scf": "scf",
        "ft3": "ft3",
        "L": "liter liters litre litres",
        "hL": "hl",
        "gal": "gal gallons",
        "m3/h": "m3h m3ph m3/h m³/h",
        "m3/min": "m3/min",
        "Nm3/h": "nm3h nm3ph nm3/h",
        "L/min": "lpm l/min",
        "L/h": "lph l/h",
        "L/s": "l/s",
        "scfm": "scfm",
        "gal/min": "gpm",
        "ft3/min": "cfm",
        "kg": "kg",
        "t": "tonne tonnes tons",
        "kg/h": "kgh kgph kg/h",
        "t/h": "t/h tph",
        "degC": "degc celsius",
        "degF": "degf fahrenheit",
        "pcs": "pcs pieces",
    }
)
DOUBTFUL = {"mwh": "MWh, not mWh", "mw": "MW, not mW", "tons": "metric tons"}

#: a unit written out in a payload, where it is not spelled as ours -> unit
WRITTEN = _by_word(
    {
        "m3": "M3 m^3 ㎥ cbm",
        "Nm3": "Nm^3",
        "m3/h": "m^3/h m3/hr cbm/h",
        "Nm3/h": "Nm^3/h",
        "kWh": "KWH kwh KWh kW·h kWhr",
        "kW": "KW kw",
        "W": "w Watt watt watts",
        "Wh": "WH wh",
        "L": "liter liters litre litres",
        "L/min": "lpm LPM",
        "L/h": "L/hr",
        "gal/min": "gpm GPM",
        "ft3": "ft³",
        "ft3/min": "ft³/min CFM cfm",
        "scfm": "SCFM",
        "scf": "SCF",
        "kg": "KG Kg kgs",
        "t": "tonne tonnes",
        "kg/h": "kg/hr",
        "degC": "C ºC celsius Celsius",
        "degF": "F ºF",
        "pcs": "pieces pc",
    }
)

#: a word that names a quantity -> the unit that is commonest among devices
QUANTITIES = _by_word(
    {
        "W": "power apower",
        "kWh": "energy",
        "Wh": "aenergy",
        "m3": "volume",
        "m3/h": "flow flowrate",
        "degC": "temperature temp",
    }
)
#: words that add nothing about whose value it is
FILLERS = _words(
    "total by value val v act active actual reading counter sum rate register meter meters consumption "
    "consumed import imported yield yieldtotal current now index in params em emdata pm switch status "
    "state sensor sensors data payload object measurement measurements values emeter relay forward "
    "net accumulated cumulative instant"
)
#: a word for what is no amount of a resource and no rate of one -> what it is
NO_METER = _by_word(
    {
        "a voltage": "voltage volt volts",
        "an electric current": "amps ampere amperes amperage",
        "a frequency": "frequency freq hz",
        "a factor": "factor pf",
        "apparent, not active": "apparent aprt va kva",
        "reactive, not active": "reactive var kvar kvarh",
        "of the radio": "rssi snr lqi linkquality signal wifi channel",
        "of the device": "uptime heap version error errors battery batt fw firmware",
        "a humidity": "humidity",
        "a pressure": "pressure",
        "an angle": "angle",
        "a place": "latitude longitude altitude",
        "a light": "brightness illuminance",
        "a concentration": "co2",
        "of the grid": "thd",
    }
)
#: words for what somebody set or computed
SET_VALUES = _words(
    "max min maximum minimum limit setpoint rated nominal threshold price cost target interval offset "
    "scale alarm average avg mean"
)
#: a word for a register beside the total of the same thing -> what it counts
PARTIAL = _by_word(
    {
        "a day's part": "today yesterday day daily yieldday",
        "a part": "hour minute period week weekly month monthly year",
        "what is given back": "export exported returned ret feedin reverse backward",
    }
)
PHASES = _words("a b c l1 l2 l3 phase1 phase2 phase3")
#: a word of a topic or a key -> resource
RESOURCES = _by_word(
    {
        "electricity": "electricity electric electrical elec dien",
        "water": "water nuoc dhw",
        "wastewater": "wastewater effluent sewage",
        "gas": "gas methane cng lpg",
        "steam": "steam hoi",
        "compressed_air": "air compressor",
        "heat": "heat heating",
    }
)
#: resource -> the unit in which it is likely counted, where nothing tells
USUAL_UNIT = {
    "electricity": "kWh",
    "water": "m3",
    "wastewater": "m3",
    "gas": "m3",
    "steam": "kg",
    "compressed_air": "m3",
    "heat": "kWh",
}
TIME_WORDS = _words("time timestamp ts t date datetime at when seen utc epoch unixtime")
SEQUENCE_WORDS = _words("seq sequence fcnt cnt packet msgid messageid counter msgnr nr n")
UNIT_KEYS = _words("unit units uom unit_of_measurement unitofmeasure engunit eu")
#: the first one that is there names the item
NAME_KEYS = ("name", "tag", "metric", "parameter", "register", "label", "key", "id")
#: topic levels that name neither a process nor a meter
EMPTY_LEVELS = _words(
    "plant site factory tele stat zigbee2mqtt shellies sensor sensors state status events rpc event "
    "up application device devices wmbusmeters data value json meter meters mqtt telemetry "
    "measurement uplink emeter relay solar info v1 result"
)
